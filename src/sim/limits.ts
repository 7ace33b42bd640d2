/** What ends a run that does not end by itself. */
export interface RunLimits {
  /** The internet's time. */
  readonly timeUs: number;
  readonly events: number;
  /** Memory of packets. */
  readonly packetBytes: number;
}

/** Events after which the rest of the JavaScript has its turn. */
export const MAX_EVENTS_AT_ONCE = 100_000;
