import type { AddressLike, SocketAddress } from "./address.ts";

/**
 * What happens on a connection that was handed over to the kernel. The calls of one flow never overlap, and none comes
 * after `close`. A handler that throws closes its flow with that error.
 */
export interface FlowHandler {
  /** Bytes arrived. `chunk` is valid during the call (see `allocate`); copy what is kept. */
  data(chunk: Uint8Array, flow: Flow): void;
  /** The peer will send no more (a half-close). Without this handler the flow answers with `end()`. */
  end?(flow: Flow): void;
  /** All that was queued has left, after `write` had returned false. */
  drain?(flow: Flow): void;
  /**
   * The descriptor is closed: by `close()`, by both ends having ended (no error), or by an error: ECONNRESET, EPIPE,
   * ETIMEDOUT … of the connection, what was given to `close`, what the handler threw. Always the last call.
   */
  close?(error: Error | undefined, flow: Flow): void;
  /**
   * Memory to receive into, for a handler that keeps what it receives: `chunk` is then its first part and stays valid.
   * An empty array, or no such method, means the kernel's own memory.
   */
  allocate?(flow: Flow): Uint8Array;
}

/**
 * A connection whose bytes are pushed: see FlowHandler for what comes in. Every kernel has it.
 *
 * @example
 * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
 * const closed = new Promise<void>((done) => {
 *   host.flow(far, {
 *     data: (chunk, flow) => void flow.write(chunk), // an echo server
 *     close: () => done(),
 *   });
 * });
 * await send(near, new TextEncoder().encode("hello"));
 * await recv(near, new Uint8Array(16)); // 5
 * shutdown(near, SHUT_WR);
 * await closed;
 * close(near);
 */
export interface Flow {
  /** The descriptor, which the flow owns; -1 after `close` and `detach`. */
  readonly fd: number;
  /** Bytes that came, in all. */
  readonly bytesRead: number;
  /** Bytes that the kernel has taken, in all. */
  readonly bytesWritten: number;
  /** Bytes that wait in the queue of this flow. */
  readonly bytesQueued: number;
  /**
   * Sends, send(2), and queues what cannot leave yet. Returns false when the queue is at its high-water mark: `drain`
   * will come. (What is written in spite of it is queued all the same.) The memory is the caller's again at return,
   * unless `owned` says that the flow may keep it until it is sent. An error of the connection comes to `close`. After
   * `end` or `close`: throws EPIPE.
   */
  write(data: Uint8Array, owned?: boolean): boolean;
  /** Holds back writes until `uncork`, which sends them together. */
  cork(): void;
  /** Sends what was held back. */
  uncork(): void;
  /**
   * Sends what is queued, then ends this direction: shutdown(2) with SHUT_WR. When the peer has ended too, the
   * descriptor is closed.
   */
  end(): void;
  /** Receives nothing until `resume`: the peer is slowed down by the kernel's window. */
  pause(): void;
  /** Receives again. */
  resume(): void;
  /** Closes the descriptor now, close(2); what is queued here is dropped. `error` is what the handler is told. */
  close(error?: Error): void;
  /**
   * Closes the descriptor now, and the peer sees a reset (SO_LINGER with 0); what the kernel had not sent is dropped,
   * too.
   */
  reset(error?: Error): void;
  /**
   * Gives the descriptor back to the pull calls, and returns it. What was received has been delivered; the handler is
   * not called any more. EBUSY: bytes are queued. EBADF: the flow is closed, or a write has failed.
   */
  detach(): number;
  /** The flow keeps the program alive (the default). */
  ref(): void;
  /** The flow does not keep the program alive. */
  unref(): void;
}

/** Settings of a flow. */
export interface FlowOptions {
  /** Bytes in the queue from which `write` returns false (default 64 KiB). */
  readonly highWaterMark?: number;
  /** Begin paused. */
  readonly paused?: boolean;
  /**
   * What the handler begins goes on in promises. They then have their turn after some tens of events in place of
   * hundreds, while the connections that they go on with are still in the processor's cache (default false).
   */
  readonly promises?: boolean;
  /**
   * A handler with `allocate` takes all that the kernel may receive ahead of it, so that `detach` may come with a last
   * call of `data` (default false: no more is received than there is room for). Without `allocate` it is always so.
   */
  readonly readsAhead?: boolean;
}

