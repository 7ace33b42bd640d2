import type { Inet4Address, SocketAddress } from "../../src/api/address.ts";
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "../../src/api/constants.ts";
import { type Host, Internet, type LinkSettings, type SimKernel } from "../../src/sim.ts";

export const SERVER: Inet4Address = { family: AF_INET, address: "10.0.0.1", port: 7 };

/** Two hosts on one link. */
export function pair(link: LinkSettings = {}, seed = 1): { internet: Internet; server: Host; client: Host } {
  const internet = new Internet({ seed });
  const server = internet.host("server", "10.0.0.1/24");
  const client = internet.host("client", "10.0.0.2/24");
  internet.link(server, client, link);
  return { internet, server, client };
}

/** Echoes, with many clients at once. */
export async function echoServer(kernel: SimKernel, address: SocketAddress = SERVER): Promise<void> {
  const listener = kernel.socket(address.family, SOCK_STREAM);
  kernel.setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, true);
  kernel.bind(listener, address);
  kernel.listen(listener);
  for (;;) {
    const { fd } = await kernel.accept(listener);
    void echo(kernel, fd).catch(() => undefined);
  }
}

async function echo(kernel: SimKernel, fd: number): Promise<void> {
  const buffer = new Uint8Array(65536);
  try {
    for (;;) {
      const bytes = await kernel.recv(fd, buffer);
      if (bytes === 0) break;
      for (let sent = 0; sent < bytes;) sent += await kernel.send(fd, buffer.subarray(sent, bytes));
    }
  } finally {
    kernel.close(fd);
  }
}

/** The code of the error that something rejects with; "none" when it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
