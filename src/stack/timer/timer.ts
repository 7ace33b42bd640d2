/** Whom a timer tells that its time has come. */
export interface TimerOwner {
  /** The timer is out of the queue; it may be set again here. */
  expired(timer: Timer, nowUs: number): void;
}

/** A deadline, made once by its owner and set as often as it likes. All fields but the first are the queue's. */
export class Timer {
  readonly owner: TimerOwner;
  /** When it goes off; Infinity when it is not set. */
  deadlineUs: number = Infinity;
  /** Which setting this is, among all of the queue. */
  sequence = 0;
  /** The deadline and the setting that its place in the queue stands for; never later than the true one. */
  queuedUs: number = Infinity;
  queuedSequence = 0;
  /** Where it is in the queue; -1 when it is not. */
  place = -1;

  constructor(owner: TimerOwner) {
    this.owner = owner;
  }

  get isSet(): boolean {
    return this.deadlineUs !== Infinity;
  }
}
