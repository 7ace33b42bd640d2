import { AF_INET, AF_UNIX, host, POLLIN, SOCK_STREAM, type SocketAddress } from "../../src/index.ts";
import { tell } from "../child.ts";

const ignore = (): undefined => undefined;

/** Has calls and flows of every kind in flight; resolves when the test has sent a byte. */
async function inFlight(address: SocketAddress): Promise<void> {
  const pair = (): [number, number] => host.socketpair(AF_UNIX, SOCK_STREAM);
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.listen(listener);
  host.accept(listener).catch(ignore);
  host.recv(pair()[0], new Uint8Array(1)).catch(ignore);
  host.poll([{ fd: pair()[0], events: POLLIN }]).catch(ignore);
  host.flow(pair()[0], { data: ignore }).write(new Uint8Array(1 << 20));
  host.getaddrinfo("localhost", "80").catch(ignore);
  const fd = host.socket(AF_INET, SOCK_STREAM);
  await host.connect(fd, address);
  await host.send(fd, new Uint8Array(1));
  await host.recv(fd, new Uint8Array(1));
  host.send(fd, new Uint8Array(8 << 20)).catch(ignore);
}

export async function exits(address: SocketAddress): Promise<void> {
  await inFlight(address);
  process.exit(7);
}

export async function throws(address: SocketAddress): Promise<void> {
  await inFlight(address);
  setImmediate(() => {
    throw new TypeError("on purpose");
  });
}

export async function rejects(address: SocketAddress): Promise<void> {
  await inFlight(address);
  throw new TypeError("on purpose");
}

/** The event comes when no JavaScript runs any more: between the "exit" event and the end of the loop's handles. */
export async function endsWithEvents(): Promise<void> {
  const [one, other] = host.socketpair(AF_UNIX, SOCK_STREAM);
  host.unref(one);
  host.recv(one, new Uint8Array(1)).catch(ignore);
  process.once("exit", () => {
    host.sendSync(other, new Uint8Array(1));
    tell("exit");
  });
}
