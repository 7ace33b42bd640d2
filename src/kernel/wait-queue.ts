/** A call that waits its turn on a descriptor. */
export interface Waiter {
  /** Attempts the call; true when that settled it, and took it out of its queue. */
  attempt(): boolean;
  /** The descriptor is closed, or another's. */
  closed(): void;
  /** The descriptor was ref'd or unref'd. */
  referenceChanged(): void;
}

/** The calls that wait for one direction of a descriptor, first come first served. One is the rule. */
export class WaitQueue {
  first: Waiter | undefined;
  #behind: Waiter[] | undefined;

  get length(): number {
    return this.first === undefined ? 0 : 1 + (this.#behind?.length ?? 0);
  }

  push(waiter: Waiter): void {
    if (this.first === undefined) this.first = waiter;
    else (this.#behind ??= []).push(waiter);
  }

  remove(waiter: Waiter): void {
    if (this.first === waiter) {
      this.first = this.#behind?.shift();
      return;
    }
    const index = this.#behind?.indexOf(waiter) ?? -1;
    if (index >= 0) this.#behind?.splice(index, 1);
  }

  all(): Waiter[] {
    return this.first === undefined ? [] : [this.first, ...(this.#behind ?? [])];
  }
}
