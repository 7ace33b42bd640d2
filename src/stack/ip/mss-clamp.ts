import { updateChecksum } from "../../wire/checksum.ts";
import { type IpHeader, isFragment } from "../../wire/ip-header.ts";
import { PROTOCOL_TCP } from "../../wire/ip-protocol.ts";
import { TCP_SYN } from "../../wire/tcp-header.ts";
import { mssOptionAt } from "../../wire/tcp-option.ts";
import { TCP_CHECKSUM_OFFSET, TCP_FLAGS_OFFSET, TCP_HEADER_BYTES } from "../../wire/tcp.ts";
import { CHECKSUM_PARTIAL, type Packet } from "../packet.ts";

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;

/**
 * Lowers the MSS of a SYN that is passed on to what fits into packets of `mtu` bytes: for paths whose routers or
 * firewalls do not say that a packet is too big (RFC 2923 §2.1). It is never raised, and none is added.
 */
export function clampMss(packet: Packet, ip: IpHeader, mtu: number): void {
  if (ip.protocol !== PROTOCOL_TCP || isFragment(ip)) return;
  const { view } = packet;
  const start = ip.payloadStart;
  if (ip.payloadEnd - start < TCP_HEADER_BYTES) return;
  if ((view.getUint8(start + TCP_FLAGS_OFFSET) & TCP_SYN) === 0) return;
  const optionsEnd = Math.min(start + (view.getUint8(start + 12) >>> 4) * 4, ip.payloadEnd);
  const at = mssOptionAt(view, start + TCP_HEADER_BYTES, optionsEnd);
  if (at < 0) return;
  const most = mtu - (ip.version === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES) - TCP_HEADER_BYTES;
  if (most <= 0 || view.getUint16(at) <= most) return;
  writeWord(packet, start, at, most);
}

/** Writes 16 bits at any place of a segment, whose checksum follows: RFC 1624. */
function writeWord({ view, checksum }: Packet, start: number, at: number, value: number): void {
  // An option may begin at an odd place: then it is in two words of the checksum.
  const first = at - ((at - start) & 1);
  const last = at + 1 - ((at + 1 - start) & 1);
  const before0 = view.getUint16(first);
  const before1 = view.getUint16(last);
  view.setUint16(at, value);
  // A checksum that is not made yet is of the pseudo-header alone.
  if (checksum === CHECKSUM_PARTIAL) return;
  const checksumAt = start + TCP_CHECKSUM_OFFSET;
  let sum = updateChecksum(view.getUint16(checksumAt), before0, view.getUint16(first));
  if (last !== first) sum = updateChecksum(sum, before1, view.getUint16(last));
  view.setUint16(checksumAt, sum);
}
