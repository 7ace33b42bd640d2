import type { SocketAddress } from "../api/address.ts";
import type { WaitOptions } from "../api/kernel.ts";

/** Settings of an echo server. Aborting `signal` ends it: the program then resolves with its numbers. */
export interface EchoServerOptions extends WaitOptions {
  /** Called with the server's address when clients can reach it: it says the port that was chosen for port 0. */
  readonly listening?: ((address: SocketAddress) => void) | undefined;
}

/** What an echo server did. */
export interface EchoServerNumbers {
  /** Connections that were accepted; for datagrams, the datagrams that were answered. */
  readonly clients: number;
  /** Bytes that were sent back. */
  readonly bytes: number;
}
