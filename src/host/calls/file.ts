import { MSG_DONTWAIT, MSG_NOSIGNAL, POLLIN, POLLOUT } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { systemError } from "../../api/errors.ts";
import { buffersAfter, firstBytes, totalBytes } from "../../kernel/buffers.ts";
import { READ, WRITE, type Call, type Direction } from "../../kernel/call.ts";
import { checkBytes, checkDescriptor, checkVectors } from "../../kernel/arguments.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { connectsFirst } from "./fast-open.ts";
import { messageHeader, vectors } from "./vector.ts";
import { isReadyNow } from "./poll.ts";

/*
 * A socket is a file: read(2) on one is recv without flags, which can be told not to wait. Any other descriptor (a
 * pipe, a terminal, a file) is asked by poll(2) whether it would wait, and then read.
 */

/** read(2) and readv(2). */
export class Read implements Call<number> {
  readonly syscall: "read" | "readv";
  readonly direction: Direction = READ;
  readonly mayWait = true;
  readonly fd: number;
  readonly #buffers: readonly Uint8Array[];
  #isSocket = true;

  constructor(fd: number, buffers: Uint8Array | readonly Uint8Array[], syscall: "read" | "readv") {
    checkDescriptor(fd);
    if (syscall === "readv") checkVectors("buffers", buffers);
    else checkBytes("buffer", buffers);
    this.syscall = syscall;
    this.fd = fd;
    this.#buffers = buffers instanceof Uint8Array ? [buffers] : [...buffers];
  }

  attempt(): number | undefined {
    // A read of nothing never waits, on a socket neither, where a receive of nothing does.
    if (this.#buffers.every(({ length }) => length === 0)) return finish(this.syscall, this.#read());
    if (this.#isSocket) {
      const bytes = receiveInto(this.fd, this.#buffers);
      if (bytes >= 0) return bytes;
      const number = lastErrno();
      if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
      if (number !== errno.ENOTSOCK) throw systemError(this.syscall, number);
      this.#isSocket = false;
    }
    if (!isReadyNow(this.fd, POLLIN)) return undefined;
    return finish(this.syscall, this.#read());
  }

  #read(): number {
    const [only] = this.#buffers;
    return this.syscall === "read" && only !== undefined
      ? libc.read(this.fd, only, only.length)
      : libc.readv(this.fd, vectors(this.#buffers), this.#buffers.length);
  }
}

/** write(2) and writev(2): goes on until the kernel has taken all, as a blocking write does. */
export class Write implements Call<number> {
  readonly syscall: "write" | "writev";
  readonly direction: Direction = WRITE;
  readonly mayWait = true;
  readonly fd: number;
  #rest: readonly Uint8Array[];
  readonly #length: number;
  #written = 0;
  #isSocket = true;
  #isFile: boolean | undefined;

  constructor(fd: number, buffers: Uint8Array | readonly Uint8Array[], syscall: "write" | "writev") {
    checkDescriptor(fd);
    if (syscall === "writev") checkVectors("buffers", buffers);
    else checkBytes("data", buffers);
    this.syscall = syscall;
    this.fd = fd;
    this.#rest = buffers instanceof Uint8Array ? [buffers] : [...buffers];
    this.#length = totalBytes(this.#rest);
  }

  attempt(): number | undefined {
    for (;;) {
      const bytes = this.#once();
      if (bytes === undefined) return undefined;
      this.#written += bytes;
      if (this.#written >= this.#length || bytes === 0) return this.#written;
      this.#rest = buffersAfter(this.#rest, bytes);
    }
  }

  partial(): number | undefined {
    return this.#written > 0 ? this.#written : undefined;
  }

  #once(): number | undefined {
    if (this.#isSocket) {
      const bytes = sendFrom(this.fd, this.#rest);
      if (bytes >= 0) return bytes;
      const number = lastErrno();
      if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
      if (connectsFirst(this.fd, number)) return undefined;
      if (number !== errno.ENOTSOCK) throw systemError(this.syscall, number);
      this.#isSocket = false;
    }
    if (!isReadyNow(this.fd, POLLOUT)) return undefined;
    // A pipe that is ready takes PIPE_BUF bytes without waiting, and all of them together (pipe(7)); more could block
    // this thread. What has a position is a file, which never waits.
    this.#isFile ??= libc.lseek(this.fd, 0, SEEK_CUR) >= 0;
    const pieces = this.#isFile ? this.#rest : firstBytes(this.#rest, PIPE_BUF);
    const [only] = pieces;
    const bytes =
      this.syscall === "write" && only !== undefined
        ? libc.write(this.fd, only, only.length)
        : libc.writev(this.fd, vectors(pieces), pieces.length);
    return finish(this.syscall, bytes);
  }
}

const PIPE_BUF = 4096;
const SEEK_CUR = 1;

function finish(syscall: string, bytes: number): number | undefined {
  if (bytes >= 0) return bytes;
  const number = lastErrno();
  if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
  throw systemError(syscall, number);
}

function receiveInto(fd: number, buffers: readonly Uint8Array[]): number {
  const [only] = buffers;
  if (buffers.length === 1 && only !== undefined) return libc.recv(fd, only, only.length, MSG_DONTWAIT);
  return libc.recvmsg(fd, messageHeader(buffers), MSG_DONTWAIT);
}

function sendFrom(fd: number, buffers: readonly Uint8Array[]): number {
  const [only] = buffers;
  if (buffers.length === 1 && only !== undefined) return libc.send(fd, only, only.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  return libc.sendmsg(fd, messageHeader(buffers), MSG_DONTWAIT | MSG_NOSIGNAL);
}
