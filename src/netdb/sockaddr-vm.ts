import type { VsockAddress } from "../api/address.ts";
import { AF_VSOCK } from "../api/constants.ts";
import { putUint16, putUint32, uint32At } from "./host-order.ts";
import { beginSockaddr } from "./sockaddr-begin.ts";
import { checkUint } from "./uint.ts";

/** Bytes of `struct sockaddr_vm`, vsock(7). */
export const SOCKADDR_VM_SIZE = 16;

/** Family, reserved, port, context id, flags (none are set): all in host order. */
export function encodeVsock(address: VsockAddress, target: Uint8Array, at: number): number {
  const { cid, port } = address;
  checkUint("address.cid", cid, 0xffffffff);
  checkUint("address.port", port, 0xffffffff);
  beginSockaddr(target, at, SOCKADDR_VM_SIZE, AF_VSOCK);
  putUint16(target, at + 2, 0);
  putUint32(target, at + 4, port);
  putUint32(target, at + 8, cid);
  putUint32(target, at + 12, 0);
  return SOCKADDR_VM_SIZE;
}

export function decodeVsock(bytes: Uint8Array, at: number): VsockAddress {
  return { family: AF_VSOCK, cid: uint32At(bytes, at + 8), port: uint32At(bytes, at + 4) };
}
