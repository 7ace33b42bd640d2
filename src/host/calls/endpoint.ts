import type { AddressLike, SocketAddress } from "../../api/address.ts";
import { SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_CLOEXEC, SOCK_NONBLOCK, SOMAXCONN } from "../../api/constants.ts";
import { invalidValue, systemError } from "../../api/errors.ts";
import { sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import { checkDescriptor, checkInteger } from "../../kernel/arguments.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { addressLength, addressMemory, offerAddressMemory, returnedAddress } from "./sockaddr-memory.ts";

/* The calls that never wait: a descriptor's beginning, its addresses, its end. */

export function socket(table: DescriptorTable, family: number, type: number, protocol: number): number {
  checkInteger("family", family);
  checkInteger("type", type);
  checkInteger("protocol", protocol);
  const fd = libc.socket(family, type | SOCK_CLOEXEC, protocol);
  if (fd < 0) throw systemError("socket", lastErrno());
  table.open(fd, (type & SOCK_NONBLOCK) !== 0);
  return fd;
}

export function socketpair(table: DescriptorTable, family: number, type: number, protocol: number): [number, number] {
  checkInteger("family", family);
  checkInteger("type", type);
  checkInteger("protocol", protocol);
  const pair = new Int32Array(2);
  if (libc.socketpair(family, type | SOCK_CLOEXEC, protocol, pair) < 0) throw systemError("socketpair", lastErrno());
  const [first, second] = pair as unknown as [number, number];
  table.open(first, (type & SOCK_NONBLOCK) !== 0);
  table.open(second, (type & SOCK_NONBLOCK) !== 0);
  return [first, second];
}

export function bind(fd: number, address: AddressLike): void {
  checkDescriptor(fd);
  const bytes = sockaddrEncode(address);
  if (libc.bind(fd, bytes, bytes.length) < 0) throw systemError("bind", lastErrno(), sockaddrDecode(bytes));
}

export function listen(fd: number, backlog: number = SOMAXCONN): void {
  checkDescriptor(fd);
  checkInteger("backlog", backlog);
  if (libc.listen(fd, backlog) < 0) throw systemError("listen", lastErrno());
}

export function shutdown(fd: number, how: number): void {
  checkDescriptor(fd);
  if (how !== SHUT_RD && how !== SHUT_WR && how !== SHUT_RDWR) {
    throw invalidValue("how", "SHUT_RD (0), SHUT_WR (1) or SHUT_RDWR (2)", how);
  }
  if (libc.shutdown(fd, how) < 0) throw systemError("shutdown", lastErrno());
}

export function getsockname(fd: number): SocketAddress {
  checkDescriptor(fd);
  offerAddressMemory();
  if (libc.getsockname(fd, addressMemory, addressLength) < 0) throw systemError("getsockname", lastErrno());
  return returnedAddress() as SocketAddress;
}

export function getpeername(fd: number): SocketAddress {
  checkDescriptor(fd);
  offerAddressMemory();
  if (libc.getpeername(fd, addressMemory, addressLength) < 0) throw systemError("getpeername", lastErrno());
  return returnedAddress() as SocketAddress;
}
