import { errno } from "../../api/errno.ts";
import type { Connection } from "./connection.ts";
import { READ_DISCARD, READ_PEEK, WRITE_MORE, WRITE_URGENT } from "./contract.ts";
import { output } from "./output.ts";
import { segmentsTogether } from "./path-mtu.ts";
import { opensWindow, tuneReceiveBuffer } from "./receive-window.ts";
import { sendAck } from "./segment.ts";
import { distance, isAfter } from "./sequence.ts";
import { hasUrgentByte } from "./urgent.ts";

/** TCP_NOTSENT_LOWAT as it is until it is set. */
const NO_LOW_WATER = 0xffffffff;

/** Takes bytes to send, as many as there is room for: RFC 9293 §3.10.2. */
export function writeBytes(c: Connection, bytes: Uint8Array, offset: number, length: number, flags: number): number {
  if (c.sendEnded || c.isClosed) return -errno.EPIPE;
  if (c.isConnecting) return 0;
  c.moreFollows = (flags & WRITE_MORE) !== 0;
  if (c.settings.notSentLowWaterBytes !== NO_LOW_WATER) return writeLittle(c, bytes, offset, length, flags);
  return writeSome(c, bytes, offset, length, length, flags);
}

/** TCP_NOTSENT_LOWAT: a super-segment at a time, as long as less than the limit waits to be sent. */
function writeLittle(c: Connection, bytes: Uint8Array, offset: number, length: number, flags: number): number {
  const step = segmentsTogether(c.mss) * c.mss;
  let written = 0;
  while (written < length && c.unsentBytes < c.settings.notSentLowWaterBytes) {
    const left = length - written;
    const count = writeSome(c, bytes, offset + written, Math.min(left, step), left, flags);
    if (count === 0) break;
    written += count;
  }
  if (written < length) c.isSendBlocked = true;
  return written;
}

/** Takes `length` bytes at most, of `wanted` that are to be sent. */
function writeSome(
  c: Connection,
  bytes: Uint8Array,
  offset: number,
  length: number,
  wanted: number,
  flags: number,
): number {
  const free = c.settings.sendBufferBytes - c.sendBuffer.length;
  const count = Math.max(0, Math.min(length, free));
  if (count > 0) {
    c.sendBuffer.append(bytes, offset, count);
    if ((flags & WRITE_URGENT) !== 0 && count === wanted) {
      c.urgent.isSending = true;
      c.urgent.sendEnd = c.sendBuffer.end;
    }
  }
  if (count < length || c.writableBytes === 0) c.isSendBlocked = true;
  output(c);
  return count;
}

/** Gives the program what has come: RFC 9293 §3.10.3. */
export function readBytes(c: Connection, bytes: Uint8Array, offset: number, length: number, flags: number): number {
  if (!c.isClosed && c.isConnecting) return -errno.ENOTCONN;
  const { receive, urgent, settings } = c;
  let available = receive.length;
  let skip = 0;
  if (urgent.isMarked && available > 0) {
    const untilMark = distance(urgent.mark, receive.start);
    if (untilMark > 0) {
      // RFC 9293 §3.8.5: a read does not cross the mark, so that the program can see it.
      available = Math.min(available, untilMark);
    } else if (untilMark === 0 && !settings.urgentInline) {
      skip = 1;
      available -= 1;
    }
  }
  const count = Math.min(length, available);
  if (count > 0 && (flags & READ_DISCARD) === 0) receive.copy(skip, bytes, offset, count);
  if ((flags & READ_PEEK) !== 0 || count + skip === 0 || (count === 0 && length === 0)) return count;
  receive.drop(count + skip);
  if (urgent.isMarked && isAfter(receive.start, urgent.mark)) urgent.isMarked = false;
  afterReading(c);
  return count;
}

/** The window has room again: does the peer need to hear of it (RFC 9293 §3.8.6.2.2)? */
function afterReading(c: Connection): void {
  if (c.isClosed || c.finReceived) return;
  tuneReceiveBuffer(c);
  if (opensWindow(c)) sendAck(c);
}

/** The urgent byte, out of line: recv(2) with MSG_OOB. */
export function readUrgentByte(c: Connection, peek: boolean): number {
  const { urgent } = c;
  if (c.settings.urgentInline || !urgent.isMarked || urgent.isTaken) return -errno.EINVAL;
  if (!hasUrgentByte(c)) return -errno.EAGAIN;
  const byte = c.receive.byteAt(urgent.mark);
  if (!peek) urgent.isTaken = true;
  return byte;
}
