import { AF_UNIX, SOCK_STREAM } from "../../api/constants.ts";
import type { Kernel } from "../../api/kernel.ts";
import { Socket } from "../socket.ts";
import type { Client, ConnectionHandler, Failure, HandlerContext, ServedConnection } from "./connection.ts";
import type { Connections } from "./connections.ts";

/** A client that a handler serves with a socket. */
export class ServedSocket implements Client {
  readonly startedAtMs: number;
  seenBytes = 0;
  seenAtMs: number;
  readonly #connections: Connections;
  readonly #socket: Socket;
  /** Made when the handler asks for it: most never do. */
  #abort: AbortController | undefined;
  #over = false;

  constructor(connections: Connections, kernel: Kernel, { fd, address }: ServedConnection, nowMs: number) {
    this.#connections = connections;
    const { family } = address;
    // A Unix listener may be one of streams or of packets; that of a TCP connection is a stream's.
    const type = family === AF_UNIX ? undefined : SOCK_STREAM;
    this.#socket = Socket.from(kernel, fd, { family, type, remote: address });
    this.startedAtMs = nowMs;
    this.seenAtMs = nowMs;
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten;
  }

  /** Runs the handler; closes the socket when it settles. It never rejects. */
  async serve(handler: ConnectionHandler, connection: ServedConnection): Promise<void> {
    let failure: Failure | undefined;
    try {
      await handler(this.#socket, this.#context(connection));
    } catch (error) {
      failure = { error };
    }
    this.#end(failure);
  }

  hangUp(reason: Error | undefined): void {
    this.#end(undefined);
    this.#abort?.abort(reason);
  }

  #end(failure: Failure | undefined): void {
    // After hangUp the handler fails on its closed socket: that is no news.
    if (this.#over) return;
    this.#over = true;
    this.#socket.close();
    this.#connections.ended(this, failure);
  }

  #context(connection: ServedConnection): HandlerContext {
    const signal = (): AbortSignal => {
      this.#abort ??= new AbortController();
      if (this.#over) this.#abort.abort();
      return this.#abort.signal;
    };
    return {
      ...connection,
      get signal() {
        return signal();
      },
    };
  }
}
