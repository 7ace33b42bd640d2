import type { AddressLike } from "../address.ts";
import type { Message, MessageBuffers, ReceivedMessage } from "../message.ts";
import type { Accepted } from "./connection.ts";
import type { AddressHints, AddressInfo, NameInfo } from "./name.ts";
import type { PollEntry, Selected } from "./poll.ts";
import type { ReceivedFrom } from "./transfer.ts";

/**
 * The blocking twins of the calls that wait. Each has the arguments, the result and the errors of the call without
 * "Sync", and blocks the calling thread, as the textbook's do: no timer and no promise of this thread runs meanwhile.
 * In a worker that is no harm.
 *
 * One more error: EINTR: a signal came, and the program listens for one; call again (`connectSync` goes on: poll for
 * POLLOUT). What was moved before the signal is the result instead.
 * No signal aborts them; a limit is SO_RCVTIMEO or SO_SNDTIMEO. Closing the descriptor does not wake them, as on Linux:
 * shut it down. In a worker they wake four times a second, so that `terminate()` ends it. The host alone has them.
 */
export interface BlockingCalls {
  /**
   * Waits for a connection and takes it, blocking: accept4(2). See `Kernel.accept`. The host alone.
   *
   * @example
   * const listener = socket(AF_INET, SOCK_STREAM);
   * listen(listener);
   * const caller = socket(AF_INET, SOCK_STREAM);
   * connectSync(caller, getsockname(listener));
   * const { fd } = acceptSync(listener);
   * for (const one of [fd, caller, listener]) close(one);
   */
  readonly acceptSync: (fd: number, options?: { readonly flags?: number | undefined }) => Accepted;

  /**
   * Connects the socket, blocking: connect(2). See `Kernel.connect`. The host alone.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_STREAM);
   * connectSync(fd, { family: AF_INET, address: "127.0.0.1", port: 1 }); // throws ECONNREFUSED
   * close(fd);
   */
  readonly connectSync: (fd: number, address: AddressLike) => void;

  /**
   * Sends bytes, blocking: send(2). See `Kernel.send`. The host alone.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * sendSync(near, new Uint8Array(5)); // 5
   * close(near);
   * close(far);
   */
  readonly sendSync: (fd: number, data: Uint8Array, flags?: number) => number;

  /**
   * Receives into `buffer`, blocking: recv(2). See `Kernel.recv`. The host alone.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * setsockopt(far, SOL_SOCKET, SO_RCVTIMEO, 20);
   * recvSync(far, new Uint8Array(16)); // throws EAGAIN
   * sendSync(near, new Uint8Array(5));
   * recvSync(far, new Uint8Array(16)); // 5
   * close(near);
   * close(far);
   */
  readonly recvSync: (fd: number, buffer: Uint8Array, flags?: number) => number;

  /**
   * Sends to an address, blocking: sendto(2). See `Kernel.sendto`. The host alone.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_DGRAM);
   * bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
   * sendtoSync(fd, new Uint8Array(3), 0, getsockname(fd)); // 3
   * close(fd);
   */
  readonly sendtoSync: (fd: number, data: Uint8Array, flags: number, address: AddressLike | undefined) => number;

  /**
   * Receives, and says from whom, blocking: recvfrom(2). See `Kernel.recvfrom`. The host alone.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_DGRAM);
   * bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
   * sendtoSync(fd, new Uint8Array(3), 0, getsockname(fd));
   * recvfromSync(fd, new Uint8Array(512)).bytes; // 3
   * close(fd);
   */
  readonly recvfromSync: (fd: number, buffer: Uint8Array, flags?: number) => ReceivedFrom;

  /**
   * Sends a message, blocking: sendmsg(2). See `Kernel.sendmsg`. The host alone.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * sendmsgSync(near, { data: [new Uint8Array(1), new Uint8Array(2)] }); // 3
   * close(near);
   * close(far);
   */
  readonly sendmsgSync: (fd: number, message: Message, flags?: number) => number;

  /**
   * Receives a message, blocking: recvmsg(2). See `Kernel.recvmsg`. The host alone.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
   * sendSync(near, new Uint8Array(5));
   * recvmsgSync(far, { data: new Uint8Array(2) }).flags === MSG_TRUNC; // true
   * close(near);
   * close(far);
   */
  readonly recvmsgSync: (fd: number, message: MessageBuffers, flags?: number) => ReceivedMessage;

