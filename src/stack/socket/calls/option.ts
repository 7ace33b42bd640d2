import { SO_PEERNAME, SOL_SOCKET } from "../../../api/constants.ts";
import { systemError } from "../../../api/errors.ts";
import { errno } from "../../../api/errno.ts";
import { optionKind, optionName } from "../../../api/options.ts";
import { checkDescriptor, checkInteger } from "../../../kernel/arguments.ts";
import { encodeOption } from "../../../layout/option.ts";
import { sockaddrDecode } from "../../../netdb/sockaddr.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { findStackOption } from "../options/levels.ts";
import { Refusal } from "../options/option.ts";

/** getsockopt(2), its value by the option's kind. */
export function getsockopt(table: DescriptorTable, fd: number, level: number, name: number): unknown {
  checkDescriptor(fd);
  checkInteger("level", level);
  checkInteger("name", name);
  const { socket } = table.open(fd, "getsockopt").description;
  const refuse = (number: number): Error => systemError("getsockopt", number, undefined, optionName(level, name));
  if (level === SOL_SOCKET && name === SO_PEERNAME) {
    const address = socket.remoteAddress();
    if (typeof address === "number") throw refuse(-address);
    return sockaddrDecode(address);
  }
  const option = findStackOption(socket, level, name, "get");
  if (typeof option === "number") throw refuse(-option);
  if (option.get === undefined) throw refuse(errno.ENOPROTOOPT);
  const value = option.get(socket);
  if (value instanceof Refusal) throw refuse(value.number);
  return value;
}

/** setsockopt(2). */
export function setsockopt(table: DescriptorTable, fd: number, level: number, name: number, value: unknown): void {
  checkDescriptor(fd);
  checkInteger("level", level);
  checkInteger("name", name);
  const bytes = encodeOption(optionKind(level, name, "set"), value, "value");
  const { socket } = table.open(fd, "setsockopt").description;
  const option = findStackOption(socket, level, name, "set");
  const result = typeof option === "number" ? option : (option.set?.(socket, bytes) ?? -errno.ENOPROTOOPT);
  if (result < 0) throw systemError("setsockopt", -result, undefined, optionName(level, name));
  socket.optionsChanged();
}
