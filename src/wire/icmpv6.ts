import { checksum, sum } from "./checksum.ts";
import { OK, TRUNCATED } from "./reason.ts";

/** Types of messages: RFC 4443. Those below 128 are errors. */
export const ICMPV6_UNREACHABLE = 1;
export const ICMPV6_PACKET_TOO_BIG = 2;
export const ICMPV6_TIME_EXCEEDED = 3;
export const ICMPV6_PARAMETER_PROBLEM = 4;
export const ICMPV6_ECHO = 128;
export const ICMPV6_ECHO_REPLY = 129;

/** Codes of Destination Unreachable: RFC 4443 §3.1. */
export const UNREACHABLE6_NO_ROUTE = 0;
export const UNREACHABLE6_PROHIBITED = 1;
export const UNREACHABLE6_BEYOND_SCOPE = 2;
export const UNREACHABLE6_ADDRESS = 3;
export const UNREACHABLE6_PORT = 4;
export const UNREACHABLE6_POLICY = 5;
export const UNREACHABLE6_REJECT_ROUTE = 6;

/** Codes of Time Exceeded: RFC 4443 §3.3. */
export const EXCEEDED6_IN_TRANSIT = 0;
export const EXCEEDED6_REASSEMBLY = 1;

/** Codes of Parameter Problem: RFC 4443 §3.4, RFC 7112 §5. */
export const PROBLEM6_FIELD = 0;
export const PROBLEM6_NEXT_HEADER = 1;
export const PROBLEM6_OPTION = 2;
export const PROBLEM6_INCOMPLETE_CHAIN = 3;

/** Bytes before the payload. */
export const ICMPV6_HEADER_BYTES = 8;
const CHECKSUM_OFFSET = 2;

/** A message of any type; the fields that a type does not have are 0. */
export class Icmpv6Message {
  type = 0;
  code = 0;
  /** As it was read. */
  checksum = 0;
  /** Echo. */
  identifier = 0;
  sequence = 0;
  /** Packet Too Big: the next hop's MTU. */
  mtu = 0;
  /** Parameter Problem: the offset of the byte that is wrong, which may lie behind what is quoted. */
  pointer = 0;
  /** Words of 8 bytes of the quoted packet when more follows it (RFC 4884 §3); 0 when it is all of the payload. */
  quotedWords = 0;
  /** Of another type: the four bytes behind the checksum. */
  rest = 0;
  /** Echo: the data. Errors: the beginning of the packet that they are about. */
  payloadStart = 0;
  payloadEnd = 0;
}

/** Reads the message from `start` to `end`; its checksum is for `verifyIcmpv6`. Returns OK, or why not. */
export function parseIcmpv6(view: DataView, start: number, end: number, into: Icmpv6Message): number {
  if (end - start < ICMPV6_HEADER_BYTES) return TRUNCATED;
  into.type = view.getUint8(start);
  into.code = view.getUint8(start + 1);
  into.checksum = view.getUint16(start + CHECKSUM_OFFSET);
  into.identifier = 0;
  into.sequence = 0;
  into.mtu = 0;
  into.pointer = 0;
  into.quotedWords = 0;
  into.rest = 0;
  into.payloadStart = start + ICMPV6_HEADER_BYTES;
  into.payloadEnd = end;
  switch (into.type) {
    case ICMPV6_ECHO:
    case ICMPV6_ECHO_REPLY:
      into.identifier = view.getUint16(start + 4);
      into.sequence = view.getUint16(start + 6);
      return OK;
    case ICMPV6_UNREACHABLE:
    case ICMPV6_TIME_EXCEEDED:
      into.quotedWords = view.getUint8(start + 4);
      return OK;
    case ICMPV6_PACKET_TOO_BIG:
      into.mtu = view.getUint32(start + 4);
      return OK;
    case ICMPV6_PARAMETER_PROBLEM:
      into.pointer = view.getUint32(start + 4);
      return OK;
    default:
      into.rest = view.getInt32(start + 4);
      return OK;
  }
}

/** Writes the message at `start` up to its payload and returns where that begins. `sealIcmpv6` makes the checksum. */
export function emitIcmpv6(view: DataView, start: number, message: Icmpv6Message): number {
  view.setUint8(start, message.type);
  view.setUint8(start + 1, message.code);
  view.setUint16(start + CHECKSUM_OFFSET, message.checksum);
  view.setInt32(start + 4, restOf(message));
  return start + ICMPV6_HEADER_BYTES;
}

/** The four bytes behind the checksum. */
function restOf(message: Icmpv6Message): number {
  switch (message.type) {
    case ICMPV6_ECHO:
    case ICMPV6_ECHO_REPLY:
      return (message.identifier << 16) | (message.sequence & 0xffff);
    case ICMPV6_UNREACHABLE:
    case ICMPV6_TIME_EXCEEDED:
      return message.quotedWords << 24;
    case ICMPV6_PACKET_TOO_BIG:
      return message.mtu;
    case ICMPV6_PARAMETER_PROBLEM:
      return message.pointer;
    default:
      return message.rest;
  }
}

/** Whether a type reports an error: no error is sent about such a message (RFC 4443 §2.4 e). */
export function isIcmpv6Error(type: number): boolean {
  return type < 128;
}

/** Makes the checksum of the message from `start` to `end`; `pseudo` is its pseudo-header's sum. */
export function sealIcmpv6(view: DataView, start: number, end: number, pseudo: number): void {
  view.setUint16(start + CHECKSUM_OFFSET, 0);
  view.setUint16(start + CHECKSUM_OFFSET, checksum(view, start, end, pseudo));
}

/** Whether the checksum of the message from `start` to `end` is right; `pseudo` is its pseudo-header's sum. */
export function verifyIcmpv6(view: DataView, start: number, end: number, pseudo: number): boolean {
  return sum(view, start, end, pseudo) === 0xffff;
}
