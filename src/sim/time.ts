/** The time of an internet. One object an internet; only its run writes it. */
export class VirtualTime {
  /** Microseconds since the internet began. */
  nowUs = 0;
}
