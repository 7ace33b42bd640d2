import { MAPPED_WORD } from "./ip-header.ts";
import { OK, TRUNCATED } from "./reason.ts";

/** A group record of IGMPv3 (RFC 3376 §4.2) and MLDv2 (RFC 3810 §5.2): one shape, with addresses of either size. */

/** Types of records. */
export const MODE_IS_INCLUDE = 1;
export const MODE_IS_EXCLUDE = 2;
export const CHANGE_TO_INCLUDE = 3;
export const CHANGE_TO_EXCLUDE = 4;
export const ALLOW_NEW_SOURCES = 5;
export const BLOCK_OLD_SOURCES = 6;

/** Bytes of an address: what tells the two protocols apart here. */
export const IPV4_ADDRESS_BYTES = 4;
export const IPV6_ADDRESS_BYTES = 16;

/** Bytes before the group: type, length of auxiliary data, number of sources. */
const FIXED_BYTES = 4;

/** One record. Addresses are four words; one of IPv4 is IPv4-mapped. One object is filled again and again. */
export class GroupRecord {
  type = 0;
  group0 = 0;
  group1 = 0;
  group2 = 0;
  group3 = 0;
  sourceCount = 0;
  /** Where the first source is; `readSource` reads one. */
  sourcesStart = 0;
  /** Where the record ends, its auxiliary data counted: there the next one begins. */
  end = 0;
}

/** Reads the record at `start`; auxiliary data are passed over. Returns OK, or why not. */
export function parseGroupRecord(
  view: DataView,
  start: number,
  end: number,
  addressBytes: number,
  into: GroupRecord,
): number {
  if (end - start < FIXED_BYTES + addressBytes) return TRUNCATED;
  const count = view.getUint16(start + 2);
  const sources = start + FIXED_BYTES + addressBytes;
  const recordEnd = sources + count * addressBytes + view.getUint8(start + 1) * 4;
  if (recordEnd > end) return TRUNCATED;
  into.type = view.getUint8(start);
  const at = start + FIXED_BYTES;
  const wide = addressBytes === IPV6_ADDRESS_BYTES;
  into.group0 = wide ? view.getInt32(at) : 0;
  into.group1 = wide ? view.getInt32(at + 4) : 0;
  into.group2 = wide ? view.getInt32(at + 8) : MAPPED_WORD;
  into.group3 = view.getInt32(sources - 4);
  into.sourceCount = count;
  into.sourcesStart = sources;
  into.end = recordEnd;
  return OK;
}

/** Reads `count` addresses from `start` on into four words each. */
export function readAddresses(
  view: DataView,
  start: number,
  addressBytes: number,
  count: number,
  into: Int32Array,
): void {
  for (let i = 0; i < count; i++) {
    const at = start + i * addressBytes;
    const wide = addressBytes === IPV6_ADDRESS_BYTES;
    into[i * 4] = wide ? view.getInt32(at) : 0;
    into[i * 4 + 1] = wide ? view.getInt32(at + 4) : 0;
    into[i * 4 + 2] = wide ? view.getInt32(at + 8) : MAPPED_WORD;
    into[i * 4 + 3] = view.getInt32(at + addressBytes - 4);
  }
}

/** Writes `count` addresses of four words each at `start` and returns where they end. */
export function writeAddresses(
  view: DataView,
  start: number,
  addressBytes: number,
  count: number,
  from: Int32Array,
): number {
  const words = addressBytes / 4;
  let at = start;
  for (let i = 0; i < count; i++) {
    for (let word = 4 - words; word < 4; word++, at += 4) view.setInt32(at, from[i * 4 + word] as number);
  }
  return at;
}

/** Bytes of a record with so many sources. */
export function groupRecordBytes(addressBytes: number, sourceCount: number): number {
  return FIXED_BYTES + addressBytes * (1 + sourceCount);
}

/** Writes a record at `start` with its `sourceCount` first `sources`, four words each, and returns where it ends. */
export function emitGroupRecord(
  view: DataView,
  start: number,
  addressBytes: number,
  record: GroupRecord,
  sources: Int32Array,
): number {
  view.setUint16(start, record.type << 8);
  view.setUint16(start + 2, record.sourceCount);
  const at = start + FIXED_BYTES;
  if (addressBytes === IPV6_ADDRESS_BYTES) {
    view.setInt32(at, record.group0);
    view.setInt32(at + 4, record.group1);
    view.setInt32(at + 8, record.group2);
  }
  view.setInt32(at + addressBytes - 4, record.group3);
  return writeAddresses(view, at + addressBytes, addressBytes, record.sourceCount, sources);
}
