import type { TcpInfo } from "../api/options.ts";
import { type OptionCodec, paddedView } from "./codec.ts";

/** Bytes of `struct tcp_info` in the newest kernel known here (6.18); older ones give fewer, newer ones more. */
export const TCP_INFO_SIZE = 280;
/** Bytes that every kernel gives: up to `tcpi_total_retrans`, Linux 2.6. */
const FIRST_SIZE = 104;

interface TcpInfoField {
  /** The name in C, without tcpi_. */
  readonly c: string;
  readonly name: keyof TcpInfo;
  readonly offset: number;
  readonly bytes: 1 | 2 | 4 | 8;
}

/** `struct tcp_info`, TCP_INFO in tcp(7), except its two bytes of bit fields. */
export const TCP_INFO_FIELDS: readonly TcpInfoField[] = [
  { c: "state", name: "state", offset: 0, bytes: 1 },
  { c: "ca_state", name: "caState", offset: 1, bytes: 1 },
  { c: "retransmits", name: "retransmits", offset: 2, bytes: 1 },
  { c: "probes", name: "probes", offset: 3, bytes: 1 },
  { c: "backoff", name: "backoff", offset: 4, bytes: 1 },
  { c: "options", name: "options", offset: 5, bytes: 1 },
  { c: "rto", name: "rtoUs", offset: 8, bytes: 4 },
  { c: "ato", name: "atoUs", offset: 12, bytes: 4 },
  { c: "snd_mss", name: "sndMss", offset: 16, bytes: 4 },
  { c: "rcv_mss", name: "rcvMss", offset: 20, bytes: 4 },
  { c: "unacked", name: "unacked", offset: 24, bytes: 4 },
  { c: "sacked", name: "sacked", offset: 28, bytes: 4 },
  { c: "lost", name: "lost", offset: 32, bytes: 4 },
  { c: "retrans", name: "retrans", offset: 36, bytes: 4 },
  { c: "fackets", name: "fackets", offset: 40, bytes: 4 },
  { c: "last_data_sent", name: "lastDataSentMs", offset: 44, bytes: 4 },
  { c: "last_ack_sent", name: "lastAckSentMs", offset: 48, bytes: 4 },
  { c: "last_data_recv", name: "lastDataRecvMs", offset: 52, bytes: 4 },
  { c: "last_ack_recv", name: "lastAckRecvMs", offset: 56, bytes: 4 },
  { c: "pmtu", name: "pmtu", offset: 60, bytes: 4 },
  { c: "rcv_ssthresh", name: "rcvSsthresh", offset: 64, bytes: 4 },
  { c: "rtt", name: "rttUs", offset: 68, bytes: 4 },
  { c: "rttvar", name: "rttvarUs", offset: 72, bytes: 4 },
  { c: "snd_ssthresh", name: "sndSsthresh", offset: 76, bytes: 4 },
  { c: "snd_cwnd", name: "sndCwnd", offset: 80, bytes: 4 },
  { c: "advmss", name: "advmss", offset: 84, bytes: 4 },
  { c: "reordering", name: "reordering", offset: 88, bytes: 4 },
  { c: "rcv_rtt", name: "rcvRttUs", offset: 92, bytes: 4 },
  { c: "rcv_space", name: "rcvSpace", offset: 96, bytes: 4 },
  { c: "total_retrans", name: "totalRetrans", offset: 100, bytes: 4 },
  { c: "pacing_rate", name: "pacingRate", offset: 104, bytes: 8 },
  { c: "max_pacing_rate", name: "maxPacingRate", offset: 112, bytes: 8 },
  { c: "bytes_acked", name: "bytesAcked", offset: 120, bytes: 8 },
  { c: "bytes_received", name: "bytesReceived", offset: 128, bytes: 8 },
  { c: "segs_out", name: "segsOut", offset: 136, bytes: 4 },
  { c: "segs_in", name: "segsIn", offset: 140, bytes: 4 },
  { c: "notsent_bytes", name: "notsentBytes", offset: 144, bytes: 4 },
  { c: "min_rtt", name: "minRttUs", offset: 148, bytes: 4 },
  { c: "data_segs_in", name: "dataSegsIn", offset: 152, bytes: 4 },
  { c: "data_segs_out", name: "dataSegsOut", offset: 156, bytes: 4 },
  { c: "delivery_rate", name: "deliveryRate", offset: 160, bytes: 8 },
  { c: "busy_time", name: "busyTimeUs", offset: 168, bytes: 8 },
  { c: "rwnd_limited", name: "rwndLimitedUs", offset: 176, bytes: 8 },
  { c: "sndbuf_limited", name: "sndbufLimitedUs", offset: 184, bytes: 8 },
  { c: "delivered", name: "delivered", offset: 192, bytes: 4 },
  { c: "delivered_ce", name: "deliveredCe", offset: 196, bytes: 4 },
  { c: "bytes_sent", name: "bytesSent", offset: 200, bytes: 8 },
  { c: "bytes_retrans", name: "bytesRetrans", offset: 208, bytes: 8 },
  { c: "dsack_dups", name: "dsackDups", offset: 216, bytes: 4 },
  { c: "reord_seen", name: "reordSeen", offset: 220, bytes: 4 },
  { c: "rcv_ooopack", name: "rcvOoopack", offset: 224, bytes: 4 },
  { c: "snd_wnd", name: "sndWnd", offset: 228, bytes: 4 },
  { c: "rcv_wnd", name: "rcvWnd", offset: 232, bytes: 4 },
  { c: "rehash", name: "rehash", offset: 236, bytes: 4 },
  { c: "total_rto", name: "totalRto", offset: 240, bytes: 2 },
  { c: "total_rto_recoveries", name: "totalRtoRecoveries", offset: 242, bytes: 2 },
  { c: "total_rto_time", name: "totalRtoTimeMs", offset: 244, bytes: 4 },
  { c: "received_ce", name: "receivedCe", offset: 248, bytes: 4 },
  { c: "delivered_e1_bytes", name: "deliveredE1Bytes", offset: 252, bytes: 4 },
  { c: "delivered_e0_bytes", name: "deliveredE0Bytes", offset: 256, bytes: 4 },
  { c: "delivered_ce_bytes", name: "deliveredCeBytes", offset: 260, bytes: 4 },
  { c: "received_e1_bytes", name: "receivedE1Bytes", offset: 264, bytes: 4 },
  { c: "received_e0_bytes", name: "receivedE0Bytes", offset: 268, bytes: 4 },
  { c: "received_ce_bytes", name: "receivedCeBytes", offset: 272, bytes: 4 },
];

