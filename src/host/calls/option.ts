import {
  SO_PEERNAME,
  SO_PEERPIDFD,
  SO_RCVTIMEO,
  SO_RCVTIMEO_NEW,
  SO_SNDTIMEO,
  SO_SNDTIMEO_NEW,
  SOL_SOCKET,
} from "../../api/constants.ts";
import { systemError } from "../../api/errors.ts";
import { optionKind, optionName } from "../../api/options.ts";
import { checkDescriptor, checkInteger } from "../../kernel/arguments.ts";
import { filterProgram } from "../filter-program.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { nativeMemory } from "../ffi/memory.ts";
import { decodeOption, encodeOption, optionBytes, optionSize } from "../../layout/option.ts";
import { getpeername } from "./endpoint.ts";

const timeouts: readonly number[] = [SO_RCVTIMEO, SO_SNDTIMEO, SO_RCVTIMEO_NEW, SO_SNDTIMEO_NEW];

const length = nativeMemory(4);
const lengthView = new DataView(length.buffer);

/** getsockopt(2), its value by the option's kind; bytes for an option that has none. */
export function getsockopt(table: DescriptorTable, fd: number, level: number, name: number): unknown {
  checkDescriptor(fd);
  checkInteger("level", level);
  checkInteger("name", name);
  // Linux refuses more room than the address takes, which a caller cannot know: the call of its own does not.
  if (level === SOL_SOCKET && name === SO_PEERNAME) return getpeername(fd);
  const kind = optionKind(level, name, "get");
  const value = nativeMemory(optionSize(kind));
  lengthView.setUint32(0, value.length, true);
  if (libc.getsockopt(fd, level, name, value, length) < 0) {
    throw systemError("getsockopt", lastErrno(), undefined, optionName(level, name));
  }
  const answer = decodeOption(kind, value.subarray(0, optionBytes(kind, lengthView.getUint32(0, true))));
  if (level === SOL_SOCKET && name === SO_PEERPIDFD) table.open(answer as number);
  return answer;
}

/** setsockopt(2). */
export function setsockopt(table: DescriptorTable, fd: number, level: number, name: number, value: unknown): void {
  checkDescriptor(fd);
  checkInteger("level", level);
  checkInteger("name", name);
  const kind = optionKind(level, name, "set");
  const encoded = encodeOption(kind, value, "value");
  // Bytes of the program's own are the structure already.
  const bytes = kind === "filter" && encoded !== value ? filterProgram(encoded) : encoded;
  if (libc.setsockopt(fd, level, name, bytes, bytes.length) < 0) {
    throw systemError("setsockopt", lastErrno(), undefined, optionName(level, name));
  }
  if (level === SOL_SOCKET && timeouts.includes(name)) table.forgetSettings(fd);
}
