import { IPV6_ADDRESS_BYTES, writeAddresses } from "./group-record.ts";
import { BAD_LENGTH, OK, TRUNCATED, UNSUPPORTED } from "./reason.ts";

/** Multicast listener discovery: RFC 2710 (v1), RFC 3810 (v2). The checksum is ICMPv6's: `sealIcmpv6`. */

export const MLD_QUERY = 130;
export const MLDV1_REPORT = 131;
export const MLDV1_DONE = 132;
export const MLDV2_REPORT = 143;

/** Bytes of every message of version 1. */
export const MLDV1_BYTES = 24;
/** Bytes of a query of version 2 before its sources: RFC 3810 §5.1. */
export const MLDV2_QUERY_BYTES = 28;
/** Bytes of a report of version 2 before its records: RFC 3810 §5.2. */
export const MLDV2_REPORT_BYTES = 8;
/** Bytes of a record without sources. */
const RECORD_BYTES = 20;
const CHECKSUM_OFFSET = 2;

const SUPPRESS = 0x08;

/** A message of either version; the fields that a type does not have are 0 or false. */
export class MldMessage {
  type = 0;
  /** Of a query: 1 or 2, which its length tells (RFC 3810 §8.1). */
  version = 0;
  /** As it was read. */
  checksum = 0;
  /** Messages of version 1 and queries: milliseconds in version 1, `decodeShortCode` of it in version 2. */
  responseCode = 0;
  /** All zero in a general query. */
  group0 = 0;
  group1 = 0;
  group2 = 0;
  group3 = 0;
  /** Query of version 2: routers shall not update their timers. */
  suppress = false;
  /** Query of version 2: the Querier's Robustness Variable, 0 to 7. */
  robustness = 0;
  /** Query of version 2: seconds by `decodeByteCode`. */
  intervalCode = 0;
  /** Query of version 2: how many addresses there are from `itemsStart` on. */
  sourceCount = 0;
  /** Report of version 2: how many records there are from `itemsStart` on, for `parseGroupRecord`. */
  recordCount = 0;
  itemsStart = 0;
  end = 0;
}

/** Reads the message from `start` to `end`. Returns OK, or why not. */
export function parseMld(view: DataView, start: number, end: number, into: MldMessage): number {
  if (end - start < MLDV2_REPORT_BYTES) return TRUNCATED;
  clear(into);
  into.type = view.getUint8(start);
  into.checksum = view.getUint16(start + CHECKSUM_OFFSET);
  into.end = end;
  switch (into.type) {
    case MLD_QUERY:
      return readQuery(view, start, end, into);
    case MLDV1_REPORT:
    case MLDV1_DONE:
      return readGroup(view, start, end, into);
    case MLDV2_REPORT:
      into.recordCount = view.getUint16(start + 6);
      into.itemsStart = start + MLDV2_REPORT_BYTES;
      // Each record is as long as its header at least, so a count cannot ask for more work than bytes came.
      return into.recordCount * RECORD_BYTES > end - into.itemsStart ? TRUNCATED : OK;
    default:
      return UNSUPPORTED;
  }
}

function clear(into: MldMessage): void {
  into.version = 0;
  into.responseCode = 0;
  into.group0 = 0;
  into.group1 = 0;
  into.group2 = 0;
  into.group3 = 0;
  into.suppress = false;
  into.robustness = 0;
  into.intervalCode = 0;
  into.sourceCount = 0;
  into.recordCount = 0;
  into.itemsStart = 0;
}

function readGroup(view: DataView, start: number, end: number, into: MldMessage): number {
  if (end - start < MLDV1_BYTES) return TRUNCATED;
  into.responseCode = view.getUint16(start + 4);
  into.group0 = view.getInt32(start + 8);
  into.group1 = view.getInt32(start + 12);
  into.group2 = view.getInt32(start + 16);
  into.group3 = view.getInt32(start + 20);
  into.itemsStart = start + MLDV1_BYTES;
  return OK;
}

/** A length between the versions' is none: RFC 3810 §8.1. */
function readQuery(view: DataView, start: number, end: number, into: MldMessage): number {
  const reason = readGroup(view, start, end, into);
  if (reason !== OK) return reason;
  if (end - start === MLDV1_BYTES) {
    into.version = 1;
    return OK;
  }
  if (end - start < MLDV2_QUERY_BYTES) return BAD_LENGTH;
  const flags = view.getUint8(start + 24);
  into.version = 2;
  into.suppress = (flags & SUPPRESS) !== 0;
  into.robustness = flags & 7;
  into.intervalCode = view.getUint8(start + 25);
  into.sourceCount = view.getUint16(start + 26);
  into.itemsStart = start + MLDV2_QUERY_BYTES;
  return into.sourceCount * IPV6_ADDRESS_BYTES > end - into.itemsStart ? TRUNCATED : OK;
}

const NO_SOURCES = new Int32Array(0);

/**
 * Writes the message at `start` and returns where it ends; behind a report of version 2 its records follow, by
 * `emitGroupRecord`. `sources` of a query are four words each.
 */
export function emitMld(view: DataView, start: number, message: MldMessage, sources: Int32Array = NO_SOURCES): number {
  view.setUint16(start, message.type << 8);
  view.setUint16(start + CHECKSUM_OFFSET, message.checksum);
  if (message.type === MLDV2_REPORT) {
    view.setUint32(start + 4, message.recordCount & 0xffff);
    return start + MLDV2_REPORT_BYTES;
  }
  view.setUint32(start + 4, message.responseCode << 16);
  view.setInt32(start + 8, message.group0);
  view.setInt32(start + 12, message.group1);
  view.setInt32(start + 16, message.group2);
  view.setInt32(start + 20, message.group3);
  if (message.type !== MLD_QUERY || message.version !== 2) return start + MLDV1_BYTES;
  view.setUint8(start + 24, (message.suppress ? SUPPRESS : 0) | (message.robustness & 7));
  view.setUint8(start + 25, message.intervalCode);
  view.setUint16(start + 26, message.sourceCount);
  return writeAddresses(view, start + MLDV2_QUERY_BYTES, IPV6_ADDRESS_BYTES, message.sourceCount, sources);
}
