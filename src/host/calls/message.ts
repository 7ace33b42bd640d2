import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_FASTOPEN,
  MSG_NOSIGNAL,
  SCM_PIDFD,
  SCM_RIGHTS,
  SOL_SOCKET,
} from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { systemError } from "../../api/errors.ts";
import type { ControlMessage, Message, MessageBuffers, ReceivedMessage } from "../../api/message.ts";
import { sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import { READ, WRITE, type Call, type Direction } from "../../kernel/call.ts";
import { checkDescriptor, checkInteger } from "../../kernel/arguments.ts";
import { buffersAfter, totalBytes } from "../../kernel/buffers.ts";
import { checkMessages, incomingBuffers, outgoingBuffers } from "../../kernel/message-arguments.ts";
import { WaitAll } from "../../kernel/wait-all.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { nativeMemory } from "../ffi/memory.ts";
import { decodeControl, encodeControl } from "../../layout/control.ts";
import { MMSGHDR } from "../../layout/mmsghdr.ts";
import { MSGHDR } from "../../layout/msghdr.ts";
import { connectsFirst } from "./fast-open.ts";
import { fillHeader, headerBytes } from "./vector.ts";
import { waitAllSocket } from "./wait-all-socket.ts";

const ADDRESS_BYTES = 128;

interface OutgoingParts {
  readonly buffers: readonly Uint8Array[];
  readonly name: Uint8Array | null;
  readonly control: Uint8Array | null;
}

function outgoing(argument: string, message: Message): OutgoingParts {
  return {
    buffers: outgoingBuffers(argument, message),
    name: message.address === undefined ? null : sockaddrEncode(message.address),
    control: message.control === undefined ? null : encodeControl(message.control, `${argument}.control`, nativeMemory),
  };
}

/** sendmsg(2). On a stream it goes on until all has left, the control messages with the first part. */
export class SendMessage implements Call<number> {
  readonly syscall = "sendmsg";
  readonly direction: Direction = WRITE;
  readonly mayWait: boolean;
  readonly fd: number;
  #flags: number;
  #name: Uint8Array | null;
  #control: Uint8Array | null;
  #buffers: readonly Uint8Array[];
  readonly #length: number;
  #sent = 0;

  constructor(fd: number, message: Message, flags: number) {
    checkDescriptor(fd);
    checkInteger("flags", flags);
    const parts = outgoing("message", message);
    this.fd = fd;
    this.#flags = flags | MSG_DONTWAIT | MSG_NOSIGNAL;
    this.mayWait = (flags & MSG_DONTWAIT) === 0;
    this.#name = parts.name;
    this.#control = parts.control;
    this.#buffers = parts.buffers;
    this.#length = totalBytes(parts.buffers);
  }

  attempt(): number | undefined {
    for (;;) {
      const memory = nativeMemory(headerBytes(this.#buffers, MSGHDR.size));
      fillHeader(memory, 0, MSGHDR.size, { buffers: this.#buffers, name: this.#name, control: this.#control });
      const bytes = libc.sendmsg(this.fd, memory, this.#flags);
      if (bytes < 0) {
        const number = lastErrno();
        if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
        if (this.mayWait && connectsFirst(this.fd, number)) {
          this.#flags &= ~MSG_FASTOPEN;
          this.#name = null;
          return undefined;
        }
        throw systemError("sendmsg", number, this.#name === null ? undefined : sockaddrDecode(this.#name));
      }
      this.#sent += bytes;
      if (this.#sent >= this.#length || !this.mayWait || bytes === 0) return this.#sent;
      this.#control = null;
      this.#buffers = buffersAfter(this.#buffers, bytes);
    }
  }

  partial(): number | undefined {
    return this.#sent > 0 ? this.#sent : undefined;
  }
}

interface IncomingParts {
  readonly buffers: readonly Uint8Array[];
  readonly name: Uint8Array;
  readonly control: Uint8Array;
}

function incoming(argument: string, message: MessageBuffers): IncomingParts {
  const { buffers, controlBytes } = incomingBuffers(argument, message);
  return { buffers, name: nativeMemory(ADDRESS_BYTES), control: nativeMemory(controlBytes) };
}

/** What the kernel wrote into a header. Received descriptors are this thread's from now on. */
function received(
  table: DescriptorTable,
  parts: IncomingParts,
  view: DataView,
  at: number,
  bytes: number,
): ReceivedMessage {
  const nameBytes = view.getUint32(at + MSGHDR.namelen, true);
  const controlBytes = Number(view.getBigUint64(at + MSGHDR.controllen, true));
  const control = decodeControl(parts.control.subarray(0, controlBytes));
  for (const message of control) adopt(table, message);
  return {
    bytes,
    address: nameBytes === 0 ? undefined : sockaddrDecode(parts.name, 0, Math.min(nameBytes, ADDRESS_BYTES)),
    control,
    flags: view.getInt32(at + MSGHDR.flags, true) & ~MSG_CMSG_CLOEXEC,
  };
}

function adopt(table: DescriptorTable, { level, type, value }: ControlMessage): void {
  if (level !== SOL_SOCKET) return;
  if (type === SCM_RIGHTS) for (const fd of value as readonly number[]) table.open(fd);
  if (type === SCM_PIDFD && value instanceof Uint8Array && value.length === 4) {
    const fd = new DataView(value.buffer, value.byteOffset).getInt32(0, true);
    if (fd >= 0) table.open(fd);
  }
}

/**
 * The flags of a receive that does not wait. Received descriptors do not leak into programs that are started; only a
 * Unix socket has such, and a packet socket refuses the flag.
 */
function receiveFlags(table: DescriptorTable, fd: number, flags: number): number {
  return flags | MSG_DONTWAIT | (table.get(fd).family === AF_UNIX ? MSG_CMSG_CLOEXEC : 0);
}

/** recvmsg(2). With MSG_WAITALL on a stream, control messages end the message, as descriptors do on Linux. */
export class ReceiveMessage implements Call<ReceivedMessage> {
  readonly syscall = "recvmsg";
  readonly direction: Direction = READ;
  readonly mayWait: boolean;
  readonly fd: number;
  readonly #table: DescriptorTable;
  readonly #flags: number;
  readonly #parts: IncomingParts;
  readonly #all: WaitAll | undefined;
  #last: ReceivedMessage | undefined;

  constructor(table: DescriptorTable, fd: number, message: MessageBuffers, flags: number) {
    checkDescriptor(fd);
    checkInteger("flags", flags);
    this.#table = table;
    this.#parts = incoming("message", message);
    this.fd = fd;
    this.#flags = receiveFlags(table, fd, flags);
    this.#all = WaitAll.of(() => waitAllSocket(fd), totalBytes(this.#parts.buffers), flags);
    this.mayWait = (flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) === 0;
  }

  attempt(): ReceivedMessage | undefined {
    const all = this.#all;
    for (;;) {
      const filled = all?.filled ?? 0;
      const buffers = filled === 0 ? this.#parts.buffers : buffersAfter(this.#parts.buffers, filled);
      const memory = nativeMemory(headerBytes(buffers, MSGHDR.size));
      fillHeader(memory, 0, MSGHDR.size, { ...this.#parts, buffers });
      const bytes = libc.recvmsg(this.fd, memory, this.#flags);
      if (bytes < 0) {
        const number = lastErrno();
        if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
        throw systemError("recvmsg", number);
      }
      const message = received(this.#table, this.#parts, new DataView(memory.buffer), 0, bytes);
      if (all === undefined) return message;
      const next = all.add(bytes);
      this.#last = { ...message, bytes: all.received };
      if (next === "done" || message.control.length > 0) return this.#last;
      if (next === "wait") return undefined;
    }
  }

  partial(): ReceivedMessage | undefined {
    return this.#all?.partial() === undefined ? undefined : this.#last;
  }

  retryMs(): number | undefined {
    return this.#all?.retryMs();
  }
}

/** An array of `struct mmsghdr` over messages, each with its vectors behind. */
function manyHeaders(
  all: readonly { buffers: readonly Uint8Array[]; name: Uint8Array | null; control: Uint8Array | null }[],
): Uint8Array {
  const total = all.reduce((sum, { buffers }) => sum + headerBytes(buffers, MMSGHDR.size), 0);
  const memory = nativeMemory(total);
  let vectorsAt = all.length * MMSGHDR.size;
  for (const [index, parts] of all.entries()) {
    fillHeader(memory, index * MMSGHDR.size, vectorsAt, parts);
    vectorsAt += headerBytes(parts.buffers, 0);
  }
  return memory;
}

/** sendmmsg(2): goes on until all messages have left; an error after the first is the next call's. */
export class SendMessages implements Call<number> {
  readonly syscall = "sendmmsg";
  readonly direction: Direction = WRITE;
  readonly mayWait: boolean;
  readonly fd: number;
  readonly #flags: number;
  readonly #parts: OutgoingParts[];
  #sent = 0;
  /** Whether the message at `#sent` has left in part, as one does on a stream whose buffer is full. */
  #begun = false;

  constructor(fd: number, messages: readonly Message[], flags: number) {
    checkDescriptor(fd);
    checkInteger("flags", flags);
    checkMessages(messages);
    this.fd = fd;
    this.#parts = messages.map((message, index) => outgoing(`messages[${index}]`, message));
    this.#flags = flags | MSG_DONTWAIT | MSG_NOSIGNAL;
    this.mayWait = (flags & MSG_DONTWAIT) === 0;
  }

  attempt(): number | undefined {
    for (;;) {
      const left = this.#sent === 0 ? this.#parts : this.#parts.slice(this.#sent);
      const memory = manyHeaders(left);
      const count = libc.sendmmsg(this.fd, memory, left.length, this.#flags);
      if (count < 0) {
        const number = lastErrno();
        if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
        throw systemError("sendmmsg", number);
      }
      this.#sent += count;
      this.#begun = false;
      if (!this.mayWait || count === 0) return this.#sent;
      this.#keepRest(new DataView(memory.buffer).getUint32((count - 1) * MMSGHDR.size + MMSGHDR.len, true));
      if (this.#sent >= this.#parts.length) return this.#sent;
    }
  }

  partial(): number | undefined {
    const sent = this.#sent + (this.#begun ? 1 : 0);
    return sent > 0 ? sent : undefined;
  }

  /** So many bytes of the last message left: what remains of it is next, without its control messages. */
  #keepRest(bytes: number): void {
    const last = this.#parts[this.#sent - 1] as OutgoingParts;
    if (bytes >= totalBytes(last.buffers)) return;
    this.#sent -= 1;
    this.#begun = true;
    this.#parts[this.#sent] = { ...last, buffers: buffersAfter(last.buffers, bytes), control: null };
  }
}

/** recvmmsg(2) with MSG_WAITFORONE: waits for the first message, and takes what else is there. */
export class ReceiveMessages implements Call<ReceivedMessage[]> {
  readonly syscall = "recvmmsg";
  readonly direction: Direction = READ;
  readonly mayWait: boolean;
  readonly fd: number;
  readonly #table: DescriptorTable;
  readonly #flags: number;
  readonly #parts: readonly IncomingParts[];

  constructor(table: DescriptorTable, fd: number, messages: readonly MessageBuffers[], flags: number) {
    checkDescriptor(fd);
    checkInteger("flags", flags);
    checkMessages(messages);
    this.#table = table;
    this.fd = fd;
    this.#parts = messages.map((message, index) => incoming(`messages[${index}]`, message));
    this.#flags = receiveFlags(table, fd, flags);
    this.mayWait = (flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) === 0;
  }

  attempt(): ReceivedMessage[] | undefined {
    const memory = manyHeaders(this.#parts);
    const count = libc.recvmmsg(this.fd, memory, this.#parts.length, this.#flags, null);
    if (count < 0) {
      const number = lastErrno();
      if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
      throw systemError("recvmmsg", number);
    }
    const view = new DataView(memory.buffer);
    return this.#parts.slice(0, count).map((parts, index) => {
      const at = index * MMSGHDR.size;
      return received(this.#table, parts, view, at, view.getUint32(at + MMSGHDR.len, true));
    });
  }
}