/** What happens on a listener that was handed over. */
export interface AcceptHandler {
  /** A connection was accepted, accept4(2); the descriptor is the handler's: it closes it, or makes a flow of it. */
  connection(fd: number, flow: AcceptFlow): void;
  /**
   * Accepting failed. For EMFILE, ENFILE, ENOBUFS and ENOMEM the flow has paused itself: nothing is lost, `resume` when
   * descriptors are free again. EINVAL, EOPNOTSUPP: the socket does not listen. Errors of one connection (ECONNABORTED,
   * EPROTO …) never come here: it is gone, and the next is accepted.
   */
  error?(error: Error, flow: AcceptFlow): void;
  /** The listener is closed. Always the last call. */
  close?(flow: AcceptFlow): void;
}

/**
 * A listener whose connections are pushed. It owns the listening descriptor. Every kernel has it.
 *
 * @example
 * const listener = socket(AF_INET, SOCK_STREAM);
 * listen(listener);
 * const called = new Promise<number>((done) => host.acceptFlow(listener, { connection: done }));
 * const caller = socket(AF_INET, SOCK_STREAM);
 * await connect(caller, getsockname(listener));
 * close(await called);
 * close(caller);
 * close(listener); // closes the flow
 */
export interface AcceptFlow {
  /** The listening descriptor; -1 after `close` and `detach`. */
  readonly fd: number;
  /** Connections that were accepted. */
  readonly accepted: number;
  /** Leaves connections in the backlog until `resume`. */
  pause(): void;
  /** Accepts again. */
  resume(): void;
  /** Closes the listener, close(2); those that wait in the backlog are reset. Connections that were accepted go on. */
  close(): void;
  /** Stops accepting, and gives the descriptor back. EBADF: the flow is closed. */
  detach(): number;
  /** The flow keeps the program alive (the default). */
  ref(): void;
  /** The flow does not keep the program alive. */
  unref(): void;
}

/** What happens on a datagram socket that was handed over. */
export interface DatagramHandler {
  /**
   * A datagram arrived, from `address` (undefined: the sender has none). `data` is valid during the call. `truncated`:
   * it was longer than `maxBytes`. What this throws closes the flow with that error.
   */
  datagram(data: Uint8Array, address: SocketAddress | undefined, flow: DatagramFlow, truncated: boolean): void;
  /** The network or the kernel refused a datagram: ECONNREFUSED, EMSGSIZE, ENETUNREACH …; the flow goes on. */
  error?(error: Error, flow: DatagramFlow): void;
  /** The queue is empty, after `send` had returned false. */
  drain?(flow: DatagramFlow): void;
  /** The descriptor is closed. Always the last call. */
  close?(error: Error | undefined, flow: DatagramFlow): void;
}

/**
 * A datagram socket whose datagrams are pushed. It owns the descriptor. Every kernel has it.
 *
 * @example
 * const fd = socket(AF_INET, SOCK_DGRAM);
 * bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
 * const heard = new Promise<number>((done) => {
 *   const flow = host.datagramFlow(fd, { datagram: (data) => done(data.length) });
 *   flow.send(new Uint8Array(3), getsockname(fd));
 * });
 * await heard; // 3
 * close(fd); // closes the flow
 */
export interface DatagramFlow {
  /** The descriptor; -1 after `close` and `detach`. */
  readonly fd: number;
  /** Datagrams that came, in all. */
  readonly datagramsReceived: number;
  /** Datagrams that the kernel has taken, in all. */
  readonly datagramsSent: number;
  /** Datagrams that wait in the queue of this flow. */
  readonly datagramsQueued: number;
  /**
   * Sends a datagram, sendto(2), or queues a copy when the socket's buffer is full. Returns false when the queue is at
   * its high-water mark: `drain` will come. What the kernel refuses comes to the handler's `error`. EBADF: the flow is
   * closed.
   */
  send(data: Uint8Array, address?: AddressLike): boolean;
  /** Receives nothing until `resume`; what the socket's buffer cannot hold meanwhile is lost. */
  pause(): void;
  /** Receives again. */
  resume(): void;
  /** Closes the descriptor now, close(2); what is queued here is dropped. */
  close(error?: Error): void;
  /** Gives the descriptor back to the pull calls. EBUSY: datagrams are queued. EBADF: the flow is closed. */
  detach(): number;
  /** The flow keeps the program alive (the default). */
  ref(): void;
  /** The flow does not keep the program alive. */
  unref(): void;
}

/** Settings of a datagram flow. */
export interface DatagramFlowOptions {
  /** Room for one datagram (default 65,536). */
  readonly maxBytes?: number;
  /** Datagrams in the queue from which `send` returns false (default 256). */
  readonly highWaterMark?: number;
}
