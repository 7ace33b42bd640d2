/** A datagram waits to be read. */
export const READABLE = 1;
/** An error waits: the pending one, or one in the error queue. */
export const FAILED = 16;

/** Whom an endpoint tells what has changed: once for a batch of packets, never from inside a call. */
export interface EndpointOwner {
  /** `events` are bits of the above, since the last time. Any method of the endpoint may be called. */
  changed(events: number): void;
}
