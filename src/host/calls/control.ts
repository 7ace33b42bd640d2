import {
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFL,
  F_SETFL,
  FIONBIO,
  O_NONBLOCK,
  SIOCGIFCONF,
  SIOCGSKNS,
  SIOCUNIXFILE,
} from "../../api/constants.ts";
import { systemError } from "../../api/errors.ts";
import type { IoctlArgument } from "../../api/kernel.ts";
import { checkBytes, checkDescriptor, checkInteger } from "../../kernel/arguments.ts";
import { checkFcntl, INTEGER_ANSWERS, ioctlMemory } from "../../kernel/control-arguments.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { addressOf, nativeMemory } from "../ffi/memory.ts";
import { IFCONF } from "../../layout/ifconf.ts";
import { flagsToSet, visibleFlags } from "../non-blocking.ts";

/** fcntl(2). The commands that take an integer or nothing; F_GETFL and F_SETFL see the program's own O_NONBLOCK. */
export function fcntl(table: DescriptorTable, fd: number, command: number, argument: number): number {
  checkFcntl(fd, command, argument);
  const value = command === F_SETFL ? flagsToSet(fd, argument) : argument;
  const result = libc.fcntl(fd, command, value);
  if (result < 0) throw systemError("fcntl", lastErrno());
  if (command === F_SETFL) table.forgetSettings(fd);
  if (command === F_DUPFD || command === F_DUPFD_CLOEXEC) table.openDuplicate(result);
  return command === F_GETFL ? visibleFlags(fd, result) : result;
}

/** dup(2), close-on-exec as every descriptor of dialtone's. */
export function dup(table: DescriptorTable, fd: number): number {
  checkDescriptor(fd);
  const copy = libc.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw systemError("dup", lastErrno());
  table.openDuplicate(copy);
  return copy;
}

/** Requests that answer with a new descriptor. */
const NEW_DESCRIPTORS: readonly number[] = [SIOCGSKNS, SIOCUNIXFILE];

/**
 * ioctl(2): the integer of those that answer one; FIONBIO with a boolean; SIOCGIFCONF with room for `struct ifreq`s,
 * which answers how many bytes it filled; else bytes that the call reads and writes.
 */
export function ioctl(
  table: DescriptorTable,
  fd: number,
  request: number,
  argument: IoctlArgument | undefined,
): number {
  checkDescriptor(fd);
  checkInteger("request", request);
  if (request === SIOCGIFCONF) return interfaceList(fd, argument);
  const memory = ioctlMemory(request, argument, nativeMemory);
  if (request === FIONBIO) return setNonBlocking(table, fd, new DataView(memory.buffer).getInt32(0, true) !== 0);
  const result = libc.ioctl(fd, request, memory);
  if (result < 0) throw systemError("ioctl", lastErrno());
  const answer = new DataView(memory.buffer).getInt32(0, true);
  if (NEW_DESCRIPTORS.includes(request)) table.open(result);
  if (argument instanceof Uint8Array) argument.set(memory.subarray(0, argument.length));
  else if (INTEGER_ANSWERS.includes(request)) return answer;
  return result;
}

/** FIONBIO, as F_SETFL: the request itself would take O_NONBLOCK away where dialtone needs it. */
function setNonBlocking(table: DescriptorTable, fd: number, on: boolean): number {
  const flags = libc.fcntl(fd, F_GETFL, 0);
  if (flags < 0) throw systemError("ioctl", lastErrno());
  return fcntl(table, fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

/** SIOCGIFCONF, netdevice(7), whose structure holds an address; without room it answers how much is needed. */
function interfaceList(fd: number, argument: IoctlArgument | undefined): number {
  if (argument !== undefined) checkBytes("argument", argument);
  const length = argument?.length ?? 0;
  const interfaces = nativeMemory(length);
  const memory = nativeMemory(IFCONF.size);
  const view = new DataView(memory.buffer);
  view.setInt32(IFCONF.len, length, true);
  view.setBigUint64(IFCONF.buf, argument === undefined ? 0n : addressOf(interfaces), true);
  if (libc.ioctl(fd, SIOCGIFCONF, memory) < 0) throw systemError("ioctl", lastErrno());
  argument?.set(interfaces);
  return view.getInt32(IFCONF.len, true);
}
