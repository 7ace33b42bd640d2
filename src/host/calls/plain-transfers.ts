import { MSG_DONTWAIT, MSG_NOSIGNAL } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { systemError } from "../../api/errors.ts";
import { READ, WRITE } from "../../kernel/call.ts";
import type { Waits } from "../../kernel/waits.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import type { Engine } from "../engine.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { WaitingReceive } from "../waiting-receive.ts";
import { connectsFirst } from "./fast-open.ts";
import { Send } from "./transfer.ts";

/**
 * `recv` and `send` without flags and options, on a descriptor that nothing else waits for: what nearly all are. They
 * make no objects but their promises; all others are Calls, and each of these returns undefined when it should be one.
 */
export class PlainTransfers {
  readonly #table: DescriptorTable;
  readonly #waits: Waits;
  readonly #engine: () => Engine;

  constructor(table: DescriptorTable, waits: Waits, engine: () => Engine) {
    this.#table = table;
    this.#waits = waits;
    this.#engine = engine;
  }

  receive(fd: number, buffer: Uint8Array): Promise<number> | undefined {
    const descriptor = this.#table.find(fd);
    // A "7" finds the descriptor 7, too: it is refused elsewhere.
    if (descriptor === undefined || descriptor.fd !== fd || !descriptor.isFree(READ)) return undefined;
    if (!(buffer instanceof Uint8Array) || buffer.length === 0) return undefined;
    const { receive } = descriptor;
    if (!descriptor.isEmptied && !(receive !== undefined && descriptor.seemsEmptied && receive.looksLater())) {
      const bytes = libc.recv(fd, buffer, buffer.length, MSG_DONTWAIT);
      if (bytes >= 0) {
        if (bytes < buffer.length) descriptor.receivedLess();
        return this.#waits.inTurn(bytes);
      }
      const number = lastErrno();
      if (number !== errno.EAGAIN && number !== errno.EINTR) return this.#waits.failed(systemError("recv", number));
    }
    if (!descriptor.waitsForEver) return undefined;
    try {
      descriptor.receive ??= new WaitingReceive(descriptor, this.#engine());
      return descriptor.receive.wait(buffer);
    } catch (error) {
      return this.#waits.failed(error as Error);
    }
  }

  send(fd: number, data: Uint8Array): Promise<number> | undefined {
    const descriptor = this.#table.find(fd);
    if (descriptor === undefined || descriptor.fd !== fd || !descriptor.isFree(WRITE)) return undefined;
    if (!(data instanceof Uint8Array) || data.length === 0) return undefined;
    const bytes = libc.send(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (bytes === data.length) return this.#waits.inTurn(bytes);
    if (bytes >= 0) return this.#waits.start(() => Send.begun(fd, data, bytes), undefined);
    const number = lastErrno();
    if (number === errno.EAGAIN || number === errno.EINTR || connectsFirst(fd, number)) {
      return this.#waits.start(() => Send.begun(fd, data, 0), undefined);
    }
    return this.#waits.failed(systemError("send", number));
  }
}
