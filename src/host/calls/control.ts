import {
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFL,
  F_GETOWN_EX,
  F_SETFL,
  F_SETOWN_EX,
  FIOCLEX,
  FIOGETOWN,
  FIONBIO,
  FIONCLEX,
  FIONREAD,
  O_NONBLOCK,
  SIOCATMARK,
  SIOCGIFCONF,
  SIOCGPGRP,
  SIOCGSKNS,
  SIOCOUTQ,
  SIOCOUTQNSD,
  SIOCUNIXFILE,
} from "../../api/constants.ts";
import { invalidType, invalidValue, systemError } from "../../api/errors.ts";
import type { IoctlArgument } from "../../api/kernel.ts";
import { checkBytes, checkDescriptor, checkInteger } from "../../kernel/arguments.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { addressOf, nativeMemory } from "../ffi/memory.ts";
import { IFCONF } from "../../layout/ifconf.ts";
import { flagsToSet, visibleFlags } from "../non-blocking.ts";

/**
 * Commands whose argument is an address, which an integer must not become: locks, F_SETOWN_EX and F_GETOWN_EX, owners'
 * users, hints of a file's life (linux/fcntl.h).
 */
const TAKE_ADDRESS: readonly number[] = [5, 6, 7, F_SETOWN_EX, F_GETOWN_EX, 17, 36, 37, 38, 1035, 1036, 1037, 1038];

/** fcntl(2). The commands that take an integer or nothing; F_GETFL and F_SETFL see the program's own O_NONBLOCK. */
export function fcntl(table: DescriptorTable, fd: number, command: number, argument: number): number {
  checkDescriptor(fd);
  checkInteger("command", command);
  checkInteger("argument", argument);
  if (TAKE_ADDRESS.includes(command)) {
    throw invalidValue("command", "one that takes an integer or nothing", command);
  }
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

/** Requests whose answer is one integer (SIOCINQ is FIONREAD). */
const INTEGER_ANSWERS: readonly number[] = [FIOGETOWN, FIONREAD, SIOCATMARK, SIOCGPGRP, SIOCOUTQ, SIOCOUTQNSD];
/** Requests that take no argument. */
const WITHOUT_ARGUMENT: readonly number[] = [FIOCLEX, FIONCLEX, SIOCGSKNS, SIOCUNIXFILE];
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
  const memory = ioctlMemory(request, argument);
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

/** No request that a socket answers moves more than this, unless its number says how much. */
const ARGUMENT_BYTES = 256;

/** The argument where C finds room for any answer, however short the program's bytes are. */
function ioctlMemory(request: number, argument: IoctlArgument | undefined): Uint8Array {
  if (argument instanceof Uint8Array) {
    const sizeInNumber = (request >>> 16) & 0x3fff; // _IOC_SIZE of linux/ioctl.h
    const memory = nativeMemory(Math.max(argument.length, sizeInNumber, ARGUMENT_BYTES));
    memory.set(argument);
    return memory;
  }
  const needed = !INTEGER_ANSWERS.includes(request) && !WITHOUT_ARGUMENT.includes(request);
  if (argument === undefined ? needed : typeof argument !== "number" && typeof argument !== "boolean") {
    throw invalidType("argument", "a Uint8Array (the structure of this request), an integer or a boolean", argument);
  }
  const memory = nativeMemory(ARGUMENT_BYTES);
  if (argument !== undefined) {
    checkInteger("argument", Number(argument));
    new DataView(memory.buffer).setInt32(0, Number(argument), true);
  }
  return memory;
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
