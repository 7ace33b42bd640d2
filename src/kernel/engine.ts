import type { Direction } from "./call.ts";
import type { WaitingDescriptor } from "./descriptor.ts";

/** How a kernel waits for its descriptors: what calls that wait, polls and flows need of it. */
export interface WaitEngine {
  /** Watches the descriptor, so that its waiting calls are attempted again when it becomes ready. */
  want(descriptor: WaitingDescriptor, direction: Direction): void;
  /** Watches for the events of poll(2) (POLLIN, POLLOUT, POLLPRI …) and tells the descriptor's watchers or flow. */
  watch(descriptor: WaitingDescriptor, events: number): void;
  /** Stops watching for some events. */
  unwatch(descriptor: WaitingDescriptor, events: number): void;
  /** One more wait keeps the program alive … */
  hold(): void;
  /** … one less. */
  release(): void;
  /** Calls back in the next turn, after timers and other work had theirs. */
  continueLater(work: () => void): void;
}
