import type { WaitOptions } from "./wait.ts";

/**
 * What an `ioctl` is given: the bytes of the request's structure, or an integer or boolean where it takes one; nothing
 * where it takes nothing, or answers an integer.
 */
export type IoctlArgument = number | boolean | Uint8Array;

/** A socket is a file: the calls that every descriptor has. */
export interface FileCalls {
  /**
   * Reads into `buffer`, read(2), from a socket, a pipe, a terminal, a file. On a socket it is `recv` without flags.
   * Resolves with the bytes; 0 at the end, or for an empty buffer.
   *
   * Errors: on a socket those of `recv`, and
   * - EISDIR, EIO: a folder, a disk. EBADF: not open for reading.
   *
   * Aborting loses no byte. Closing rejects with EBADF. A file on a slow disk blocks the thread. Every kernel has it on
   * sockets.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * await write(near, new TextEncoder().encode("hello")); // 5
   * await read(far, new Uint8Array(512)); // 5
   * close(near);
   * close(far);
   */
  readonly read: (fd: number, buffer: Uint8Array, options?: WaitOptions) => Promise<number>;

  /**
   * Writes `data`, write(2), to a socket, a pipe, a terminal, a file: goes on until all is taken. On a socket it is
   * `send` without flags. Resolves with the bytes. To a pipe it goes by 4,096 bytes (PIPE_BUF) at a time, so that it
   * does not block.
   *
   * Errors: on a socket those of `send`, and
   * - EPIPE: nobody reads the pipe. EIO, ENOSPC, EFBIG: a disk. EBADF: not open for writing.
   *
   * Aborting and closing as `send`. Every kernel has it on sockets.
   *
   * @example
   * await write(1, new TextEncoder().encode("descriptor 1 is standard output\n"));
   */
  readonly write: (fd: number, data: Uint8Array, options?: WaitOptions) => Promise<number>;

  /**
   * Reads into several buffers, filled in order, readv(2). At most 1,024 of them. Resolves with the bytes.
   *
   * Errors, aborting and closing as `read`. Every kernel has it on sockets.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * await send(near, new TextEncoder().encode("GET /"));
   * await readv(far, [new Uint8Array(4), new Uint8Array(512)]); // 5
   * close(near);
   * close(far);
   */
  readonly readv: (fd: number, buffers: readonly Uint8Array[], options?: WaitOptions) => Promise<number>;

  /**
   * Writes several buffers, one after the other, writev(2). At most 1,024 of them. On a datagram socket they are one
   * datagram. Resolves with the bytes.
   *
   * Errors, aborting and closing as `write`. Every kernel has it on sockets.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * await writev(near, [new Uint8Array(4), new Uint8Array(8)]); // 12
   * close(near);
   * close(far);
   */
  readonly writev: (fd: number, buffers: readonly Uint8Array[], options?: WaitOptions) => Promise<number>;

  /**
   * Sends from a file to a socket without bringing the bytes into the program, sendfile(2). `offset` is where in the
   * file it begins; with `undefined` it is the file's position, which then moves. Goes on until `count` bytes have left
   * or the file ends: resolves with the bytes, fewer where the call was cut short.
   *
   * Errors: those of `send`, and
   * - EINVAL: `file` cannot be read so: a terminal, a socket. ESPIPE: it has no offsets.
   * - EIO: reading the file failed.
   * - ERR_OUT_OF_RANGE: `offset` or `count` is no safe integer from 0 on.
   *
   * Aborting and closing as `send`. On a kernel that has files: the host. What of the file is not in memory is read
   * while the thread waits for it.
   *
   * @example
   * import { closeSync, openSync } from "node:fs";
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * const file = openSync("/etc/protocols", "r");
   * await host.sendfile(near, file, 0, 4); // 4
   * closeSync(file);
   * await recv(far, new Uint8Array(16)); // 4
   * close(near);
   * close(far);
   */
  readonly sendfile?: (
    fd: number,
    file: number,
    offset: number | undefined,
    count: number,
    options?: WaitOptions,
  ) => Promise<number>;

  /**
   * Another descriptor of the same thing, dup(2), close-on-exec. The two share all but their number, O_NONBLOCK too; a
   * connection ends with its last descriptor. Returns the lowest number that is free.
   *
   * Errors:
   * - EMFILE: the process has too many descriptors.
   * - EBADF.
   *
   * Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * const copy = dup(near);
   * close(near);
   * await send(copy, new Uint8Array(1)); // 1: the line is open
   * close(copy);
   * close(far);
   */
  readonly dup: (fd: number) => number;

  /**
   * Asks or changes a descriptor, fcntl(2): F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD, F_DUPFD_CLOEXEC, F_GETOWN,
   * F_SETOWN. Commands with an integer argument or none. Returns what C returns.
   *
   * Errors:
   * - EINVAL: no such command; an argument that it does not take.
   * - EMFILE: F_DUPFD. EPERM: not allowed.
   * - EBADF.
   *
   * O_NONBLOCK counts for the calls that begin after it: where they would wait, they reject with EAGAIN. Every kernel.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_DGRAM);
   * fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
   * recv(fd, new Uint8Array(512)); // rejects with EAGAIN
   * close(fd);
   */
  readonly fcntl: (fd: number, command: number, argument?: number) => number;

  /**
   * Asks a device, ioctl(2); tcp(7), udp(7), netdevice(7).
   * FIONREAD, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK return their integer; FIONBIO takes a boolean; SIOCGIFCONF takes room
   * for `struct ifreq`s and returns how much it filled; any other request takes the bytes of its structure, changes
   * them, and returns what C returns.
   *
   * Errors:
   * - ENOTTY: the descriptor has no such request.
   * - EINVAL: not in its state. ENODEV, ENXIO: no such interface. EADDRNOTAVAIL: it has no address. EPERM: needs
   *   CAP_NET_ADMIN.
   * - EBADF.
   *
   * Every kernel; which requests, is each kernel's matter.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * await send(near, new Uint8Array(100));
   * ioctl(far, FIONREAD); // 100
   * close(near);
   * close(far);
   */
  readonly ioctl: (fd: number, request: number, argument?: IoctlArgument) => number;
}
