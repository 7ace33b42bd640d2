/** Something that will happen. One object is queued at most once; it may be queued again when it has happened. */
export interface SimEvent {
  /** Where it is in the queue; -1 while it is not in it. Only the queue writes it. */
  place: number;
  /** Its time has come. */
  fire(): void;
}

const FIRST_ROOM = 64;

/** What will happen, by time and then by the order of scheduling: a heap in typed arrays. */
export class EventQueue {
  #events: SimEvent[] = [];
  #times: Float64Array = new Float64Array(FIRST_ROOM);
  #sequences: Float64Array = new Float64Array(FIRST_ROOM);
  #sequence = 0;

  get size(): number {
    return this.#events.length;
  }

  /** When the next event happens, in microseconds; Infinity when there is none. */
  get nextUs(): number {
    return this.#events.length === 0 ? Infinity : (this.#times[0] as number);
  }

  /** When a queued event happens. */
  timeOf(event: SimEvent): number {
    return event.place < 0 ? Infinity : (this.#times[event.place] as number);
  }

  /** Has the event happen at a time, whenever it was queued for before; after what is queued for that time already. */
  schedule(event: SimEvent, atUs: number): void {
    const sequence = this.#sequence++;
    if (event.place >= 0) {
      const isLater = atUs >= (this.#times[event.place] as number);
      if (isLater) this.#down(event, event.place, atUs, sequence);
      else this.#up(event, event.place, atUs, sequence);
      return;
    }
    const place = this.#events.length;
    if (place === this.#times.length) this.#grow();
    this.#events.push(event);
    this.#up(event, place, atUs, sequence);
  }

  /** Takes an event out, so that it does not happen. */
  remove(event: SimEvent): void {
    const { place } = event;
    if (place < 0) return;
    event.place = -1;
    const last = this.#events.length - 1;
    const moved = this.#events.pop() as SimEvent;
    if (place === last) return;
    const atUs = this.#times[last] as number;
    const sequence = this.#sequences[last] as number;
    const parent = (place - 1) >> 1;
    if (place > 0 && this.#isBefore(atUs, sequence, parent)) this.#up(moved, place, atUs, sequence);
    else this.#down(moved, place, atUs, sequence);
  }

  /** Takes the next event out. There is one. */
  pop(): SimEvent {
    const first = this.#events[0] as SimEvent;
    first.place = -1;
    const last = this.#events.length - 1;
    const moved = this.#events.pop() as SimEvent;
    if (last > 0) this.#down(moved, 0, this.#times[last] as number, this.#sequences[last] as number);
    return first;
  }

  #isBefore(atUs: number, sequence: number, other: number): boolean {
    const otherUs = this.#times[other] as number;
    return atUs < otherUs || (atUs === otherUs && sequence < (this.#sequences[other] as number));
  }

  #put(event: SimEvent, place: number, atUs: number, sequence: number): void {
    this.#events[place] = event;
    this.#times[place] = atUs;
    this.#sequences[place] = sequence;
    event.place = place;
  }

  #move(from: number, to: number): void {
    this.#put(this.#events[from] as SimEvent, to, this.#times[from] as number, this.#sequences[from] as number);
  }

  #up(event: SimEvent, from: number, atUs: number, sequence: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!this.#isBefore(atUs, sequence, above)) break;
      this.#move(above, place);
      place = above;
    }
    this.#put(event, place, atUs, sequence);
  }

  #down(event: SimEvent, from: number, atUs: number, sequence: number): void {
    const { length } = this.#events;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= length) break;
      const right = below + 1;
      if (right < length && this.#isBefore(this.#times[right] as number, this.#sequences[right] as number, below)) {
        below = right;
      }
      if (this.#isBefore(atUs, sequence, below)) break;
      this.#move(below, place);
      place = below;
    }
    this.#put(event, place, atUs, sequence);
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    const sequences = new Float64Array(times.length);
    times.set(this.#times);
    sequences.set(this.#sequences);
    this.#times = times;
    this.#sequences = sequences;
  }
}
