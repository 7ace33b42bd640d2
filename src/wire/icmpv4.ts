import { checksum, sum } from "./checksum.ts";
import { OK, TRUNCATED } from "./reason.ts";

/** Types of messages: RFC 792. */
export const ICMPV4_ECHO_REPLY = 0;
export const ICMPV4_UNREACHABLE = 3;
/** Deprecated, and ignored: RFC 6633. */
export const ICMPV4_SOURCE_QUENCH = 4;
export const ICMPV4_REDIRECT = 5;
export const ICMPV4_ECHO = 8;
export const ICMPV4_TIME_EXCEEDED = 11;
export const ICMPV4_PARAMETER_PROBLEM = 12;
export const ICMPV4_TIMESTAMP = 13;
export const ICMPV4_TIMESTAMP_REPLY = 14;

/** Codes of Destination Unreachable: RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1. */
export const UNREACHABLE_NET = 0;
export const UNREACHABLE_HOST = 1;
export const UNREACHABLE_PROTOCOL = 2;
export const UNREACHABLE_PORT = 3;
/** The packet is too large, and may not be fragmented; the message names the next hop's MTU (RFC 1191 §4). */
export const UNREACHABLE_FRAGMENTATION_NEEDED = 4;
export const UNREACHABLE_SOURCE_ROUTE_FAILED = 5;
export const UNREACHABLE_NET_UNKNOWN = 6;
export const UNREACHABLE_HOST_UNKNOWN = 7;
export const UNREACHABLE_HOST_ISOLATED = 8;
export const UNREACHABLE_NET_PROHIBITED = 9;
export const UNREACHABLE_HOST_PROHIBITED = 10;
export const UNREACHABLE_NET_FOR_TOS = 11;
export const UNREACHABLE_HOST_FOR_TOS = 12;
export const UNREACHABLE_FILTERED = 13;
export const UNREACHABLE_PRECEDENCE_VIOLATION = 14;
export const UNREACHABLE_PRECEDENCE_CUTOFF = 15;

/** Codes of Time Exceeded. */
export const EXCEEDED_IN_TRANSIT = 0;
export const EXCEEDED_REASSEMBLY = 1;

/** Codes of Redirect. */
export const REDIRECT_NET = 0;
export const REDIRECT_HOST = 1;

/** Codes of Parameter Problem. */
export const PROBLEM_POINTER = 0;
export const PROBLEM_OPTION_MISSING = 1;
export const PROBLEM_LENGTH = 2;

/** Bytes before the payload. */
export const ICMPV4_HEADER_BYTES = 8;
/** Bytes of the three times of a Timestamp message. */
const TIMES_BYTES = 12;
const CHECKSUM_OFFSET = 2;

/** A message of any type; the fields that a type does not have are 0. */
export class Icmpv4Message {
  type = 0;
  code = 0;
  /** As it was read. */
  checksum = 0;
  /** Echo and Timestamp. */
  identifier = 0;
  sequence = 0;
  /** Unreachable, Fragmentation Needed; 0 from a router older than RFC 1191. */
  nextHopMtu = 0;
  /** Redirect: the address of the better gateway. */
  gateway = 0;
  /** Parameter Problem: the offset of the byte that is wrong. */
  pointer = 0;
  /** Words of 4 bytes of the quoted packet when more follows it (RFC 4884 §3); 0 when it is all of the payload. */
  quotedWords = 0;
  /** Timestamp: milliseconds since midnight UT. */
  originate = 0;
  receive = 0;
  transmit = 0;
  /** Of a type that is not known: the four bytes behind the checksum. */
  rest = 0;
  /** Echo: the data. Errors: the beginning of the packet that they are about. */
  payloadStart = 0;
  payloadEnd = 0;
}

