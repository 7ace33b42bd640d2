import type { AddressLike } from "../api/address.ts";
import type { WaitOptions } from "../api/kernel.ts";

/** A descriptor while it is iterated over: a flow has it, and what the flow brings waits here. */
export interface Feed {
  /** The flow has no descriptor any more: it was closed, or given back to the calls. */
  readonly isOver: boolean;
  /** Sends while the flow has the descriptor. */
  send?(data: Uint8Array, options?: WaitOptions, address?: AddressLike): Promise<number>;
  /** Gives the descriptor back to the calls; what was received stays to be read. */
  stop(): Promise<void>;
  /** Closes the descriptor. */
  close(): void;
}
