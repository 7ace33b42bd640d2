import type { TcpHeader } from "../../wire/tcp-header.ts";
import { acknowledge } from "./acknowledge.ts";
import type { Connection } from "./connection.ts";
import { FastOpenState } from "./fast-open-state.ts";
import { ipHeaderBytes, mtuOf, TCP_HEADER_BYTES } from "./path-mtu.ts";
import { markLost } from "./rack.ts";
import { sendSyn } from "./segment.ts";
import type { TcpSettings } from "./settings.ts";
import { retransmitWithoutCongestion } from "./simple-retransmit.ts";
import type { Tcp } from "./tcp.ts";
import { synFlags } from "./timers.ts";
import type { IpAddress } from "../ip/address.ts";

/* The client of TCP Fast Open: RFC 7413 §4.2.1, as Linux does it. */

/** Bits of tcp_fastopen: programs may call so; listeners may be called so; without cookies; without an option. */
export const FAST_OPEN_CLIENT = 1;
export const FAST_OPEN_SERVER = 2;
const CLIENT_WITHOUT_COOKIE = 4;

/** Room that is left for options in a SYN with data, since those on the way may add some. */
const OPTION_SPACE_BYTES = 40;
/** TFO_COOKIE_UNAVAILABLE and its siblings: tcpi_fastopen_client_fail. */
const NO_COOKIE_KNOWN = 1;
const DATA_NOT_TAKEN = 2;
const SYN_WAS_LOST = 3;

/** Whether data may go with a SYN to this server: its cookie is known, or none is needed. */
export function mayCarryData(tcp: Tcp, settings: TcpSettings, server: IpAddress): boolean {
  return needsNoCookie(settings) || tcp.fastOpenCache.find(server) !== undefined;
}

function needsNoCookie({ fastOpen, fastOpenNoCookie }: TcpSettings): boolean {
  return fastOpenNoCookie || (fastOpen & CLIENT_WITHOUT_COOKIE) !== 0;
}

/** Sends the SYN of a connection that begins so: how many of the bytes have gone with it. Without a cookie it asks. */
export function callWithData(c: Connection, bytes: Uint8Array): number {
  const { tcp, settings } = c;
  const state = new FastOpenState();
  c.fastOpen = state;
  const known = tcp.fastOpenCache.find(c.remote);
  if (known === undefined && !needsNoCookie(settings)) {
    state.failure = NO_COOKIE_KNOWN;
    sendSyn(c, synFlags(c), NOTHING);
    return 0;
  }
  const mss = Math.min(known?.mss ?? c.advertisedMss, mtuOf(c) - ipHeaderBytes(c.path) - TCP_HEADER_BYTES);
  const length = Math.max(0, Math.min(bytes.length, mss - OPTION_SPACE_BYTES));
  const cookie = needsNoCookie(settings) ? undefined : known?.cookie;
  if (length > 0) queueData(c, bytes, length);
  state.hasData = length > 0;
  sendSyn(c, synFlags(c), cookie, length);
  return length;
}

const NOTHING = new Uint8Array(0);

function queueData(c: Connection, bytes: Uint8Array, length: number): void {
  const { queue, statistics, tcp } = c;
  const start = c.sndNxt;
  c.sendBuffer.append(bytes, 0, length);
  c.sndNxt = (start + length) | 0;
  queue.push(start, c.sndNxt, tcp.nowUs, 0, 1, statistics.delivered, tcp.nowUs);
}

/** The SYN-ACK has come, and the connection is open. Returns whether the data had to be sent again. */
export function fastOpenAnswered(c: Connection, header: TcpHeader, state: FastOpenState): boolean {
  const { queue, statistics } = c;
  if (header.fastOpenBytes > 0) {
    c.tcp.fastOpenCache.set(c.remote, header.fastOpenCookie.slice(0, header.fastOpenBytes), c.peerMss);
  }
  if (!state.hasData) return false;
  acknowledge(c, header, 0);
  if (queue.length === 0) {
    state.isDataTaken = true;
    // The SYN and its data were one segment.
    statistics.delivered--;
    return false;
  }
  state.failure = statistics.retransmissions > 0 ? SYN_WAS_LOST : DATA_NOT_TAKEN;
  for (let i = 0; i < queue.length; i++) markLost(c, i);
  retransmitWithoutCongestion(c);
  return true;
}