/** Reads the message from `start` to `end`; its checksum is for `verifyIcmpv4`. Returns OK, or why not. */
export function parseIcmpv4(view: DataView, start: number, end: number, into: Icmpv4Message): number {
  if (end - start < ICMPV4_HEADER_BYTES) return TRUNCATED;
  clear(into);
  into.type = view.getUint8(start);
  into.code = view.getUint8(start + 1);
  into.checksum = view.getUint16(start + CHECKSUM_OFFSET);
  into.payloadStart = start + ICMPV4_HEADER_BYTES;
  into.payloadEnd = end;
  switch (into.type) {
    case ICMPV4_ECHO:
    case ICMPV4_ECHO_REPLY:
      readIdentity(view, start, into);
      return OK;
    case ICMPV4_TIMESTAMP:
    case ICMPV4_TIMESTAMP_REPLY:
      readIdentity(view, start, into);
      return readTimes(view, end, into);
    case ICMPV4_UNREACHABLE:
      into.quotedWords = view.getUint8(start + 5);
      into.nextHopMtu = view.getUint16(start + 6);
      return OK;
    case ICMPV4_TIME_EXCEEDED:
      into.quotedWords = view.getUint8(start + 5);
      return OK;
    case ICMPV4_PARAMETER_PROBLEM:
      into.pointer = view.getUint8(start + 4);
      into.quotedWords = view.getUint8(start + 5);
      return OK;
    case ICMPV4_REDIRECT:
      into.gateway = view.getInt32(start + 4);
      return OK;
    default:
      into.rest = view.getInt32(start + 4);
      return OK;
  }
}

function clear(into: Icmpv4Message): void {
  into.identifier = 0;
  into.sequence = 0;
  into.nextHopMtu = 0;
  into.gateway = 0;
  into.pointer = 0;
  into.quotedWords = 0;
  into.originate = 0;
  into.receive = 0;
  into.transmit = 0;
  into.rest = 0;
}

function readIdentity(view: DataView, start: number, into: Icmpv4Message): void {
  into.identifier = view.getUint16(start + 4);
  into.sequence = view.getUint16(start + 6);
}

function readTimes(view: DataView, end: number, into: Icmpv4Message): number {
  const at = into.payloadStart;
  if (end - at < TIMES_BYTES) return TRUNCATED;
  into.originate = view.getUint32(at);
  into.receive = view.getUint32(at + 4);
  into.transmit = view.getUint32(at + 8);
  into.payloadStart = at + TIMES_BYTES;
  return OK;
}

/** Writes the message at `start` up to its payload and returns where that begins. `sealIcmpv4` makes the checksum. */
export function emitIcmpv4(view: DataView, start: number, message: Icmpv4Message): number {
  view.setUint8(start, message.type);
  view.setUint8(start + 1, message.code);
  view.setUint16(start + CHECKSUM_OFFSET, message.checksum);
  view.setInt32(start + 4, restOf(message));
  const end = start + ICMPV4_HEADER_BYTES;
  if (message.type !== ICMPV4_TIMESTAMP && message.type !== ICMPV4_TIMESTAMP_REPLY) return end;
  view.setUint32(end, message.originate);
  view.setUint32(end + 4, message.receive);
  view.setUint32(end + 8, message.transmit);
  return end + TIMES_BYTES;
}

/** The four bytes behind the checksum. */
function restOf(message: Icmpv4Message): number {
  switch (message.type) {
    case ICMPV4_ECHO:
    case ICMPV4_ECHO_REPLY:
    case ICMPV4_TIMESTAMP:
    case ICMPV4_TIMESTAMP_REPLY:
      return (message.identifier << 16) | (message.sequence & 0xffff);
    case ICMPV4_UNREACHABLE:
      return (message.quotedWords << 16) | (message.nextHopMtu & 0xffff);
    case ICMPV4_TIME_EXCEEDED:
      return message.quotedWords << 16;
    case ICMPV4_PARAMETER_PROBLEM:
      return (message.pointer << 24) | (message.quotedWords << 16);
    case ICMPV4_REDIRECT:
      return message.gateway;
    default:
      return message.rest;
  }
}

/** Whether a type reports an error: no error is sent about such a message (RFC 1122 §3.2.2). */
export function isIcmpv4Error(type: number): boolean {
  return (
    type === ICMPV4_UNREACHABLE ||
    type === ICMPV4_SOURCE_QUENCH ||
    type === ICMPV4_REDIRECT ||
    type === ICMPV4_TIME_EXCEEDED ||
    type === ICMPV4_PARAMETER_PROBLEM
  );
}

/** Makes the checksum of the message from `start` to `end`. */
export function sealIcmpv4(view: DataView, start: number, end: number): void {
  view.setUint16(start + CHECKSUM_OFFSET, 0);
  view.setUint16(start + CHECKSUM_OFFSET, checksum(view, start, end));
}

/** Whether the checksum of the message from `start` to `end` is right. */
export function verifyIcmpv4(view: DataView, start: number, end: number): boolean {
  return sum(view, start, end) === 0xffff;
}
