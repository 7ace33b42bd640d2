import type { AddressLike, SocketAddress } from "../api/address.ts";
import {
  AF_UNIX,
  MSG_PEEK,
  POLLOUT,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../api/constants.ts";
import { abortError, isSystemError, systemError } from "../api/errors.ts";
import type { AcceptOptions, Kernel, ReceivedFrom, WaitOptions } from "../api/kernel.ts";
import type { Message, MessageBuffers, ReceivedMessage } from "../api/message.ts";
import type { OptionInput, OptionValue } from "../api/options.ts";
import { SocketDuplex, type SocketDuplexOptions } from "./duplex.ts";
import { OwnedDescriptor } from "./owned-descriptor.ts";
import { SocketIteration } from "./socket-iteration.ts";
import { SocketState } from "./socket-state.ts";
import type { ReceivedDatagram } from "./unread.ts";
import { SocketStreams, type WebStreams } from "./web-streams.ts";

/** Settings of a Socket. */
export interface SocketOptions {
  /** IPPROTO_…; 0, the default, is the type's own. */
  readonly protocol?: number | undefined;
  /** Aborting it closes the socket; the calls that wait, and all later ones, reject with an AbortError. */
  readonly signal?: AbortSignal | undefined;
}

/** What `accept` gives: the connection and its peer. */
export interface AcceptedSocket {
  readonly socket: Socket;
  readonly address: SocketAddress;
}

/** What a Socket that exists already is made of: passed by the static constructors alone. */
/** What is known of a descriptor that a socket takes over: the kernel is asked for the rest. */
export interface AdoptOptions extends Pick<SocketOptions, "signal"> {
  readonly family?: number | undefined;
  readonly type?: number | undefined;
  /** The peer's address. */
  readonly remote?: SocketAddress | undefined;
}

const adopt = Symbol("adopt");
interface Adopted extends SocketOptions {
  readonly [adopt]?: { readonly fd: number; readonly remote?: SocketAddress };
}

/**
 * A socket descriptor as an object that owns it: socket(2) and the calls on it, as methods.
 *
 * After `close`, `detach` or a hand-over (`toDuplex`, `toWeb`) the number may be another's, and the object never uses
 * it again: every call fails with EBADF. `using` and `await using` close it at the end of the block.
 *
 * Errors are those of the kernel's calls of the same name; see `Kernel`. On every kernel.
 *
 * @example
 * ```ts
 * await using server = new Socket(host, AF_INET, SOCK_STREAM);
 * server.bind({ family: AF_INET, address: "127.0.0.1", port: 0 });
 * server.listen();
 * await using client = new Socket(host, AF_INET, SOCK_STREAM);
 * await client.connect(server.localAddress);
 * const { socket } = await server.accept();
 * await socket.sendAll(new TextEncoder().encode("hello"));
 * socket.close();
 * new TextDecoder().decode(await client.recv(100)); // "hello"
 * ```
 */
export class Socket implements Disposable, AsyncDisposable {
  /** The network that the socket is on. */
  readonly kernel: Kernel;
  /** AF_INET, AF_UNIX … */
  readonly family: number;
  /** SOCK_STREAM, SOCK_DGRAM … without SOCK_NONBLOCK. */
  readonly type: number;
  readonly #own: OwnedDescriptor;
  #bytesRead = 0;
  #bytesWritten = 0;
  #remote: SocketAddress | undefined;
  readonly #iteration: SocketIteration;

  static {
    // What people see who print a socket in Node.
    const inspect = function (this: Socket): SocketState {
      return new SocketState(this, {
        closed: this.closed || undefined,
        waitingCalls: this.#own.waiting || undefined,
        iterated: this.#iteration.isActive || undefined,
        unread: this.#iteration.unread || undefined,
      });
    };
    Object.defineProperty(this.prototype, Symbol.for("nodejs.util.inspect.custom"), { value: inspect });
  }

  /**
   * Opens a socket. Errors as socket(2): EAFNOSUPPORT, EPROTONOSUPPORT, EMFILE, EACCES, EPERM …; AbortError when the
   * signal is aborted.
   */
  constructor(kernel: Kernel, family: number, type: number, options: SocketOptions = {}) {
    const { signal, protocol = 0, [adopt]: adopted }: Adopted = options;
    if (signal?.aborted) throw abortError(signal);
    const fd = adopted?.fd ?? kernel.socket(family, type, protocol);
    this.kernel = kernel;
    this.family = family;
    this.type = type & ~TYPE_FLAGS;
    this.#remote = adopted?.remote;
    this.#own = new OwnedDescriptor(kernel, fd);
    this.#iteration = new SocketIteration(this.#own, this.type);
    if (signal !== undefined) this.#own.closeOnAbort(signal, () => this.close());
  }

  /** Takes over an open socket descriptor: it is this object's from now on. EBADF, ENOTSOCK. */
  static from(kernel: Kernel, fd: number, options: AdoptOptions = {}): Socket {
    const { signal, remote } = options;
    const family = options.family ?? kernel.getsockopt(fd, SOL_SOCKET, SO_DOMAIN);
    const type = options.type ?? kernel.getsockopt(fd, SOL_SOCKET, SO_TYPE);
    return new Socket(kernel, family, type, {
      signal,
      [adopt]: remote === undefined ? { fd } : { fd, remote },
    } as SocketOptions);
  }

  /** Two sockets that are connected with each other: socketpair(2). */
  static pair(
    kernel: Kernel,
    family: number = AF_UNIX,
    type: number = SOCK_STREAM,
    options: SocketOptions = {},
  ): [Socket, Socket] {
    if (options.signal?.aborted) throw abortError(options.signal);
    const [first, second] = kernel.socketpair(family, type, options.protocol ?? 0);
    const socket = (fd: number): Socket =>
      new Socket(kernel, family, type, { ...options, [adopt]: { fd } } as SocketOptions);
    return [socket(first), socket(second)];
  }

  /** The descriptor's number; -1 when the socket has none any more. It stays this object's. */
  get fd(): number {
    return this.#own.number;
  }

  /** True when the descriptor is closed, or another's. */
  get closed(): boolean {
    return this.#own.number < 0;
  }

  /** getsockname(2). Throws EBADF when the socket is closed. */
  get localAddress(): SocketAddress {
    return this.kernel.getsockname(this.#own.use("getsockname"));
  }

  /**
   * getpeername(2); undefined when there is no peer. Of a connection that was accepted it is known after the close,
   * too.
   */
  get remoteAddress(): SocketAddress | undefined {
    if (this.closed) return this.#remote;
    try {
      return this.kernel.getpeername(this.#own.number);
    } catch (error) {
      if (isSystemError(error, "ENOTCONN", "EINVAL", "EOPNOTSUPP")) return this.#remote;
      throw error;
    }
  }

  /** The port of `localAddress`, in host order; undefined where the family has none. */
  get localPort(): number | undefined {
    return portOf(this.localAddress);
  }

  /** The port of `remoteAddress`. */
  get remotePort(): number | undefined {
    return portOf(this.remoteAddress);
  }

  /** Bytes that this object's calls have received. */
  get bytesRead(): number {
    return this.#bytesRead + this.#iteration.bytesRead;
  }

  /** Bytes that this object's calls have sent. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** bind(2). */
  bind(address: AddressLike): void {
    this.kernel.bind(this.#own.use("bind"), address);
  }

  /** listen(2). `backlog`: connections that wait to be accepted, at most SOMAXCONN. */
  listen(backlog?: number): void {
    this.kernel.listen(this.#own.use("listen"), backlog);
  }

  /**
   * accept(2): waits for a connection. A call that is cancelled by its signal loses none.
   * The connection is not closed by this socket's signal.
   */
  async accept(options?: AcceptOptions): Promise<AcceptedSocket> {
    for (let fd; (fd = this.#iteration.takeConnection()) !== undefined;) {
      const socket = this.#connection(fd);
      const address = socket.remoteAddress;
      if (address !== undefined) return { socket, address };
      // Its peer has reset it meanwhile: as the kernel passes over such a connection.
      socket.close();
    }
    const { fd, address } = await this.#own.wait("accept", (listener) => this.kernel.accept(listener, options));
    return { socket: this.#connection(fd, address), address };
  }

  /** connect(2): waits until the connection is established, or refused. */
  async connect(address: AddressLike, options?: WaitOptions): Promise<void> {
    await this.#own.wait("connect", (fd) => this.kernel.connect(fd, address, options));
  }

  /** send(2): the number of bytes sent. On a blocking descriptor (the default) of a stream, all of them. */
  send(data: Uint8Array, flags = 0, options?: WaitOptions): Promise<number> {
    try {
      const sending = this.#iteration.send(data, flags, options);
      // What has left at once needs none of the promises of a call that waits.
      if (typeof sending === "number") return Promise.resolve(this.#sent(sending));
      return this.#sentLater("send", (fd) => sending ?? this.kernel.send(fd, data, flags, options));
    } catch (error) {
      return this.#sentLater("send", () => {
        throw error;
      });
    }
  }

  /** Sends all: goes on after a short send, and waits where a non-blocking descriptor says EAGAIN. */
  async sendAll(data: Uint8Array, flags = 0, options?: WaitOptions): Promise<void> {
    for (let sent = 0; ;) {
      try {
        sent += await this.send(sent === 0 ? data : data.subarray(sent), flags, options);
        if (sent >= data.length) return;
      } catch (error) {
        if (!isSystemError(error, "EAGAIN")) throw error;
        await this.#own.wait("send", (fd) => this.kernel.poll([{ fd, events: POLLOUT }], -1, options));
      }
    }
  }

  /** recv(2) into a buffer: the number of bytes; 0: the peer has ended. */
  async recv(buffer: Uint8Array, flags?: number, options?: WaitOptions): Promise<number>;
  /** recv(2) of at most so many bytes, as Python has it: the bytes; none: the peer has ended. */
  async recv(maxBytes: number, flags?: number, options?: WaitOptions): Promise<Uint8Array>;
  async recv(room: Uint8Array | number, flags = 0, options?: WaitOptions): Promise<number | Uint8Array> {
    const buffer = typeof room === "number" ? new Uint8Array(room) : room;
    const bytes = await this.#recv(buffer, flags, options);
    if (typeof room !== "number") return bytes;
    // A short answer does not hold on to a large buffer.
    return bytes < room / 2 ? buffer.slice(0, bytes) : buffer.subarray(0, bytes);
  }

  async #recv(buffer: Uint8Array, flags: number, options: WaitOptions | undefined): Promise<number> {
    const unread = this.#unread("recv", [buffer], flags);
    if (unread !== undefined) return unread.bytes;
    const bytes = await this.#own.wait("recv", (fd) => this.kernel.recv(fd, buffer, flags, options));
    this.#received(bytes, flags);
    return bytes;
  }

  /**
   * Receives until the buffer is full, or so many bytes are there. ENODATA when the peer ends before. A call that is
   * cut short, by its signal, an error or the end, loses nothing: what had come is given by the next receive.
   */
  async recvExactly(buffer: Uint8Array, options?: WaitOptions): Promise<Uint8Array>;
  async recvExactly(bytes: number, options?: WaitOptions): Promise<Uint8Array>;
  async recvExactly(room: Uint8Array | number, options?: WaitOptions): Promise<Uint8Array> {
    const buffer = typeof room === "number" ? new Uint8Array(room) : room;
    let filled = 0;
    try {
      while (filled < buffer.length) {
        const bytes = await this.#recv(buffer.subarray(filled), 0, options);
        if (bytes === 0) {
          throw systemError("recv", "ENODATA", undefined, `the peer ended after ${filled} of ${buffer.length} bytes`);
        }
        filled += bytes;
      }
      return buffer;
    } catch (error) {
      if (filled > 0 && !this.closed && this.type === SOCK_STREAM) {
        this.#iteration.putBack(buffer.slice(0, filled));
        this.#bytesRead -= filled;
      }
      throw error;
    }
  }

  /** sendto(2): sends a datagram to an address. */
  async sendto(
    data: Uint8Array,
    flags: number,
    address: AddressLike | undefined,
    options?: WaitOptions,
  ): Promise<number> {
    const sending = this.#iteration.send(data, flags, options, address);
    return this.#sentLater("sendto", async (fd) => sending ?? this.kernel.sendto(fd, data, flags, address, options));
  }

  /** recvfrom(2): the number of bytes, and the sender. */
  async recvfrom(buffer: Uint8Array, flags = 0, options?: WaitOptions): Promise<ReceivedFrom> {
    const unread = this.#unread("recvfrom", [buffer], flags);
    if (unread !== undefined) return { bytes: unread.bytes, address: unread.address };
    const received = await this.#own.wait("recvfrom", (fd) => this.kernel.recvfrom(fd, buffer, flags, options));
    this.#received(received.bytes, flags);
    return received;
  }

  /** sendmsg(2): buffers and control messages. */
  async sendmsg(message: Message, flags = 0, options?: WaitOptions): Promise<number> {
    return this.#sentLater("sendmsg", (fd) => this.kernel.sendmsg(fd, message, flags, options));
  }

  /** recvmsg(2): buffers and control messages. */
  async recvmsg(message: MessageBuffers, flags = 0, options?: WaitOptions): Promise<ReceivedMessage> {
    const buffers = message.data instanceof Uint8Array ? [message.data] : message.data;
    const unread = this.#unread("recvmsg", buffers, flags);
    if (unread !== undefined) return unread;
    const received = await this.#own.wait("recvmsg", (fd) => this.kernel.recvmsg(fd, message, flags, options));
    this.#received(received.bytes, flags);
    return received;
  }

  /** shutdown(2): SHUT_RD, SHUT_WR, SHUT_RDWR. */
  shutdown(how: number): void {
    this.kernel.shutdown(this.#own.use("shutdown"), how);
  }

  /** getsockopt(2), typed by the option. */
  getsockopt<L extends number, N extends number>(level: L, name: N): OptionValue<L, N> {
    return this.kernel.getsockopt(this.#own.use("getsockopt"), level, name);
  }

  /** setsockopt(2), typed by the option. */
  setsockopt<L extends number, N extends number>(level: L, name: N, value: OptionInput<L, N>): void {
    this.kernel.setsockopt(this.#own.use("setsockopt"), level, name, value);
  }

  /** Waits on this socket keep the program alive (the default). */
  ref(): this {
    this.kernel.ref(this.#own.use("ref"));
    return this;
  }

  /** Waits on this socket do not keep the program alive. */
  unref(): this {
    this.kernel.unref(this.#own.use("unref"));
    return this;
  }

  /** close(2). Calls that wait reject with EBADF. Closing twice does nothing. */
  close(): void {
    this.#iteration.close();
    this.#own.close();
  }

  /**
   * Gives the descriptor up without closing it, and returns its number. EBUSY while calls wait, and while bytes are
   * here that an iteration has received and nobody has read.
   */
  detach(): number {
    if (!this.closed) {
      this.#iteration.refuseWhileActive("detach");
      this.#iteration.refuseWhileUnread("detach");
    }
    return this.#own.giveAway("detach", "the socket was detached");
  }

  /**
   * The connections of a listener, as they are accepted: each is the consumer's to close. A flow accepts ahead of the
   * consumer, at most 16 connections.
   *
   * `break` gives the listener back to `accept`, which has the connections that wait here first; `close` closes them,
   * and ends the iteration. It throws EMFILE and other shortages (the listener stays as it is: iterate again when
   * descriptors are free), and the AbortError of the socket's signal.
   */
  connections(): AsyncGenerator<Socket, void, undefined> {
    return this.#iteration.connections((fd) => this.#connection(fd));
  }

  /**
   * The bytes of a stream, as they arrive, until the peer ends: each chunk is the consumer's to keep. A flow receives
   * ahead of the consumer, at most 256 KiB (none, when a long send waits at the beginning); then the kernel's window
   * slows the peer down. `send`, `sendAll` and `shutdown` work in between; the other calls that wait fail with EBUSY.
   *
   * `break` gives the socket back to the calls, when what was sent has left; the next receive or iteration gets first
   * what is here already. An error of the connection closes the socket. Closing it in between ends the iteration with
   * EBADF.
   */
  chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#iteration.chunks();
  }

  /**
   * The datagrams of a socket as they arrive, or the messages of a SOCK_SEQPACKET until the peer ends. A flow
   * receives ahead of the consumer, at most 64 datagrams; the kernel drops what does not fit into its own buffer.
   * `send` and `sendto` work in between.
   *
   * `break` gives the socket back to the calls; the next receive or iteration gets first what is here already. An
   * error that the network reported (ECONNREFUSED on a connected socket) is thrown; the socket stays usable. `close`
   * ends the iteration.
   */
  datagrams(): AsyncGenerator<ReceivedDatagram, void, undefined> {
    return this.#iteration.datagrams();
  }

  /** `connections` of a listener, `chunks` of a stream, `datagrams` of any other. */
  [Symbol.asyncIterator](): AsyncGenerator<Socket | Uint8Array | ReceivedDatagram, void, undefined> {
    if (this.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)) return this.connections();
    return this.type === SOCK_STREAM ? this.chunks() : this.datagrams();
  }

  /**
   * Hands the connection over to a Node stream, with the members of `net.Socket` that http, tls and ws use; see
   * SocketDuplex. This object is closed then; its signal, unless another is given, destroys the stream. What an
   * iteration has received and nobody has read comes first. EBUSY while calls wait or an iteration is under way;
   * EPROTOTYPE, EINVAL: no stream, or a listener.
   */
  toDuplex(options: SocketDuplexOptions = {}): SocketDuplex {
    return this.#iteration.handOver(
      "toDuplex",
      (fd, signal) => new SocketDuplex(this.kernel, fd, { ...options, signal: options.signal ?? signal }),
      (duplex, received) => duplex.push(received),
    );
  }

  /**
   * Hands the connection over to a pair of Web streams, with backpressure both ways. `readable` is a byte stream
   * (BYOB readers too), whose `cancel` shuts the receiving side; `close` of `writable` shuts the sending side, its
   * `abort` resets the connection. When both sides are over the descriptor is closed. This object is closed at once;
   * its signal errors both streams. Unread bytes and errors as for `toDuplex`.
   */
  toWeb(): WebStreams {
    return this.#iteration.handOver(
      "toWeb",
      (fd, signal) => new SocketStreams(this.kernel, fd, signal),
      (streams, received) => streams.push(received),
    );
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #connection(fd: number, remote?: SocketAddress): Socket {
    const adopted = remote === undefined ? { fd } : { fd, remote };
    return new Socket(this.kernel, this.family, this.type, { [adopt]: adopted } as SocketOptions);
  }

  /** What an iteration has left. */
  #unread(syscall: string, buffers: readonly Uint8Array[], flags: number): ReceivedMessage | undefined {
    if (this.#iteration.unread === 0) return undefined;
    this.#own.use(syscall);
    return this.#iteration.receive(buffers, flags);
  }

  async #sentLater(syscall: string, call: (fd: number) => Promise<number>): Promise<number> {
    return this.#sent(await this.#own.wait(syscall, call));
  }

  #sent(bytes: number): number {
    this.#bytesWritten += bytes;
    return bytes;
  }

  #received(bytes: number, flags: number): void {
    if ((flags & MSG_PEEK) === 0) this.#bytesRead += bytes;
  }
}

/** The flags that `socket` takes with the type. */
const TYPE_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;

function portOf(address: SocketAddress | undefined): number | undefined {
  return address !== undefined && "port" in address ? address.port : undefined;
}
