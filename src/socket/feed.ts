import type { AddressLike } from "../api/address.ts";
import type { WaitOptions } from "../api/kernel.ts";

/** Who takes what a feed brings. */
export interface Taker<T> {
  /** Gives an item to the call that waits for one. False when none does: the feed keeps it, for `take`. */
  offer(item: T): boolean;
  /** There is something new to look at: an end, an error. */
  look(): void;
}

/** A descriptor while it is iterated over: a flow has it, and what the flow brings waits here. */
export interface Feed<T> {
  /** The flow has no descriptor any more: it was closed, or given back to the calls. */
  readonly isOver: boolean;
  /** Nothing will come any more, when `take` has given all. */
  readonly isDone: boolean;
  /** The next item that is here; undefined when there is none. Throws the error that ended the feed. */
  take(): T | undefined;
  /** Sends while the flow has the descriptor: a number when all has left at once. */
  send?(data: Uint8Array, options?: WaitOptions, address?: AddressLike): Promise<number> | number;
  /** Gives the descriptor back to the calls; what was received stays to be read. */
  stop(): Promise<void>;
  /** Closes the descriptor. */
  hangUp(): void;
}
