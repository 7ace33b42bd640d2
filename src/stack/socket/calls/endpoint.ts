import type { AddressLike, SocketAddress } from "../../../api/address.ts";
import { SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_CLOEXEC, SOCK_NONBLOCK, SOMAXCONN } from "../../../api/constants.ts";
import { invalidValue, systemError } from "../../../api/errors.ts";
import { checkDescriptor, checkInteger } from "../../../kernel/arguments.ts";
import { sockaddrDecode, sockaddrEncode } from "../../../netdb/sockaddr.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import type { SocketFamilies } from "../families.ts";

/* The calls that never wait: a descriptor's beginning, its addresses, its end. */

const TYPE_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;

export function socket(
  table: DescriptorTable,
  families: SocketFamilies,
  family: number,
  type: number,
  protocol: number,
): number {
  checkInteger("family", family);
  checkInteger("type", type);
  checkInteger("protocol", protocol);
  const made = families.socket(family, type & ~TYPE_FLAGS, protocol);
  if (typeof made === "number") throw systemError("socket", -made);
  if (!table.hasRoom(1)) throw systemError("socket", "EMFILE");
  return table.add(made, (type & SOCK_NONBLOCK) !== 0);
}

export function socketpair(
  table: DescriptorTable,
  families: SocketFamilies,
  family: number,
  type: number,
  protocol: number,
): [number, number] {
  checkInteger("family", family);
  checkInteger("type", type);
  checkInteger("protocol", protocol);
  const pair = families.socketpair(family, type & ~TYPE_FLAGS, protocol);
  if (typeof pair === "number") throw systemError("socketpair", -pair);
  if (!table.hasRoom(2)) throw systemError("socketpair", "EMFILE");
  const nonBlocking = (type & SOCK_NONBLOCK) !== 0;
  return [table.add(pair[0], nonBlocking), table.add(pair[1], nonBlocking)];
}

export function bind(table: DescriptorTable, fd: number, address: AddressLike): void {
  checkDescriptor(fd);
  const bytes = sockaddrEncode(address);
  const result = table.open(fd, "bind", bytes).description.socket.bind(bytes);
  if (result < 0) throw systemError("bind", -result, sockaddrDecode(bytes));
}

export function listen(table: DescriptorTable, fd: number, backlog: number = SOMAXCONN): void {
  checkDescriptor(fd);
  checkInteger("backlog", backlog);
  // A negative backlog is the largest, as Linux compares it unsigned with net.core.somaxconn.
  const limited = backlog < 0 ? SOMAXCONN : Math.min(backlog, SOMAXCONN);
  const result = table.open(fd, "listen").description.socket.listen(limited);
  if (result < 0) throw systemError("listen", -result);
}

export function shutdown(table: DescriptorTable, fd: number, how: number): void {
  checkDescriptor(fd);
  if (how !== SHUT_RD && how !== SHUT_WR && how !== SHUT_RDWR) {
    throw invalidValue("how", "SHUT_RD (0), SHUT_WR (1) or SHUT_RDWR (2)", how);
  }
  const result = table.open(fd, "shutdown").description.socket.shutdown(how);
  if (result < 0) throw systemError("shutdown", -result);
}

export function getsockname(table: DescriptorTable, fd: number): SocketAddress {
  checkDescriptor(fd);
  return sockaddrDecode(table.open(fd, "getsockname").description.socket.localAddress());
}

export function getpeername(table: DescriptorTable, fd: number): SocketAddress {
  checkDescriptor(fd);
  const address = table.open(fd, "getpeername").description.socket.remoteAddress();
  if (typeof address === "number") throw systemError("getpeername", -address);
  return sockaddrDecode(address);
}
