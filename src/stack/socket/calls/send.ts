import type { AddressLike } from "../../../api/address.ts";
import { MSG_DONTWAIT, MSG_FASTOPEN } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { systemError } from "../../../api/errors.ts";
import type { ControlMessage, Message } from "../../../api/message.ts";
import { checkBytes, checkDescriptor, checkInteger, checkVectors } from "../../../kernel/arguments.ts";
import { buffersAfter, totalBytes } from "../../../kernel/buffers.ts";
import { WRITE, type Call, type Direction } from "../../../kernel/call.ts";
import { checkMessages, outgoingBuffers } from "../../../kernel/message-arguments.ts";
import { decodeControl, encodeControl } from "../../../layout/control.ts";
import { sockaddrDecode, sockaddrEncode } from "../../../netdb/sockaddr.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import type { Outgoing } from "../socket.ts";

/** The calls that send one message. */
type SendName = "send" | "sendto" | "sendmsg" | "write" | "writev";

/** A message of some buffers. */
function outgoing(buffers: readonly Uint8Array[], flags: number, address: AddressLike | undefined): Outgoing {
  return {
    buffers,
    length: totalBytes(buffers),
    flags,
    address: address === undefined ? undefined : sockaddrEncode(address),
    control: [],
  };
}

/** The control messages as the socket has them: what the program gave as bytes has its value, too. */
function checkedControl(control: readonly ControlMessage[] | undefined, argument: string): readonly ControlMessage[] {
  return control === undefined ? [] : decodeControl(encodeControl(control, argument));
}

/** send(2) and its siblings. On a stream it goes on until all is taken, as a blocking send does. */
export class SendCall implements Call<number> {
  readonly direction: Direction = WRITE;
  readonly mayWait: boolean;
  readonly syscall: SendName;
  readonly fd: number;
  readonly #table: DescriptorTable;
  readonly #message: Outgoing;
  readonly #length: number;
  #sent = 0;

  private constructor(table: DescriptorTable, fd: number, syscall: SendName, message: Outgoing) {
    this.#table = table;
    this.fd = fd;
    this.syscall = syscall;
    this.#message = message;
    this.#length = message.length;
    this.mayWait = (message.flags & MSG_DONTWAIT) === 0;
  }

  /** send(2) and sendto(2). */
  static ofData(
    table: DescriptorTable,
    fd: number,
    data: Uint8Array,
    flags: number,
    address: AddressLike | undefined,
    syscall: "send" | "sendto",
  ): SendCall {
    checkDescriptor(fd);
    checkBytes("data", data);
    checkInteger("flags", flags);
    return new SendCall(table, fd, syscall, outgoing([data], flags, address));
  }

  /** sendmsg(2). */
  static ofMessage(table: DescriptorTable, fd: number, message: Message, flags: number): SendCall {
    checkDescriptor(fd);
    checkInteger("flags", flags);
    const made = outgoing(outgoingBuffers("message", message), flags, message.address);
    made.control = checkedControl(message.control, "message.control");
    return new SendCall(table, fd, "sendmsg", made);
  }

  /** write(2) and writev(2). */
  static ofFile(
    table: DescriptorTable,
    fd: number,
    data: Uint8Array | readonly Uint8Array[],
    syscall: "write" | "writev",
  ): SendCall {
    checkDescriptor(fd);
    if (syscall === "writev") checkVectors("buffers", data);
    else checkBytes("data", data);
    const buffers = data instanceof Uint8Array ? [data] : [...data];
    return new SendCall(table, fd, syscall, outgoing(buffers, 0, undefined));
  }

  attempt(): number | undefined {
    const message = this.#message;
    const { socket } = this.#table.open(this.fd, this.syscall, message.address).description;
    for (;;) {
      // Memory that was transferred while the call waited has no bytes.
      if (totalBytes(message.buffers) < message.length) throw systemError(this.syscall, "EFAULT");
      const bytes = socket.send(message);
      if (bytes < 0) {
        if (-bytes === errno.EAGAIN || this.#connectsFirst(-bytes)) return undefined;
        throw systemError(this.syscall, -bytes, message.address && sockaddrDecode(message.address));
      }
      this.#sent += bytes;
      if (this.#sent >= this.#length || !this.mayWait || bytes === 0) return this.#sent;
      message.buffers = buffersAfter(message.buffers, bytes);
      message.length -= bytes;
      message.control = [];
    }
  }

  partial(): number | undefined {
    return this.#sent > 0 ? this.#sent : undefined;
  }

  /** MSG_FASTOPEN has begun an ordinary connection: the bytes go when it is made. */
  #connectsFirst(number: number): boolean {
    if (number !== errno.EINPROGRESS || !this.mayWait) return false;
    this.#message.flags &= ~MSG_FASTOPEN;
    this.#message.address = undefined;
    return !this.#table.get(this.fd).nonBlocking;
  }
}

/** sendmmsg(2): goes on until all messages have left; an error after the first is the next call's. */
export class SendMessages implements Call<number> {
  readonly syscall = "sendmmsg";
  readonly direction: Direction = WRITE;
  readonly mayWait: boolean;
  readonly fd: number;
  readonly #table: DescriptorTable;
  readonly #messages: readonly Outgoing[];
  #sent = 0;
  /** Whether the message at `#sent` has left in part, as one does on a stream whose buffer is full. */
  #begun = false;

  constructor(table: DescriptorTable, fd: number, messages: readonly Message[], flags: number) {
    checkDescriptor(fd);
    checkInteger("flags", flags);
    checkMessages(messages);
    this.#table = table;
    this.fd = fd;
    this.#messages = messages.map((message, index) => {
      const argument = `messages[${index}]`;
      const made = outgoing(outgoingBuffers(argument, message), flags, message.address);
      made.control = checkedControl(message.control, `${argument}.control`);
      return made;
    });
    this.mayWait = (flags & MSG_DONTWAIT) === 0;
  }

  attempt(): number | undefined {
    const { socket } = this.#table.open(this.fd, this.syscall).description;
    for (;;) {
      const message = this.#messages[this.#sent];
      if (message === undefined) return this.#sent;
      const bytes = socket.send(message);
      if (bytes === -errno.EAGAIN) return undefined;
      if (bytes < 0) throw systemError(this.syscall, -bytes);
      this.#begun = bytes < message.length && this.mayWait;
      if (!this.#begun) {
        this.#sent += 1;
        continue;
      }
      message.buffers = buffersAfter(message.buffers, bytes);
      message.length -= bytes;
      message.control = [];
    }
  }

  partial(): number | undefined {
    const sent = this.#sent + (this.#begun ? 1 : 0);
    return sent > 0 ? sent : undefined;
  }
}
