import type { PacketAddress } from "../api/address.ts";
import { AF_PACKET } from "../api/constants.ts";
import { invalidType, outOfRange } from "../api/errors.ts";
import { putUint16, putUint32, uint16At, uint32At } from "./host-order.ts";
import { beginSockaddr } from "./sockaddr-begin.ts";
import { checkUint } from "./uint.ts";

/** Bytes of `struct sockaddr_ll`, packet(7). An address longer than eight bytes (InfiniBand's) makes it longer. */
export const SOCKADDR_LL_SIZE = 20;
/**
 * Where the hardware address begins; the kernel's own answers end with that address and may be shorter than the struct.
 */
export const SOCKADDR_LL_HEADER = 12;

const HARDWARE_ADDRESS_MAX = 32; // MAX_ADDR_LEN of linux/netdevice.h
const NONE = new Uint8Array(0);

/** Family, protocol (network order), interface, hardware type, packet type, address length, address. */
export function encodePacket(address: PacketAddress, target: Uint8Array, at: number): number {
  const { protocol, interfaceIndex, hardwareType = 0, packetType = 0, hardwareAddress = NONE } = address;
  checkUint("address.protocol", protocol, 0xffff);
  checkUint("address.interfaceIndex", interfaceIndex, 0xffffffff);
  checkUint("address.hardwareType", hardwareType, 0xffff);
  checkUint("address.packetType", packetType, 0xff);
  if (!(hardwareAddress instanceof Uint8Array)) {
    throw invalidType("address.hardwareAddress", "a Uint8Array", hardwareAddress);
  }
  if (hardwareAddress.length > HARDWARE_ADDRESS_MAX) {
    throw outOfRange(
      "address.hardwareAddress",
      `at most ${HARDWARE_ADDRESS_MAX} bytes`,
      `${hardwareAddress.length} bytes`,
    );
  }
  const length = Math.max(SOCKADDR_LL_SIZE, SOCKADDR_LL_HEADER + hardwareAddress.length);
  beginSockaddr(target, at, length, AF_PACKET);
  target[at + 2] = protocol >>> 8;
  target[at + 3] = protocol;
  putUint32(target, at + 4, interfaceIndex);
  putUint16(target, at + 8, hardwareType);
  target[at + 10] = packetType;
  target[at + 11] = hardwareAddress.length;
  target.fill(0, at + SOCKADDR_LL_HEADER, at + length);
  target.set(hardwareAddress, at + SOCKADDR_LL_HEADER);
  return length;
}

/** `length` is at least SOCKADDR_LL_HEADER; the hardware address ends there at the latest. */
export function decodePacket(bytes: Uint8Array, at: number, length: number): PacketAddress {
  const room = Math.min(HARDWARE_ADDRESS_MAX, length - SOCKADDR_LL_HEADER);
  const addressLength = Math.min(bytes[at + 11] ?? 0, room);
  const addressAt = at + SOCKADDR_LL_HEADER;
  return {
    family: AF_PACKET,
    protocol: ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0),
    interfaceIndex: uint32At(bytes, at + 4),
    hardwareType: uint16At(bytes, at + 8),
    packetType: bytes[at + 10] ?? 0,
    hardwareAddress: Uint8Array.from(bytes.subarray(addressAt, addressAt + addressLength)),
  };
}
