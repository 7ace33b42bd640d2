import {
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETOWN,
  F_GETSIG,
  F_SETFD,
  F_SETFL,
  F_SETOWN,
  FD_CLOEXEC,
  FIOASYNC,
  FIOCLEX,
  FIOGETOWN,
  FIONBIO,
  FIONCLEX,
  FIOSETOWN,
  O_APPEND,
  O_ASYNC,
  O_NONBLOCK,
  SIOCGIFCONF,
  SIOCGPGRP,
  SIOCSPGRP,
} from "../../../api/constants.ts";
import { systemError } from "../../../api/errors.ts";
import { errno } from "../../../api/errno.ts";
import type { IoctlArgument } from "../../../api/kernel.ts";
import { checkBytes, checkDescriptor, checkInteger } from "../../../kernel/arguments.ts";
import { checkFcntl, INTEGER_ANSWERS, ioctlMemory } from "../../../kernel/control-arguments.ts";
import type { Descriptor } from "../descriptor.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import type { InterfaceRequests } from "../interface-requests.ts";

/** The flags that F_SETFL changes, of those that a socket has. */
const SETTABLE = O_NONBLOCK | O_ASYNC | O_APPEND;

/** fcntl(2). */
export function fcntl(table: DescriptorTable, fd: number, command: number, argument: number): number {
  checkFcntl(fd, command, argument);
  const descriptor = table.open(fd, "fcntl");
  const { description } = descriptor;
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return duplicate(table, descriptor, argument, command === F_DUPFD_CLOEXEC);
    case F_GETFD:
      return descriptor.closeOnExec ? FD_CLOEXEC : 0;
    case F_SETFD:
      descriptor.closeOnExec = (argument & FD_CLOEXEC) !== 0;
      return 0;
    case F_GETFL:
      return description.flags;
    case F_SETFL:
      description.flags = (description.flags & ~SETTABLE) | (argument & SETTABLE);
      return 0;
    case F_GETOWN:
      return description.owner;
    case F_SETOWN:
      description.owner = argument | 0;
      return 0;
    case F_GETSIG:
      return 0;
    default:
      throw systemError("fcntl", "EINVAL");
  }
}

function duplicate(table: DescriptorTable, from: Descriptor, least: number, closeOnExec: boolean): number {
  if (least < 0 || least >= table.limit) throw systemError("fcntl", "EINVAL");
  const fd = table.hasRoom(1) ? table.enter(from.description, least) : -1;
  if (fd < 0) throw systemError("fcntl", "EMFILE");
  table.get(fd).closeOnExec = closeOnExec;
  return fd;
}

/** dup(2), close-on-exec as every descriptor of dialtone's. */
export function dup(table: DescriptorTable, fd: number): number {
  checkDescriptor(fd);
  const { description } = table.open(fd, "dup");
  if (!table.hasRoom(1)) throw systemError("dup", "EMFILE");
  return table.enter(description, 0);
}

/** ioctl(2): requests of every descriptor, of sockets, of interfaces. */
export function ioctl(
  table: DescriptorTable,
  interfaces: InterfaceRequests,
  fd: number,
  request: number,
  argument: IoctlArgument | undefined,
): number {
  checkDescriptor(fd);
  checkInteger("request", request);
  if (request === SIOCGIFCONF) return interfaceList(table, interfaces, fd, argument);
  const memory = ioctlMemory(request, argument, (bytes) => new Uint8Array(bytes));
  const descriptor = table.open(fd, "ioctl");
  const view = new DataView(memory.buffer, memory.byteOffset);
  const ofDescriptor = askDescriptor(descriptor, request, view);
  if (ofDescriptor !== undefined) return answer(ofDescriptor, argument);
  if (INTEGER_ANSWERS.includes(request)) {
    const result = descriptor.description.socket.query(request);
    if (result < 0) throw systemError("ioctl", -result);
    return answer(result, argument);
  }
  const result = interfaces.ask(descriptor.description.socket.state.family, request, memory);
  if (result < 0) throw systemError("ioctl", -result);
  if (argument instanceof Uint8Array) argument.set(memory.subarray(0, argument.length));
  return result;
}

/** An integer answer: the result, or the program's bytes get it. */
function answer(value: number, argument: IoctlArgument | undefined): number {
  if (!(argument instanceof Uint8Array)) return value;
  new DataView(argument.buffer, argument.byteOffset, argument.byteLength).setInt32(0, value, true);
  return 0;
}

/** What every descriptor answers; undefined for any other request. */
function askDescriptor(descriptor: Descriptor, request: number, view: DataView): number | undefined {
  const { description } = descriptor;
  switch (request) {
    case FIOCLEX:
    case FIONCLEX:
      descriptor.closeOnExec = request === FIOCLEX;
      return 0;
    case FIONBIO:
    case FIOASYNC: {
      const flag = request === FIONBIO ? O_NONBLOCK : O_ASYNC;
      description.flags = view.getInt32(0, true) === 0 ? description.flags & ~flag : description.flags | flag;
      return 0;
    }
    case FIOGETOWN:
    case SIOCGPGRP:
      return description.owner;
    case FIOSETOWN:
    case SIOCSPGRP:
      description.owner = view.getInt32(0, true);
      return 0;
    default:
      return undefined;
  }
}

/** SIOCGIFCONF, netdevice(7); without room it answers how much is needed. */
function interfaceList(
  table: DescriptorTable,
  interfaces: InterfaceRequests,
  fd: number,
  argument: IoctlArgument | undefined,
): number {
  if (argument !== undefined) checkBytes("argument", argument);
  const { state } = table.open(fd, "ioctl").description.socket;
  const list = interfaces.list(state.family);
  if (list === undefined) throw systemError("ioctl", errno.ENOTTY);
  if (argument === undefined) return list.length;
  const whole = Math.min(list.length, argument.length - (argument.length % interfaces.entryBytes));
  argument.set(list.subarray(0, whole));
  return whole;
}
