import { BAD_OPTION, OK } from "./reason.ts";
import {
  MAX_FAST_OPEN_BYTES,
  MAX_SACK_BLOCKS,
  MAX_TCP_OPTION_BYTES,
  MIN_FAST_OPEN_BYTES,
  type TcpHeader,
} from "./tcp-header.ts";

/** Kinds of options: IANA "TCP Option Kind Numbers". */
const END = 0;
const NOP = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;
const FAST_OPEN = 34;
const EXPERIMENT = 254;

/** What an experiment begins with that is fast open: RFC 7413 §4.1.1. */
const FAST_OPEN_MAGIC = 0xf989;

const MSS_BYTES = 4;
const WINDOW_SCALE_BYTES = 3;
const SACK_PERMITTED_BYTES = 2;
const SACK_BLOCK_BYTES = 8;
const TIMESTAMPS_BYTES = 10;

export function clearTcpOptions(header: TcpHeader): void {
  header.mss = -1;
  header.windowScale = -1;
  header.sackPermitted = false;
  header.hasTimestamps = false;
  header.timestampValue = 0;
  header.timestampEcho = 0;
  header.sackCount = 0;
  header.fastOpenBytes = -1;
  header.fastOpenExperimental = false;
  header.unknownBytes = 0;
}

/**
 * Reads the options from `start` to `end` into a header without any. Returns OK, or BAD_OPTION when one is illegal: it
 * is skipped when its length says where the next one is, as Linux does, and ends the options when it does not.
 */
export function parseTcpOptions(view: DataView, start: number, end: number, into: TcpHeader): number {
  let worst = OK;
  let at = start;
  while (at < end) {
    const kind = view.getUint8(at);
    if (kind === END) return worst;
    if (kind === NOP) {
      at++;
      continue;
    }
    if (end - at < 2) return BAD_OPTION;
    const bytes = view.getUint8(at + 1);
    if (bytes < 2 || bytes > end - at) return BAD_OPTION;
    if (readOption(view, kind, at, bytes, into) !== OK) worst = BAD_OPTION;
    at += bytes;
  }
  return worst;
}

/** Where the value of a Maximum Segment Size option is, among the options from `start` to `end`; -1 without one. */
export function mssOptionAt(view: DataView, start: number, end: number): number {
  for (let at = start; at < end;) {
    const kind = view.getUint8(at);
    if (kind === END) return -1;
    if (kind === NOP) {
      at++;
      continue;
    }
    if (end - at < 2) return -1;
    const bytes = view.getUint8(at + 1);
    if (bytes < 2 || bytes > end - at) return -1;
    if (kind === MSS && bytes === MSS_BYTES) return at + 2;
    at += bytes;
  }
  return -1;
}

function readOption(view: DataView, kind: number, at: number, bytes: number, into: TcpHeader): number {
  switch (kind) {
    case MSS:
      if (bytes !== MSS_BYTES) return BAD_OPTION;
      into.mss = view.getUint16(at + 2);
      return OK;
    case WINDOW_SCALE:
      if (bytes !== WINDOW_SCALE_BYTES) return BAD_OPTION;
      into.windowScale = view.getUint8(at + 2);
      return OK;
    case SACK_PERMITTED:
      if (bytes !== SACK_PERMITTED_BYTES) return BAD_OPTION;
      into.sackPermitted = true;
      return OK;
    case SACK:
      return readSack(view, at, bytes, into);
    case TIMESTAMPS:
      if (bytes !== TIMESTAMPS_BYTES) return BAD_OPTION;
      into.hasTimestamps = true;
      into.timestampValue = view.getInt32(at + 2);
      into.timestampEcho = view.getInt32(at + 6);
      return OK;
    case FAST_OPEN:
      return readFastOpen(view, at + 2, at + bytes, false, into);
    case EXPERIMENT:
      if (bytes >= 4 && view.getUint16(at + 2) === FAST_OPEN_MAGIC) {
        return readFastOpen(view, at + 4, at + bytes, true, into);
      }
      return keepUnknown(view, at, bytes, into);
    default:
      return keepUnknown(view, at, bytes, into);
  }
}

function readSack(view: DataView, at: number, bytes: number, into: TcpHeader): number {
  const count = (bytes - 2) / SACK_BLOCK_BYTES;
  if (!Number.isInteger(count) || count === 0) return BAD_OPTION;
  into.sackCount = count;
  for (let i = 0; i < count * 2; i++) into.sack[i] = view.getInt32(at + 2 + i * 4);
  return OK;
}

/** RFC 7413 §4.1.1: no cookie, or one of an even number of bytes within the limits. */
function readFastOpen(view: DataView, start: number, end: number, experimental: boolean, into: TcpHeader): number {
  const bytes = end - start;
  if (bytes !== 0 && (bytes < MIN_FAST_OPEN_BYTES || bytes > MAX_FAST_OPEN_BYTES || bytes % 2 !== 0)) return BAD_OPTION;
  into.fastOpenBytes = bytes;
  into.fastOpenExperimental = experimental;
  for (let i = 0; i < bytes; i++) into.fastOpenCookie[i] = view.getUint8(start + i);
  return OK;
}

function keepUnknown(view: DataView, at: number, bytes: number, into: TcpHeader): number {
  for (let i = 0; i < bytes; i++) into.unknownOptions[into.unknownBytes + i] = view.getUint8(at + i);
  into.unknownBytes += bytes;
  return OK;
}

