import { AF_INET, SOCK_STREAM, type SocketAddress } from "../../src/index.ts";
import type { Context } from "./conformance.ts";
import { listener } from "./sockets.ts";

/** A TCP listener whose backlog is full: whoever connects to it waits until a connection is accepted. */
export async function fullListener(t: Context): Promise<{ fd: number; address: SocketAddress }> {
  const full = listener(t, undefined, 0);
  // Linux takes one connection more than the backlog says (listen(2)).
  await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), full.address);
  return full;
}
