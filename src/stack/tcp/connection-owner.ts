import type { TcpConnection, TcpListener } from "./contract.ts";

/** Bytes, an urgent byte's absence, or the end of the stream can be read. */
export const READABLE = 1;
/** There is room again in a send buffer that was full. */
export const WRITABLE = 2;
/** The handshake that `connect` began is done. */
export const CONNECTED = 4;
/** The peer has sent its FIN: what is still unread is the last. */
export const ENDED = 8;
/** The connection is gone, and `takeError` says why; 0 when both sides closed it in order. */
export const FAILED = 16;
/** A listener has a connection to accept. */
export const ACCEPTABLE = 32;
/** The peer has sent urgent data. */
export const URGENT = 64;
/** All that was sent, FIN included, is acknowledged: what SO_LINGER waits for. */
export const DRAINED = 128;

/** Whom a connection or a listener tells what has changed: once for a batch of segments, never from inside a call. */
export interface ConnectionOwner {
  /** `events` are bits of the above, since the last time. Any method of the connection may be called. */
  changed(connection: TcpConnection | TcpListener, events: number): void;
}
