import { checksum, sum } from "./checksum.ts";
import { IPV4_ADDRESS_BYTES, writeAddresses } from "./group-record.ts";
import { BAD_LENGTH, OK, TRUNCATED, UNSUPPORTED } from "./reason.ts";

/** Group management for IPv4: RFC 1112 (v1), RFC 2236 (v2), RFC 3376 (v3). */

export const IGMP_QUERY = 0x11;
export const IGMPV1_REPORT = 0x12;
export const IGMPV2_REPORT = 0x16;
export const IGMPV2_LEAVE = 0x17;
export const IGMPV3_REPORT = 0x22;

/** Bytes of every message but those of version 3, and where a report's records begin. */
export const IGMP_BYTES = 8;
/** Bytes of a query of version 3 before its sources: RFC 3376 §4.1. */
export const IGMPV3_QUERY_BYTES = 12;
const CHECKSUM_OFFSET = 2;

const SUPPRESS = 0x08;

/** A message of any version; the fields that a type does not have are 0 or false. */
export class IgmpMessage {
  type = 0;
  /** Of a query: 1, 2 or 3, which its length and its code tell (RFC 3376 §7.1). */
  version = 0;
  /** Query: tenths of a second in version 2, `decodeByteCode` of it in version 3. Reports: kept, and of no meaning. */
  responseCode = 0;
  /** As it was read. */
  checksum = 0;
  /** 0 in a general query. */
  group = 0;
  /** Query of version 3: routers shall not update their timers. */
  suppress = false;
  /** Query of version 3: the Querier's Robustness Variable, 0 to 7. */
  robustness = 0;
  /** Query of version 3: seconds by `decodeByteCode`. */
  intervalCode = 0;
  /** Query of version 3: how many addresses there are from `itemsStart` on. */
  sourceCount = 0;
  /** Report of version 3: how many records there are from `itemsStart` on, for `parseGroupRecord`. */
  recordCount = 0;
  itemsStart = 0;
  end = 0;
}

/** Reads the message from `start` to `end`; its checksum is for `verifyIgmp`. Returns OK, or why not. */
export function parseIgmp(view: DataView, start: number, end: number, into: IgmpMessage): number {
  if (end - start < IGMP_BYTES) return TRUNCATED;
  into.type = view.getUint8(start);
  into.version = 0;
  into.responseCode = view.getUint8(start + 1);
  into.checksum = view.getUint16(start + CHECKSUM_OFFSET);
  into.group = 0;
  into.suppress = false;
  into.robustness = 0;
  into.intervalCode = 0;
  into.sourceCount = 0;
  into.recordCount = 0;
  into.itemsStart = start + IGMP_BYTES;
  into.end = end;
  switch (into.type) {
    case IGMP_QUERY:
      into.group = view.getInt32(start + 4);
      return readQuery(view, start, end, into);
    case IGMPV1_REPORT:
    case IGMPV2_REPORT:
    case IGMPV2_LEAVE:
      into.group = view.getInt32(start + 4);
      return OK;
    case IGMPV3_REPORT:
      into.recordCount = view.getUint16(start + 6);
      // Each record is as long as its header at least, so a count cannot ask for more work than bytes came.
      return into.recordCount * IGMP_BYTES > end - into.itemsStart ? TRUNCATED : OK;
    default:
      return UNSUPPORTED;
  }
}

/** A length between the versions' is none: RFC 3376 §7.1. */
function readQuery(view: DataView, start: number, end: number, into: IgmpMessage): number {
  if (end - start === IGMP_BYTES) {
    into.version = into.responseCode === 0 ? 1 : 2;
    return OK;
  }
  if (end - start < IGMPV3_QUERY_BYTES) return BAD_LENGTH;
  const flags = view.getUint8(start + 8);
  into.version = 3;
  into.suppress = (flags & SUPPRESS) !== 0;
  into.robustness = flags & 7;
  into.intervalCode = view.getUint8(start + 9);
  into.sourceCount = view.getUint16(start + 10);
  into.itemsStart = start + IGMPV3_QUERY_BYTES;
  return into.sourceCount * IPV4_ADDRESS_BYTES > end - into.itemsStart ? TRUNCATED : OK;
}

const NO_SOURCES = new Int32Array(0);

/**
 * Writes the message at `start` and returns where it ends; behind a report of version 3 its records follow, by
 * `emitGroupRecord`. `sources` of a query are four words each. `sealIgmp` makes the checksum.
 */
export function emitIgmp(
  view: DataView,
  start: number,
  message: IgmpMessage,
  sources: Int32Array = NO_SOURCES,
): number {
  view.setUint8(start, message.type);
  view.setUint8(start + 1, message.responseCode);
  view.setUint16(start + CHECKSUM_OFFSET, message.checksum);
  view.setInt32(start + 4, message.type === IGMPV3_REPORT ? message.recordCount & 0xffff : message.group);
  if (message.type !== IGMP_QUERY || message.version !== 3) return start + IGMP_BYTES;
  view.setUint8(start + 8, (message.suppress ? SUPPRESS : 0) | (message.robustness & 7));
  view.setUint8(start + 9, message.intervalCode);
  view.setUint16(start + 10, message.sourceCount);
  return writeAddresses(view, start + IGMPV3_QUERY_BYTES, IPV4_ADDRESS_BYTES, message.sourceCount, sources);
}

/** Makes the checksum of the message from `start` to `end`. */
export function sealIgmp(view: DataView, start: number, end: number): void {
  view.setUint16(start + CHECKSUM_OFFSET, 0);
  view.setUint16(start + CHECKSUM_OFFSET, checksum(view, start, end));
}

/** Whether the checksum of the message from `start` to `end` is right. */
export function verifyIgmp(view: DataView, start: number, end: number): boolean {
  return sum(view, start, end) === 0xffff;
}
