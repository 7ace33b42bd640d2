/** A receive that waits without having been attempted. */
export interface PresumingReceive {
  readonly isWaiting: boolean;
  attempt(): boolean;
  /** Kept by LaterLooks: it is in the list, and since which round. */
  isListed: boolean;
  round: number;
}

/** While the thread is busy, receives are looked at that have waited for one to two rounds of so long. */
const ROUND_MS = 100;

/**
 * Receives that were not attempted, because the last one on their descriptor had taken all there was. That holds but
 * for urgent data: a receive stops before it, what follows makes no event, and a poll of io_uring cannot tell (the
 * kernel wakes it for all data with a mask that has POLLPRI in it). So each is attempted after all: as soon as the
 * thread has nothing else to do, or when it has waited for long.
 */
export class LaterLooks {
  readonly #turnsOf: () => number;
  readonly #nowMs: () => number;
  #receives: PresumingReceive[] = [];
  #round = 0;
  #roundEnds = 0;
  #turnsSeen = 0;

  /** `turns` is how many the engine has had: none since the last look means that it is idle. */
  constructor(turns: () => number, nowMs: () => number = () => performance.now()) {
    this.#turnsOf = turns;
    this.#nowMs = nowMs;
  }

  add(receive: PresumingReceive): void {
    receive.round = this.#round;
    if (receive.isListed) return;
    receive.isListed = true;
    if (this.#receives.push(receive) === 1) this.#comeBack();
  }

  #comeBack(): void {
    this.#turnsSeen = this.#turnsOf();
    setImmediate(() => this.#look());
  }

  #look(): void {
    const isIdle = this.#turnsOf() === this.#turnsSeen;
    const now = this.#nowMs();
    if (isIdle || now >= this.#roundEnds) {
      this.#sweep(isIdle);
      this.#round = (this.#round + 1) | 0;
      this.#roundEnds = now + ROUND_MS;
    }
    if (this.#receives.length > 0) this.#comeBack();
  }

  #sweep(all: boolean): void {
    const receives = this.#receives;
    let kept = 0;
    for (const receive of receives) {
      if (receive.isWaiting && !all && receive.round === this.#round) receives[kept++] = receive;
      else {
        receive.isListed = false;
        if (receive.isWaiting) receive.attempt();
      }
    }
    receives.length = kept;
  }
}
