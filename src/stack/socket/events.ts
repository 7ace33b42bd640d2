import { PRIORITY, READ, WRITE } from "../../kernel/call.ts";
import { attemptAll } from "../../kernel/descriptor.ts";
import type { WaitEngine } from "../../kernel/engine.ts";
import type { Timer as KernelTimer, Turns } from "../../kernel/turns.ts";
import { Timer } from "../timer/timer.ts";
import type { Description } from "./description.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * What the sockets of a stack tell those who wait. It is collected, and told once for a batch of packets or calls, in
 * the order in which the sockets changed.
 */
export class SocketEvents implements WaitEngine, Turns {
  readonly surroundings: Surroundings;
  #changed: Description[] = [];
  #later: (() => void)[] = [];
  #cookies = 0n;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  /** True when `deliver` has something to do. */
  get isPending(): boolean {
    return this.#changed.length > 0;
  }

  /** SO_COOKIE of the next socket. */
  nextCookie(): bigint {
    return ++this.#cookies;
  }

  /** Those who wait for a description are to look at it again. */
  changed(description: Description): void {
    if (description.isChanged || description.descriptors.length === 0) return;
    description.isChanged = true;
    if (!this.isPending) this.surroundings.wake();
    this.#changed.push(description);
  }

  /** Tells what was collected so far. What comes of it is told the next time. */
  deliver(): void {
    const changed = this.#changed;
    if (changed.length === 0) return;
    this.#changed = [];
    this.surroundings.told?.();
    for (const description of changed) {
      description.isChanged = false;
      // Telling one may close another, or itself.
      const { descriptors } = description;
      for (const descriptor of descriptors.length === 1 ? descriptors : [...descriptors]) this.#tell(descriptor);
    }
  }

  /** The program's next turn has come: goes on with what was put off to it. */
  turn(): void {
    const works = this.#later;
    this.#later = [];
    for (const work of works) this.#guard(work);
  }

  /** A socket tells all of its changes: there is nothing to ask for. */
  want(): void {}

  watch(): void {}

  unwatch(): void {}

  hold(): void {
    this.surroundings.hold();
  }

  release(): void {
    this.surroundings.release();
  }

  continueLater(work: () => void): void {
    if (this.#later.length === 0) this.surroundings.wakeNextTurn();
    this.#later.push(work);
  }

  nextTurn(work: () => void): void {
    this.continueLater(work);
  }

  timer(work: () => void, ms: number): KernelTimer {
    return new WaitTimer(this.surroundings, work, ms);
  }

  throwLater(error: unknown): void {
    this.surroundings.throwLater(error);
  }

  #tell(descriptor: Descriptor): void {
    try {
      tell(descriptor);
    } catch (error) {
      this.throwLater(error);
    }
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.throwLater(error);
    }
  }
}

/** Has the calls, the flow and the polls of a descriptor look at its socket. */
function tell(descriptor: Descriptor): void {
  if (descriptor.flow !== undefined) {
    descriptor.flow.happened(descriptor.description.socket.poll());
    return;
  }
  attemptAll(descriptor, READ);
  attemptAll(descriptor, WRITE);
  attemptAll(descriptor, PRIORITY);
  for (const watcher of descriptor.watchers) watcher.look();
}

/** A timer on the stack's clock that keeps the program alive while it is set. */
class WaitTimer implements KernelTimer {
  readonly #surroundings: Surroundings;
  readonly #work: () => void;
  readonly #timer: Timer;
  #isSet = true;
  #holds = true;

  constructor(surroundings: Surroundings, work: () => void, ms: number) {
    this.#surroundings = surroundings;
    this.#work = work;
    this.#timer = new Timer(this);
    surroundings.timers.set(this.#timer, surroundings.nowUs() + ms * 1000);
    surroundings.hold();
    surroundings.deadlineChanged();
  }

  /** The stack's timers say that the time has come. */
  expired(): void {
    this.#surroundings.told?.();
    this.#end();
    this.#work();
  }

  close(): void {
    if (!this.#isSet) return;
    this.#surroundings.timers.remove(this.#timer);
    this.#end();
  }

  ref(): void {
    if (this.#holds || !this.#isSet) return;
    this.#holds = true;
    this.#surroundings.hold();
  }

  unref(): void {
    if (!this.#holds) return;
    this.#holds = false;
    this.#surroundings.release();
  }

  #end(): void {
    this.#isSet = false;
    this.unref();
  }
}
