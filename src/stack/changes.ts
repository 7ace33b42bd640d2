/** Something whose owner is told what has changed: once for a batch of packets, never from inside a call. */
export interface Changing {
  /** Bits that the owner has not been told yet. */
  pendingEvents: number;
  /** Tells the owner, who may call whatever it likes. */
  tell(events: number): void;
}

/** Who has changed since the owners were last told, in the order of the first change. */
export class Changes {
  #changed: Changing[] = [];
  #telling: Changing[] = [];

  get isEmpty(): boolean {
    return this.#changed.length === 0;
  }

  /** Notes events; they are told together. */
  add(changing: Changing, events: number): void {
    if (changing.pendingEvents === 0) this.#changed.push(changing);
    changing.pendingEvents |= events;
  }

  /** Tells all owners. What changes meanwhile is for the next time. */
  tell(): void {
    if (this.#changed.length === 0) return;
    const telling = this.#changed;
    this.#changed = this.#telling;
    this.#telling = telling;
    for (const changing of telling) {
      const events = changing.pendingEvents;
      changing.pendingEvents = 0;
      if (events !== 0) changing.tell(events);
    }
    telling.length = 0;
  }
}
