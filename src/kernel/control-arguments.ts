import {
  F_GETOWN_EX,
  F_SETOWN_EX,
  FIOCLEX,
  FIOGETOWN,
  FIONCLEX,
  FIONREAD,
  SIOCATMARK,
  SIOCGPGRP,
  SIOCGSKNS,
  SIOCOUTQ,
  SIOCOUTQNSD,
  SIOCUNIXFILE,
} from "../api/constants.ts";
import { invalidType, invalidValue } from "../api/errors.ts";
import type { IoctlArgument } from "../api/kernel.ts";
import { checkDescriptor, checkInteger } from "./arguments.ts";

/* What fcntl and ioctl take. */

/**
 * Commands whose argument is an address, which an integer must not become: locks, F_SETOWN_EX and F_GETOWN_EX, owners'
 * users, hints of a file's life (linux/fcntl.h).
 */
const TAKE_ADDRESS: readonly number[] = [5, 6, 7, F_SETOWN_EX, F_GETOWN_EX, 17, 36, 37, 38, 1035, 1036, 1037, 1038];

/** Refuses what fcntl does not take. */
export function checkFcntl(fd: number, command: number, argument: number): void {
  checkDescriptor(fd);
  checkInteger("command", command);
  checkInteger("argument", argument);
  if (TAKE_ADDRESS.includes(command)) {
    throw invalidValue("command", "one that takes an integer or nothing", command);
  }
}

/** Requests whose answer is one integer (SIOCINQ is FIONREAD). */
export const INTEGER_ANSWERS: readonly number[] = [FIOGETOWN, FIONREAD, SIOCATMARK, SIOCGPGRP, SIOCOUTQ, SIOCOUTQNSD];
/** Requests that take no argument. */
const WITHOUT_ARGUMENT: readonly number[] = [FIOCLEX, FIONCLEX, SIOCGSKNS, SIOCUNIXFILE];
/** No request that a socket answers moves more than this, unless its number says how much. */
const ARGUMENT_BYTES = 256;

/** The argument as memory with room for any answer, however short the program's bytes are. */
export function ioctlMemory(
  request: number,
  argument: IoctlArgument | undefined,
  allocate: (bytes: number) => Uint8Array,
): Uint8Array {
  if (argument instanceof Uint8Array) {
    const sizeInNumber = (request >>> 16) & 0x3fff; // _IOC_SIZE of linux/ioctl.h
    const memory = allocate(Math.max(argument.length, sizeInNumber, ARGUMENT_BYTES));
    memory.set(argument);
    return memory;
  }
  const needed = !INTEGER_ANSWERS.includes(request) && !WITHOUT_ARGUMENT.includes(request);
  if (argument === undefined ? needed : typeof argument !== "number" && typeof argument !== "boolean") {
    throw invalidType("argument", "a Uint8Array (the structure of this request), an integer or a boolean", argument);
  }
  const memory = allocate(ARGUMENT_BYTES);
  if (argument !== undefined) {
    checkInteger("argument", Number(argument));
    new DataView(memory.buffer).setInt32(0, Number(argument), true);
  }
  return memory;
}
