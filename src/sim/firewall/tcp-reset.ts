import type { Packet } from "../../stack/packet.ts";
import type { Stack } from "../../stack/stack.ts";
import { IpHeader, pseudoHeaderSumOf } from "../../wire/ip-header.ts";
import { PROTOCOL_TCP } from "../../wire/ip-protocol.ts";
import { emitIpv4 } from "../../wire/ipv4.ts";
import { IPV6_HEADER_BYTES } from "../../wire/ipv6-extension.ts";
import { emitIpv6 } from "../../wire/ipv6.ts";
import { BAD_OPTION, OK } from "../../wire/reason.ts";
import { emitTcp, parseTcp, sealTcp, TCP_HEADER_BYTES } from "../../wire/tcp.ts";
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, TcpHeader } from "../../wire/tcp-header.ts";

const HOP_LIMIT = 64;

/** Resets a segment's sender in the name of who it was for: RFC 9293 §3.5.2. `ip` is the segment's header. */
export function sendReset(stack: Stack, segment: Packet, ip: IpHeader): void {
  const header = new TcpHeader();
  const reason = parseTcp(segment.view, ip.payloadStart, ip.payloadEnd, header);
  if ((reason !== OK && reason !== BAD_OPTION) || (header.flags & TCP_RST) !== 0) return;
  const { source0, source1, source2, source3 } = ip;
  const path = stack.ip.cachedPath(source0, source1, source2, source3, undefined, PROTOCOL_TCP, 0);
  const packet =
    typeof path === "number" ? undefined : stack.context.pool.allocate(IPV6_HEADER_BYTES + TCP_HEADER_BYTES);
  if (packet === undefined || typeof path === "number") return;
  const reply = replyTo(ip);
  const isV4 = ip.version === 4;
  const { view, start } = packet;
  const emit = isV4 ? emitIpv4 : emitIpv6;
  reply.payloadStart = emit(view, start, reply, TCP_HEADER_BYTES);
  reply.payloadEnd = emitTcp(view, reply.payloadStart, resetFor(header));
  packet.end = reply.payloadEnd;
  packet.transport = reply.payloadStart;
  sealTcp(view, reply.payloadStart, reply.payloadEnd, pseudoHeaderSumOf(reply));
  stack.ip.sendWhole(packet, path);
}

function replyTo(ip: IpHeader): IpHeader {
  const reply = new IpHeader();
  reply.version = ip.version;
  reply.protocol = PROTOCOL_TCP;
  reply.hopLimit = HOP_LIMIT;
  reply.dontFragment = true;
  reply.source0 = ip.destination0;
  reply.source1 = ip.destination1;
  reply.source2 = ip.destination2;
  reply.source3 = ip.destination3;
  reply.destination0 = ip.source0;
  reply.destination1 = ip.source1;
  reply.destination2 = ip.source2;
  reply.destination3 = ip.source3;
  return reply;
}

function resetFor(segment: TcpHeader): TcpHeader {
  const reset = new TcpHeader();
  reset.sourcePort = segment.destinationPort;
  reset.destinationPort = segment.sourcePort;
  const hasAck = (segment.flags & TCP_ACK) !== 0;
  const marks = ((segment.flags & TCP_SYN) === 0 ? 0 : 1) + ((segment.flags & TCP_FIN) === 0 ? 0 : 1);
  reset.flags = hasAck ? TCP_RST : TCP_RST | TCP_ACK;
  reset.sequence = hasAck ? segment.acknowledgment : 0;
  reset.acknowledgment = hasAck ? 0 : (segment.sequence + segment.payloadEnd - segment.payloadStart + marks) | 0;
  return reset;
}