// Bit fields have no offset in C: the byte, from its lowest bit on (little-endian).
const WSCALE_BYTE = 6; // snd 4 bits, rcv 4 bits
const FLAG_BYTE = 7; // delivery_rate_app_limited 1 bit, fastopen_client_fail 2 bits

const ALL_ONES = 0xffffffffffffffffn;

function numberAt(view: DataView, offset: number, bytes: 1 | 2 | 4 | 8): number {
  if (bytes === 1) return view.getUint8(offset);
  if (bytes === 2) return view.getUint16(offset, true);
  if (bytes === 4) return view.getUint32(offset, true);
  const value = view.getBigUint64(offset, true);
  return value === ALL_ONES ? Infinity : Number(value); // A pacing rate without a limit.
}

export const tcpInfoCodec: OptionCodec<TcpInfo> = {
  size: TCP_INFO_SIZE,
  decode(bytes) {
    const view = paddedView(bytes, FIRST_SIZE);
    const info: Record<string, number | boolean> = {};
    for (const { name, offset, bytes: width } of TCP_INFO_FIELDS) {
      if (offset + width > view.byteLength) break;
      info[name] = numberAt(view, offset, width);
    }
    info["sndWscale"] = view.getUint8(WSCALE_BYTE) & 0xf;
    info["rcvWscale"] = view.getUint8(WSCALE_BYTE) >> 4;
    info["deliveryRateAppLimited"] = (view.getUint8(FLAG_BYTE) & 1) !== 0;
    info["fastopenClientFail"] = (view.getUint8(FLAG_BYTE) >> 1) & 3;
    return info as unknown as TcpInfo;
  },
};
