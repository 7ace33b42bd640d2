import { AF_INET, host, SOCK_STREAM, type SocketAddress } from "../../src/index.ts";
import { tell } from "../child.ts";

/* Clients that will be killed. */

export async function talks(address: SocketAddress): Promise<void> {
  const fd = host.socket(AF_INET, SOCK_STREAM);
  await host.connect(fd, address);
  await host.send(fd, new Uint8Array(1000));
  tell("connected");
  // More than anybody takes at once: it is killed with a send in flight.
  for (;;) await host.send(fd, new Uint8Array(4 << 20));
}

export async function doesNotRead(address: SocketAddress): Promise<void> {
  const fd = host.socket(AF_INET, SOCK_STREAM);
  await host.connect(fd, address);
  await host.recv(fd, new Uint8Array(1));
  tell("connected");
  await host.accept(listening());
}

function listening(): number {
  const fd = host.socket(AF_INET, SOCK_STREAM);
  host.listen(fd);
  return fd;
}
