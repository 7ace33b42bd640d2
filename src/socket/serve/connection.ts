import type { SocketAddress } from "../../api/address.ts";
import type { FlowHandler } from "../../api/flow.ts";
import type { ProxyHeader } from "../proxy-protocol.ts";
import type { Socket } from "../socket.ts";

/** An accepted connection, as a handler sees it. */
export interface ServedConnection {
  readonly fd: number;
  /** Who is at the other end of the descriptor: the client, or the proxy before it. */
  readonly address: SocketAddress;
  /** What the PROXY header said, where one was read: `proxy.source` is the client that the proxy serves. */
  readonly proxy: ProxyHeader | undefined;
  /** Aborted when the server begins to stop: finish what was begun, ask for no more. */
  readonly stopping: AbortSignal;
}

/** What a handler learns beside its socket. */
export interface HandlerContext extends ServedConnection {
  /** Aborted when the server closes this connection: a time limit, the deadline of `stop`, `close`. */
  readonly signal: AbortSignal;
}

/**
 * Serves one client. The socket is closed when the promise settles: keep it pending as long as the connection is used,
 * also after a hand-over (`toDuplex`). What it throws is counted and told to `onError`.
 */
export type ConnectionHandler = (socket: Socket, context: HandlerContext) => unknown;

/** Says who handles the bytes of a connection that is handed over to the kernel: the fast path. */
export type FlowFactory = (connection: ServedConnection) => FlowHandler;

/** How a server serves: by a handler with a socket, or by a flow. */
export interface Serving {
  readonly handler?: ConnectionHandler | undefined;
  readonly flow?: FlowFactory | undefined;
}

/** What ended a connection badly. An object, since anything can be thrown. */
export interface Failure {
  readonly error: unknown;
}

/** A client that is being served, as the server keeps it. */
export interface Client {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** When it was accepted, by the kernel's clock. */
  readonly startedAtMs: number;
  /** Bytes that had been moved when the time limits last looked, and since when they are as many. */
  seenBytes: number;
  seenAtMs: number;
  /** Closes the connection at once, and tells `Connections.ended`. */
  hangUp(reason: Error | undefined): void;
}
