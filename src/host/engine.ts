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

/** How this thread waits for its descriptors: the one door to epoll, and to what may stand beside it. */
export interface Engine extends WaitEngine {
  readonly name: string;
  /** Forgets the descriptor: before it is closed, or when its number was found to be another's. */
  forget(descriptor: Descriptor): void;
  flow(descriptor: Descriptor, handler: FlowHandler, options: FlowOptions): Flow;
  acceptFlow(descriptor: Descriptor, handler: AcceptHandler): AcceptFlow;
  datagramFlow(descriptor: Descriptor, handler: DatagramHandler, options: DatagramFlowOptions): DatagramFlow;
  /** Hands over what waits for the end of this batch: the thread is about to block. */
  flush?(): void;
  inspect(): Record<string, unknown>;
}
