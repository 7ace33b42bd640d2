import type { SocketAddress } from "../../../api/address.ts";
import {
  AF_UNIX,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  POLLRDHUP,
  SOCK_STREAM,
} from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { systemError } from "../../../api/errors.ts";
import type { ReceivedFrom } from "../../../api/kernel.ts";
import type { MessageBuffers, ReceivedMessage } from "../../../api/message.ts";
import { checkBytes, checkDescriptor, checkInteger, checkVectors } from "../../../kernel/arguments.ts";
import { buffersAfter, totalBytes } from "../../../kernel/buffers.ts";
import { PRIORITY, READ, type Call, type Direction } from "../../../kernel/call.ts";
import { checkMessages, incomingBuffers } from "../../../kernel/message-arguments.ts";
import { WaitAll, type WaitAllSocket } from "../../../kernel/wait-all.ts";
import { sockaddrDecode } from "../../../netdb/sockaddr.ts";
import { fittingControl } from "../control-room.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import type { Incoming, StackSocket } from "../socket.ts";

/** What a call that receives one message gives the program. */
type Finish<T> = (bytes: number, message: Incoming) => T;

interface Room {
  readonly buffers: readonly Uint8Array[];
  /** Undefined where no control messages are asked for. */
  readonly controlBytes?: number;
  readonly wantsAddress: boolean;
}

function waitAllSocket(socket: StackSocket): WaitAllSocket {
  const { state } = socket;
  return {
    isStream: () => state.type === SOCK_STREAM,
    looksOnce: () => state.family === AF_UNIX,
    hasEnded: () => (socket.poll() & POLLRDHUP) !== 0,
  };
}

/** recv(2) and its siblings. */
export class ReceiveCall<T> implements Call<T> {
  readonly direction: Direction;
  readonly mayWait: boolean;
  readonly syscall: string;
  readonly fd: number;
  readonly #table: DescriptorTable;
  readonly #room: Room;
  readonly #flags: number;
  readonly #finish: Finish<T>;
  #all: WaitAll | undefined;
  #asksForAll: boolean;
  #last: Incoming | undefined;
  /** Room at the beginning: memory that was transferred since has none. */
  readonly #bytes: number;

  constructor(table: DescriptorTable, fd: number, syscall: string, room: Room, flags: number, finish: Finish<T>) {
    checkDescriptor(fd);
    checkInteger("flags", flags);
    this.#table = table;
    this.fd = fd;
    this.syscall = syscall;
    this.#room = room;
    this.#flags = flags;
    this.#finish = finish;
    this.#asksForAll = true;
    this.#bytes = totalBytes(room.buffers);
    // The error queue never blocks on Linux (recv(2), MSG_ERRQUEUE).
    this.mayWait = (flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) === 0;
    this.direction = flags & MSG_OOB ? PRIORITY : READ;
  }

