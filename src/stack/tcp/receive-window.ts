import type { Connection } from "./connection.ts";
import { distance } from "./sequence.ts";
import type { TcpSettings } from "./settings.ts";

/** RFC 7323 §2.3. */
const MOST_SCALE = 14;
const MOST_16 = 0xffff;
/** The program's bytes are half of the buffer's limit, as Linux reckons its overhead (tcp_adv_win_scale 1). */
const SHARE = 2;
/** TCP_MIN_MSS, TCP_MSS_DEFAULT. */
const LEAST_GUESS = 88;
const MOST_GUESS = 536;
/** Segments by which the window may open for each full one received: slow start from the receiver's side. */
const GROWTH_SEGMENTS = 2;

/** The window that this side offers: RFC 9293 §3.8.6. */
export class ReceiveWindow {
  /** What was advertised last, and RCV.NXT at that time: the right edge never goes back (RFC 9293 §3.8.6). */
  size = 0;
  updatedAt = 0;
  scale = 0;
  /** What may be advertised now: it grows with what comes (tcpi_rcv_ssthresh). */
  threshold = 0;
  /** The largest segments that the peer sends: an estimate. */
  segmentBytes = 536;
  /** Where the measurement of the program's appetite began, what it was last time, and when (dynamic right-sizing). */
  measuredFrom = 0;
  measuredUs = 0;
  appetite = 0;
  /** The round trip as the receiver sees it; 0 when it does not know. */
  rttUs = 0;

  /** The window of the first segment: whole segments, 64 KiB at most. */
  begin(settings: TcpSettings, segmentBytes: number): void {
    const full = fullSpace(settings);
    this.scale = settings.windowScaling ? scaleFor(settings) : 0;
    const space = Math.min(full, MOST_16);
    this.size = space > segmentBytes ? space - (space % segmentBytes) : space;
    this.threshold = this.size;
    this.appetite = INITIAL_SEGMENTS * segmentBytes;
    // A guess that is too small costs an acknowledgement, one that is too large a delay.
    this.segmentBytes = Math.min(segmentBytes, Math.max(LEAST_GUESS, Math.min(MOST_GUESS, this.size >> 1)));
  }

  /** What the peer may still send. */
  left(next: number): number {
    return Math.max(0, this.size - distance(next, this.updatedAt));
  }
}

/** Segments that a reader is expected to take at first. */
const INITIAL_SEGMENTS = 10;

/** The most that can ever be advertised. */
export function fullSpace(settings: TcpSettings): number {
  const space = Math.floor(settings.receiveBufferBytes / SHARE);
  return settings.windowClampBytes > 0 ? Math.min(space, settings.windowClampBytes) : space;
}

/** The scale that the largest buffer needs, or the one that the program has fixed (SO_RCVBUF): RFC 7323 §2. */
export function scaleFor(settings: TcpSettings): number {
  const limit = settings.receiveBufferFixed ? fullSpace(settings) : settings.receiveBufferLimitBytes;
  const most = settings.windowClampBytes > 0 ? Math.min(limit, settings.windowClampBytes) : limit;
  let scale = 0;
  for (let space = most; space > MOST_16 && scale < MOST_SCALE; space /= 2) scale++;
  return scale;
}

/** What can be advertised: whole segments, or what has grown enough (silly-window avoidance, RFC 9293 §3.8.6.2.2). */
function wantedWindow(c: Connection): number {
  const window = c.receiveWindow;
  const full = fullSpace(c.settings);
  const segment = Math.min(window.segmentBytes, full);
  const free = Math.min(full - c.receive.length, window.threshold);
  if (free < full >> 4 || free < segment) return 0;
  if (window.scale > 0) {
    const unit = 1 << window.scale;
    return Math.ceil(free / unit) * unit;
  }
  const before = window.size;
  if (before <= free - segment || before > free) return free - (free % segment);
  if (segment === full && free > before + (full >> 1)) return free;
  return before;
}

/** The window of the segment that is about to leave. */
export function selectWindow(c: Connection): number {
  const window = c.receiveWindow;
  const left = window.left(c.rcvNxt);
  let wanted = wantedWindow(c);
  if (wanted < left) {
    // RFC 9293 §3.8.6: what was granted is not taken back.
    const unit = 1 << window.scale;
    wanted = Math.ceil(left / unit) * unit;
  }
  const most = c.scalingOn ? MOST_16 << window.scale : Math.min(MOST_16, 0x7fff_ffff);
  window.size = Math.min(wanted, most);
  window.updatedAt = c.rcvNxt;
  return window.size;
}

/** The program has read: is the window so much larger that the peer should hear of it? */
export function opensWindow(c: Connection): boolean {
  const window = c.receiveWindow;
  const left = window.left(c.rcvNxt);
  const full = fullSpace(c.settings);
  if (2 * left > full) return false;
  const wanted = wantedWindow(c);
  return wanted > 0 && wanted >= 2 * left;
}

/** Full segments came: more may be offered. */
export function growWindow(c: Connection, length: number): void {
  const window = c.receiveWindow;
  if (length > window.segmentBytes) window.segmentBytes = Math.min(length, c.advertisedMss);
  const most = fullSpace(c.settings);
  if (window.threshold >= most || length < 128) return;
  const segments = Math.max(1, Math.floor(length / window.segmentBytes));
  window.threshold = Math.min(most, window.threshold + GROWTH_SEGMENTS * window.segmentBytes * segments);
}

/** The program has read: the buffer follows twice what it takes in a round trip. */
export function tuneReceiveBuffer(c: Connection): void {
  const window = c.receiveWindow;
  const { settings } = c;
  const nowUs = c.tcp.nowUs;
  const rttUs = window.rttUs > 0 ? window.rttUs : c.rtt.smoothedUs;
  if (rttUs === 0 || nowUs - window.measuredUs < rttUs) return;
  const copied = distance(c.receive.start, window.measuredFrom);
  window.measuredFrom = c.receive.start;
  window.measuredUs = nowUs;
  if (copied <= window.appetite) return;
  if (!settings.receiveBufferFixed) {
    // Twice the appetite, for the sender's window doubles in slow start; and what it grows by in this round trip.
    const growth = (2 * copied * (copied - window.appetite)) / window.appetite;
    const wanted = SHARE * (2 * copied + 16 * c.advertisedMss + 2 * growth);
    const bytes = Math.min(settings.receiveBufferLimitBytes, Math.floor(wanted));
    if (bytes > settings.receiveBufferBytes) {
      settings.receiveBufferBytes = bytes;
      window.threshold = Math.max(window.threshold, Math.min(fullSpace(settings), 2 * copied));
    }
  }
  window.appetite = copied;
}