// What Linux sends, in its order: MSS; SACK-permitted in the two bytes before the timestamps that padding would fill;
// window scale behind one No-Operation; SACK blocks behind two; fast open; then what is unknown. Each but the last
// begins at a multiple of four. What does not fit any more is left out, so the caller need not count.

/** Bytes of the options as `emitTcpOptions` will write them: a multiple of four, at most 40. */
export function tcpOptionBytes(header: TcpHeader): number {
  const fixed = fixedBytes(header);
  const sack = sackBlocks(header, fixed) === 0 ? 0 : 4 + sackBlocks(header, fixed) * SACK_BLOCK_BYTES;
  const fastOpen = fastOpenBytes(header, fixed + sack);
  return fixed + sack + fastOpen + unknownBytes(header, fixed + sack + fastOpen);
}

function fixedBytes(header: TcpHeader): number {
  const mss = header.mss < 0 ? 0 : MSS_BYTES;
  const timestamps = header.hasTimestamps ? 2 + TIMESTAMPS_BYTES : header.sackPermitted ? 4 : 0;
  return mss + timestamps + (header.windowScale < 0 ? 0 : 4);
}

function sackBlocks(header: TcpHeader, before: number): number {
  const room = Math.floor((MAX_TCP_OPTION_BYTES - before - 4) / SACK_BLOCK_BYTES);
  return Math.max(0, Math.min(header.sackCount, MAX_SACK_BLOCKS, room));
}

function fastOpenBytes(header: TcpHeader, before: number): number {
  if (header.fastOpenBytes < 0) return 0;
  const bytes = (header.fastOpenBytes + (header.fastOpenExperimental ? 4 : 2) + 3) & ~3;
  return before + bytes > MAX_TCP_OPTION_BYTES ? 0 : bytes;
}

function unknownBytes(header: TcpHeader, before: number): number {
  const bytes = (header.unknownBytes + 3) & ~3;
  return before + bytes > MAX_TCP_OPTION_BYTES ? 0 : bytes;
}

/** Writes the options at `start` and returns where they end. */
export function emitTcpOptions(view: DataView, start: number, header: TcpHeader): number {
  let at = start;
  if (header.mss >= 0) {
    view.setUint16(at, (MSS << 8) | MSS_BYTES);
    view.setUint16(at + 2, header.mss);
    at += MSS_BYTES;
  }
  if (header.hasTimestamps) {
    const before = header.sackPermitted ? (SACK_PERMITTED << 8) | SACK_PERMITTED_BYTES : (NOP << 8) | NOP;
    view.setInt32(at, (before << 16) | (TIMESTAMPS << 8) | TIMESTAMPS_BYTES);
    view.setInt32(at + 4, header.timestampValue);
    view.setInt32(at + 8, header.timestampEcho);
    at += 12;
  } else if (header.sackPermitted) {
    view.setInt32(at, (NOP << 24) | (NOP << 16) | (SACK_PERMITTED << 8) | SACK_PERMITTED_BYTES);
    at += 4;
  }
  if (header.windowScale >= 0) {
    view.setInt32(at, (NOP << 24) | (WINDOW_SCALE << 16) | (WINDOW_SCALE_BYTES << 8) | (header.windowScale & 0xff));
    at += 4;
  }
  if (header.sackCount > 0) at = emitSack(view, at, sackBlocks(header, at - start), header);
  if (header.fastOpenBytes >= 0) at = emitFastOpen(view, at, fastOpenBytes(header, at - start), header);
  if (header.unknownBytes > 0) at = emitUnknown(view, at, unknownBytes(header, at - start), header);
  return at;
}

function emitSack(view: DataView, start: number, count: number, header: TcpHeader): number {
  if (count === 0) return start;
  view.setInt32(start, (NOP << 24) | (NOP << 16) | (SACK << 8) | (2 + count * SACK_BLOCK_BYTES));
  for (let i = 0; i < count * 2; i++) view.setInt32(start + 4 + i * 4, header.sack[i] as number);
  return start + 4 + count * SACK_BLOCK_BYTES;
}

function emitFastOpen(view: DataView, start: number, room: number, header: TcpHeader): number {
  if (room === 0) return start;
  let at = start;
  if (header.fastOpenExperimental) {
    view.setUint16(at, (EXPERIMENT << 8) | (header.fastOpenBytes + 4));
    view.setUint16(at + 2, FAST_OPEN_MAGIC);
    at += 4;
  } else {
    view.setUint16(at, (FAST_OPEN << 8) | (header.fastOpenBytes + 2));
    at += 2;
  }
  for (let i = 0; i < header.fastOpenBytes; i++) view.setUint8(at + i, header.fastOpenCookie[i] as number);
  return emitNops(view, at + header.fastOpenBytes, start + room);
}

function emitUnknown(view: DataView, start: number, room: number, header: TcpHeader): number {
  if (room === 0) return start;
  for (let i = 0; i < header.unknownBytes; i++) view.setUint8(start + i, header.unknownOptions[i] as number);
  return emitNops(view, start + header.unknownBytes, start + room);
}

function emitNops(view: DataView, start: number, end: number): number {
  for (let at = start; at < end; at++) view.setUint8(at, NOP);
  return end;
}