  attempt(): T | undefined {
    const { socket } = this.#table.open(this.fd, this.syscall).description;
    if (this.#asksForAll) {
      this.#asksForAll = false;
      this.#all = WaitAll.of(() => waitAllSocket(socket), totalBytes(this.#room.buffers), this.#flags);
    }
    const all = this.#all;
    for (;;) {
      if (totalBytes(this.#room.buffers) === 0 && this.#bytes > 0) throw systemError(this.syscall, "EFAULT");
      const message = incoming(this.#room, all?.filled ?? 0, this.#flags);
      const bytes = socket.receive(message);
      if (bytes === -errno.EAGAIN) return undefined;
      if (bytes < 0) throw systemError(this.syscall, -bytes);
      if (all === undefined) return this.#finish(bytes, message);
      const next = all.add(bytes);
      message.address ??= this.#last?.address;
      this.#last = message;
      // Control messages end the message, as descriptors do on Linux.
      if (next === "done" || message.control.length > 0) return this.#finish(all.received, message);
      if (next === "wait") return undefined;
    }
  }

  partial(): T | undefined {
    const bytes = this.#all?.partial();
    return bytes === undefined || this.#last === undefined ? undefined : this.#finish(bytes, this.#last);
  }
}

function incoming({ buffers, controlBytes, wantsAddress }: Room, filled: number, flags: number): Incoming {
  const left = filled === 0 ? buffers : buffersAfter(buffers, filled);
  return {
    buffers: left,
    length: totalBytes(left),
    flags,
    wantsAddress,
    wantsControl: controlBytes !== undefined,
    address: undefined,
    control: [],
    resultFlags: 0,
  };
}

function senderOf({ address }: Incoming): SocketAddress | undefined {
  return address === undefined ? undefined : sockaddrDecode(address);
}

/** recv(2). */
export function receive(table: DescriptorTable, fd: number, buffer: Uint8Array, flags: number): ReceiveCall<number> {
  checkDescriptor(fd);
  checkBytes("buffer", buffer);
  return new ReceiveCall(table, fd, "recv", { buffers: [buffer], wantsAddress: false }, flags, (bytes) => bytes);
}

/** recvfrom(2). */
export function receiveFrom(
  table: DescriptorTable,
  fd: number,
  buffer: Uint8Array,
  flags: number,
): ReceiveCall<ReceivedFrom> {
  checkDescriptor(fd);
  checkBytes("buffer", buffer);
  const room = { buffers: [buffer], wantsAddress: true };
  return new ReceiveCall(table, fd, "recvfrom", room, flags, (bytes, message) => ({
    bytes,
    address: senderOf(message),
  }));
}

function receivedMessage(table: DescriptorTable, controlBytes: number) {
  return (bytes: number, message: Incoming): ReceivedMessage => {
    const { control, isCut } = fittingControl(table, message.control, controlBytes);
    const flags = message.resultFlags | (isCut ? MSG_CTRUNC : 0);
    return { bytes, address: senderOf(message), control, flags };
  };
}

/** recvmsg(2). */
export function receiveMessage(
  table: DescriptorTable,
  fd: number,
  message: MessageBuffers,
  flags: number,
): ReceiveCall<ReceivedMessage> {
  checkDescriptor(fd);
  checkInteger("flags", flags);
  const { buffers, controlBytes } = incomingBuffers("message", message);
  const room = { buffers, controlBytes, wantsAddress: true };
  return new ReceiveCall(table, fd, "recvmsg", room, flags, receivedMessage(table, controlBytes));
}

/** read(2) and readv(2): a receive without flags, but one of nothing never waits. */
export function read(
  table: DescriptorTable,
  fd: number,
  buffers: Uint8Array | readonly Uint8Array[],
  syscall: "read" | "readv",
): Call<number> {
  checkDescriptor(fd);
  if (syscall === "readv") checkVectors("buffers", buffers);
  else checkBytes("buffer", buffers);
  const list = buffers instanceof Uint8Array ? [buffers] : [...buffers];
  const call = new ReceiveCall(table, fd, syscall, { buffers: list, wantsAddress: false }, 0, (bytes) => bytes);
  if (totalBytes(list) > 0) return call;
  const { socket } = table.open(fd, syscall).description;
  return socket.state.type === SOCK_STREAM ? new ReadNothing(table, fd, syscall) : call;
}

/** A read of nothing from a stream. */
class ReadNothing implements Call<number> {
  readonly direction: Direction = READ;
  readonly mayWait = false;
  readonly syscall: string;
  readonly fd: number;
  readonly #table: DescriptorTable;

  constructor(table: DescriptorTable, fd: number, syscall: string) {
    this.#table = table;
    this.fd = fd;
    this.syscall = syscall;
  }

  attempt(): number {
    this.#table.open(this.fd, this.syscall);
    return 0;
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
  readonly #rooms: readonly (Room & { readonly controlBytes: number })[];

  constructor(table: DescriptorTable, fd: number, messages: readonly MessageBuffers[], flags: number) {
    checkDescriptor(fd);
    checkInteger("flags", flags);
    checkMessages(messages);
    this.#table = table;
    this.fd = fd;
    this.#rooms = messages.map((message, index) => ({
      ...incomingBuffers(`messages[${index}]`, message),
      wantsAddress: true,
    }));
    this.#flags = flags;
    this.mayWait = (flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) === 0;
  }

  attempt(): ReceivedMessage[] | undefined {
    const { socket } = this.#table.open(this.fd, this.syscall).description;
    const received: ReceivedMessage[] = [];
    for (const room of this.#rooms) {
      const message = incoming(room, 0, this.#flags);
      const bytes = socket.receive(message);
      if (bytes < 0) {
        if (received.length > 0) {
          // The next call meets the error.
          if (bytes !== -errno.EAGAIN) socket.state.error = -bytes;
          return received;
        }
        if (bytes === -errno.EAGAIN) return undefined;
        throw systemError(this.syscall, -bytes);
      }
      received.push(receivedMessage(this.#table, room.controlBytes)(bytes, message));
    }
    return received;
  }
}
