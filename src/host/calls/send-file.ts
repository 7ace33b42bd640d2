import { F_GETFL, F_SETFL, O_NONBLOCK } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { outOfRange, systemError } from "../../api/errors.ts";
import { checkDescriptor } from "../../kernel/arguments.ts";
import { WRITE, type Call, type Direction } from "../../kernel/call.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { nativeMemory } from "../ffi/memory.ts";

/** Linux moves at most so much at a time (sendfile(2)). */
const MOST_AT_ONCE = 0x7fff_f000;

const offsetMemory = nativeMemory(8);
const offsetView = new DataView(offsetMemory.buffer);

/** sendfile(2): goes on until all has left or the file ends, as a blocking send does. */
export class SendFile implements Call<number> {
  readonly syscall = "sendfile";
  readonly direction: Direction = WRITE;
  readonly mayWait = true;
  readonly fd: number;
  readonly #file: number;
  readonly #offset: number | undefined;
  readonly #count: number;
  #sent = 0;

  constructor(fd: number, file: number, offset: number | undefined, count: number) {
    checkDescriptor(fd);
    checkDescriptor(file, "file");
    for (const [name, value] of [
      ["offset", offset ?? 0],
      ["count", count],
    ] as const) {
      if (!Number.isSafeInteger(value) || value < 0) throw outOfRange(name, "a safe integer from 0 on", value);
    }
    this.fd = fd;
    this.#file = file;
    this.#offset = offset;
    this.#count = count;
  }

  attempt(): number | undefined {
    while (this.#sent < this.#count) {
      const bytes = this.#once();
      if (bytes === undefined) return undefined;
      if (bytes === 0) break; // The end of the file.
      this.#sent += bytes;
    }
    return this.#sent;
  }

  partial(): number | undefined {
    return this.#sent > 0 ? this.#sent : undefined;
  }

  /** One sendfile(2) that does not wait for the socket; the descriptor's own flag is as it was afterwards. */
  #once(): number | undefined {
    const flags = libc.fcntl(this.fd, F_GETFL, 0);
    if (flags < 0) throw systemError("sendfile", lastErrno());
    const blocks = (flags & O_NONBLOCK) === 0;
    if (blocks) libc.fcntl(this.fd, F_SETFL, flags | O_NONBLOCK);
    if (this.#offset !== undefined) offsetView.setBigInt64(0, BigInt(this.#offset + this.#sent), true);
    const from = this.#offset === undefined ? null : offsetMemory;
    const bytes = libc.sendfile(this.fd, this.#file, from, Math.min(this.#count - this.#sent, MOST_AT_ONCE));
    const number = bytes < 0 ? lastErrno() : 0;
    if (blocks) libc.fcntl(this.fd, F_SETFL, flags);
    if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
    if (number !== 0) throw systemError("sendfile", number);
    return bytes;
  }
}
