import type {
  AcceptFlow,
  AcceptHandler,
  DatagramFlow,
  DatagramFlowOptions,
  DatagramHandler,
  Flow,
  FlowHandler,
  FlowOptions,
} from "../api/flow.ts";
import type { WaitEngine } from "../kernel/engine.ts";
import type { Descriptor } from "./descriptor.ts";
import type { WaitingReceive } from "./waiting-receive.ts";

/** How this thread waits for its descriptors: the one door to epoll, and to what may stand beside it. */
export interface Engine extends WaitEngine {
  readonly name: string;
  /** Forgets the descriptor: before it is closed, or when its number was found to be another's. */
  forget(descriptor: Descriptor): void;
  flow(descriptor: Descriptor, handler: FlowHandler, options: FlowOptions): Flow;
  acceptFlow(descriptor: Descriptor, handler: AcceptHandler): AcceptFlow;
  datagramFlow(descriptor: Descriptor, handler: DatagramHandler, options: DatagramFlowOptions): DatagramFlow;
  /**
   * True when a receive that has probably nothing to receive need not be attempted now: the engine sees to it later.
   * Where events say for certain, it has no such thing.
   */
  looksLater?(receive: WaitingReceive): boolean;
  /** Hands over what waits for the end of this batch: the thread is about to block. */
  flush?(): void;
  inspect(): Record<string, unknown>;
}
