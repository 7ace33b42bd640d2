import type { SocketAddress } from "../../api/address.ts";

/** An accepted connection on its way to a worker. */
export interface Passed {
  readonly fd: number;
  readonly address: SocketAddress;
}

/** A descriptor could not be given to its worker, and is still here. */
export type UndeliveredListener = (passed: Passed, error: unknown) => void;

/** How accepted descriptors reach one worker. */
export interface Delivery {
  /** Gives a descriptor away. */
  pass(fd: number, address: SocketAddress): void;
  /** The worker has ended: the descriptors that it never took, which are the caller's again. */
  untaken(): Passed[];
}
