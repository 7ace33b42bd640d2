import { once } from "node:events";
import {
  AF_INET,
  host,
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_USER_TIMEOUT,
  type Inet4Address,
  type SystemError,
} from "../../src/index.ts";
import { tell } from "../child.ts";

/* A peer that is there, and programs whose peer vanishes; each tells which call ended how. */

const USER_TIMEOUT_MS = 400;

export async function peer(address: string): Promise<void> {
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.bind(listener, { family: AF_INET, address, port: 0 });
  host.listen(listener);
  tell((host.getsockname(listener) as Inet4Address).port);
  const { fd } = await host.accept(listener);
  await host.recv(fd, new Uint8Array(1));
  // It neither reads nor closes: the test ends it.
  await host.accept(listener);
}

async function connected(address: string, port: number): Promise<number> {
  const fd = host.socket(AF_INET, SOCK_STREAM);
  host.setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
  await host.connect(fd, { family: AF_INET, address, port });
  return fd;
}

/** The test has taken the peer's address away. */
async function vanishes(): Promise<void> {
  tell("connected");
  await once(process.stdin.setEncoding("utf8"), "data");
  process.stdin.destroy();
}

function tellError(call: string): (error: SystemError) => void {
  return (error) => tell(`${call} ${error.code}`);
}

export async function sends(address: string, port: number): Promise<void> {
  const fd = await connected(address, port);
  await vanishes();
  await host.send(fd, new Uint8Array(100));
  await host.recv(fd, new Uint8Array(1)).then(tell, tellError("recv"));
  host.close(fd);
}

export async function sendsMuch(address: string, port: number): Promise<void> {
  const fd = await connected(address, port);
  await vanishes();
  const sent = await host.send(fd, new Uint8Array(32 << 20));
  if (sent === 0 || sent === 32 << 20) tell(`${sent} bytes`);
  await host.send(fd, new Uint8Array(1)).then(tell, tellError("send"));
  host.close(fd);
}

export async function keepsAlive(address: string, port: number): Promise<void> {
  const fd = await connected(address, port);
  host.setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
  host.setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
  host.setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  host.setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, 1);
  host.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, true);
  await vanishes();
  await host.recv(fd, new Uint8Array(1)).then(tell, tellError("recv"));
  host.close(fd);
}

export async function pushes(address: string, port: number): Promise<void> {
  const fd = await connected(address, port);
  await vanishes();
  const flow = host.flow(fd, {
    data: () => undefined,
    close: (error) => tell(`flow ${(error as SystemError | undefined)?.code}`),
  });
  flow.write(new Uint8Array(1 << 20));
}

export async function connects(address: string, port: number): Promise<void> {
  await vanishes();
  await connected(address, port).then(tell, tellError("connect"));
}