  /**
   * Sends many messages, blocking: sendmmsg(2). See `Kernel.sendmmsg`. The host alone.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
   * sendmmsgSync(near, [{ data: new Uint8Array(1) }, { data: new Uint8Array(2) }]); // 2
   * close(near);
   * close(far);
   */
  readonly sendmmsgSync: (fd: number, messages: readonly Message[], flags?: number) => number;

  /**
   * Receives many messages, blocking: recvmmsg(2). See `Kernel.recvmmsg`. The host alone.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
   * sendSync(near, new Uint8Array(1));
   * recvmmsgSync(far, [{ data: new Uint8Array(8) }, { data: new Uint8Array(8) }]).length; // 1
   * close(near);
   * close(far);
   */
  readonly recvmmsgSync: (fd: number, messages: readonly MessageBuffers[], flags?: number) => ReceivedMessage[];

  /**
   * Reads into `buffer`, blocking: read(2). See `Kernel.read`. The host alone.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * writeSync(near, new Uint8Array(5)); // 5
   * readSync(far, new Uint8Array(16)); // 5
   * close(near);
   * close(far);
   */
  readonly readSync: (fd: number, buffer: Uint8Array) => number;

  /**
   * Writes `data`, blocking: write(2). See `Kernel.write`. The host alone.
   *
   * @example
   * writeSync(1, new TextEncoder().encode("hello\n")); // 6
   */
  readonly writeSync: (fd: number, data: Uint8Array) => number;

  /**
   * Reads into several buffers, blocking: readv(2). See `Kernel.readv`. The host alone.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * writevSync(near, [new Uint8Array(2), new Uint8Array(3)]); // 5
   * readvSync(far, [new Uint8Array(4), new Uint8Array(4)]); // 5
   * close(near);
   * close(far);
   */
  readonly readvSync: (fd: number, buffers: readonly Uint8Array[]) => number;

  /**
   * Writes several buffers, blocking: writev(2). See `Kernel.writev`. The host alone.
   *
   * @example
   * writevSync(1, [new TextEncoder().encode("hello"), new TextEncoder().encode("\n")]); // 6
   */
  readonly writevSync: (fd: number, buffers: readonly Uint8Array[]) => number;

  /**
   * Sends from a file to a socket, blocking: sendfile(2). See `Kernel.sendfile`. The host alone.
   *
   * @example
   * import { closeSync, openSync } from "node:fs";
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * const file = openSync("/etc/protocols", "r");
   * sendfileSync(near, file, 0, 4); // 4
   * closeSync(file);
   * close(near);
   * close(far);
   */
  readonly sendfileSync: (fd: number, file: number, offset: number | undefined, count: number) => number;

  /**
   * Waits until an entry has one of its events, blocking: poll(2). See `Kernel.poll`. The host alone.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * pollSync([{ fd: far, events: POLLIN }], 10); // 0
   * pollSync([{ fd: far, events: POLLIN | POLLOUT }]); // 1
   * close(near);
   * close(far);
   */
  readonly pollSync: (entries: readonly PollEntry[], timeoutMs?: number) => number;

  /**
   * Waits until a descriptor is ready, blocking: select(2). See `Kernel.select`. The host alone.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * selectSync([near], [near, far], []).write.length; // 2
   * close(near);
   * close(far);
   */
  readonly selectSync: (
    read: Iterable<number>,
    write: Iterable<number>,
    except: Iterable<number>,
    timeoutMs?: number,
  ) => Selected;

  /**
   * Looks a name up, blocking, in a worker too for as long as the name server takes: getaddrinfo(3). See
   * `Kernel.getaddrinfo`; the signal of `hints` is not looked at. The host alone.
   *
   * @example
   * getaddrinfoSync("::1", 7, { type: SOCK_DGRAM })[0]?.family === AF_INET6; // true
   */
  readonly getaddrinfoSync: (
    node: string | null,
    service: string | number | null,
    hints?: AddressHints,
  ) => AddressInfo[];

  /**
   * Finds the names of an address, blocking as `getaddrinfoSync`: getnameinfo(3). See `Kernel.getnameinfo`. The host
   * alone.
   *
   * @example
   * getnameinfoSync({ family: AF_INET, address: "192.0.2.1", port: 7 }, NI_NUMERICHOST).node; // "192.0.2.1"
   */
  readonly getnameinfoSync: (address: AddressLike, flags?: number) => NameInfo;
}
