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
import type { Direction } from "./call.ts";
import type { Descriptor } from "./descriptor.ts";

/** How this thread waits for its descriptors: the one door to epoll, and to what may stand beside it. */
export interface Engine {
  readonly name: string;
  /** Watches the descriptor, so that its waiting calls are attempted again when it becomes ready. */
  want(descriptor: Descriptor, direction: Direction): void;
  /** Watches for the events of poll(2) (POLLIN, POLLOUT, POLLPRI …) and tells the descriptor's watchers. */
  watch(descriptor: Descriptor, events: number): void;
  /** Forgets the descriptor: before it is closed, or when its number was found to be another's. */
  forget(descriptor: Descriptor): void;
  /** One more wait keeps the event loop alive … */
  hold(): void;
  /** … one less. */
  release(): void;
  flow(descriptor: Descriptor, handler: FlowHandler, options: FlowOptions): Flow;
  acceptFlow(descriptor: Descriptor, handler: AcceptHandler): AcceptFlow;
  datagramFlow(descriptor: Descriptor, handler: DatagramHandler, options: DatagramFlowOptions): DatagramFlow;
  inspect(): Record<string, unknown>;
}
