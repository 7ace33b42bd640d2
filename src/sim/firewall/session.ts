import { IpAddress } from "../../stack/ip/address.ts";
import { isIcmpv4Error } from "../../wire/icmpv4.ts";
import { isIcmpv6Error } from "../../wire/icmpv6.ts";
import { IpHeader, isFragment } from "../../wire/ip-header.ts";
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ip-protocol.ts";
import { parseQuotedIpv4 } from "../../wire/ipv4.ts";
import { parseIpv6Extensions } from "../../wire/ipv6-extension.ts";
import { parseQuotedIpv6 } from "../../wire/ipv6.ts";
import { OK } from "../../wire/reason.ts";
import { TCP_FLAGS_OFFSET } from "../../wire/tcp.ts";

/** Bytes of a transport's header that are there at least, also when an ICMP error quotes it (RFC 792). */
const TRANSPORT_BYTES = 8;
/** Bytes of an ICMP error before what it quotes. */
const ICMP_BYTES = 8;

/** Who speaks to whom in a packet; ports are 0 where there are none, and a ping's identifier where it is one. */
export interface Session {
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of a TCP segment. */
  readonly tcpFlags: number;
  /** A fragment that has no ports. */
  readonly isLaterFragment: boolean;
  /** Of an ICMP error: the session that it is about, as it was sent. */
  readonly about: Session | undefined;
}

/** Reads whose packet it is, from its header at `start`; undefined when it is no IP packet. */
export function readSession(view: DataView, start: number, end: number, ip: IpHeader): Session | undefined {
  const isV4 = end > start && view.getUint8(start) >>> 4 === 4;
  if ((isV4 ? parseQuotedIpv4 : parseQuotedIpv6)(view, start, end, ip) !== OK) return undefined;
  if (!isV4 && parseIpv6Extensions(view, ip) !== OK) return undefined;
  const { protocol, payloadStart: at } = ip;
  const session = {
    protocol,
    source: IpAddress.sourceOf(ip),
    destination: IpAddress.destinationOf(ip),
    sourcePort: 0,
    destinationPort: 0,
    tcpFlags: 0,
    isLaterFragment: isFragment(ip) && ip.fragmentOffset > 0,
    about: undefined as Session | undefined,
  };
  if (session.isLaterFragment || end - at < TRANSPORT_BYTES) return session;
  if (protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP) {
    session.sourcePort = view.getUint16(at);
    session.destinationPort = view.getUint16(at + 2);
    if (protocol === PROTOCOL_TCP && end > at + TCP_FLAGS_OFFSET)
      session.tcpFlags = view.getUint8(at + TCP_FLAGS_OFFSET);
  } else if (protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6) {
    const type = view.getUint8(at);
    const isError = protocol === PROTOCOL_ICMP ? isIcmpv4Error(type) : isIcmpv6Error(type);
    if (isError) session.about = readSession(view, at + ICMP_BYTES, end, new IpHeader());
    // A question and its answer have the same identifier.
    else session.sourcePort = session.destinationPort = view.getUint16(at + 4);
  }
  return session;
}
