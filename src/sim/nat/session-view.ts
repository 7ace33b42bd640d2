import { updateChecksum, updateChecksum32 } from "../../wire/checksum.ts";
import {
  ICMPV4_ECHO,
  ICMPV4_ECHO_REPLY,
  ICMPV4_TIMESTAMP,
  ICMPV4_TIMESTAMP_REPLY,
  isIcmpv4Error,
} from "../../wire/icmpv4.ts";
import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ip-protocol.ts";
import { IPV4_CHECKSUM_OFFSET, IPV4_HEADER_BYTES } from "../../wire/ipv4.ts";
import { TCP_CHECKSUM_OFFSET, TCP_FLAGS_OFFSET } from "../../wire/tcp.ts";
import { UDP_CHECKSUM_OFFSET } from "../../wire/udp.ts";

/** What a packet is to who tracks sessions. */
export const OTHER = 0;
/** A segment, a datagram, or a question or an answer of ICMP, or its first fragment. */
export const SESSION = 1;
/** A fragment behind the first, which has no ports. */
export const LATER_FRAGMENT = 2;
/** An ICMP error about a packet of a session. */
export const ICMP_ERROR = 3;

const SOURCE_OFFSET = 12;
const DESTINATION_OFFSET = 16;
const ICMP_HEADER_BYTES = 8;
const ICMP_CHECKSUM_OFFSET = 2;
const ICMP_IDENTIFIER_OFFSET = 4;
/** The ports are in the first eight bytes of every transport, which an ICMP error quotes at least (RFC 792). */
const QUOTED_BYTES = 8;

/**
 * The session that an IPv4 packet belongs to, read and rewritten in place. A question of ICMP has its identifier as the
 * source's port, an answer as the destination's; the other port is 0: RFC 5508 §3.
 */
export class SessionView {
  kind: number = OTHER;
  protocol = 0;
  source = 0;
  destination = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** Of a TCP segment. */
  tcpFlags = 0;
  /** With the addresses and the protocol, which datagram a fragment is of. */
  identification = 0;
  moreFragments = false;
  /** Where the transport's header is. */
  transport = 0;
  /** The transport's checksum is the sum of the pseudo-header alone, not complemented: CHECKSUM_PARTIAL. */
  #isPartial = false;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #network = 0;
  #end = 0;

  /** Reads the packet whose IPv4 header is at `network`, and whose bytes end at `end`; `kind` says what it is. */
  read(view: DataView, network: number, end: number, isPartial = false): this {
    this.#view = view;
    this.#isPartial = isPartial;
    this.#network = network;
    this.#end = end;
    this.kind = OTHER;
    if (end - network < IPV4_HEADER_BYTES || view.getUint8(network) >>> 4 !== 4) return this;
    this.protocol = view.getUint8(network + 9);
    this.source = view.getInt32(network + SOURCE_OFFSET);
    this.destination = view.getInt32(network + DESTINATION_OFFSET);
    this.identification = view.getUint16(network + 4);
    const fragment = view.getUint16(network + 6);
    this.moreFragments = (fragment & 0x2000) !== 0;
    this.transport = network + (view.getUint8(network) & 0x0f) * 4;
    if ((fragment & 0x1fff) !== 0) {
      this.kind = LATER_FRAGMENT;
      return this;
    }
    if (end - this.transport >= QUOTED_BYTES) this.#readPorts();
    return this;
  }

  #readPorts(): void {
    const { transport } = this;
    const view = this.#view;
    if (this.protocol === PROTOCOL_TCP || this.protocol === PROTOCOL_UDP) {
      this.kind = SESSION;
      this.sourcePort = view.getUint16(transport);
      this.destinationPort = view.getUint16(transport + 2);
      const hasFlags = this.protocol === PROTOCOL_TCP && this.#end > transport + TCP_FLAGS_OFFSET;
      this.tcpFlags = hasFlags ? view.getUint8(transport + TCP_FLAGS_OFFSET) : 0;
    } else if (this.protocol === PROTOCOL_ICMP) this.#readIcmp(view.getUint8(transport));
  }

  #readIcmp(type: number): void {
    const identifier = this.#view.getUint16(this.transport + ICMP_IDENTIFIER_OFFSET);
    if (type === ICMPV4_ECHO || type === ICMPV4_TIMESTAMP) {
      this.kind = SESSION;
      this.sourcePort = identifier;
      this.destinationPort = 0;
    } else if (type === ICMPV4_ECHO_REPLY || type === ICMPV4_TIMESTAMP_REPLY) {
      this.kind = SESSION;
      this.sourcePort = 0;
      this.destinationPort = identifier;
    } else if (isIcmpv4Error(type)) this.kind = ICMP_ERROR;
  }

  /** Of an ICMP error: reads what it quotes into `quoted`. */
  readQuoted(quoted: SessionView): SessionView {
    return quoted.read(this.#view, this.transport + ICMP_HEADER_BYTES, this.#end);
  }

  setSource(address: number, port: number): void {
    this.#setAddress(SOURCE_OFFSET, this.source, address);
    this.source = address;
    if (this.kind !== SESSION || port === this.sourcePort) return;
    this.#setPort(0, port);
    this.sourcePort = port;
  }

  setDestination(address: number, port: number): void {
    this.#setAddress(DESTINATION_OFFSET, this.destination, address);
    this.destination = address;
    if (this.kind !== SESSION || port === this.destinationPort) return;
    this.#setPort(2, port);
    this.destinationPort = port;
  }

  #setAddress(offset: number, before: number, after: number): void {
    if (before === after) return;
    const view = this.#view;
    const checksumAt = this.#network + IPV4_CHECKSUM_OFFSET;
    view.setInt32(this.#network + offset, after);
    view.setUint16(checksumAt, updateChecksum32(view.getUint16(checksumAt), before, after));
    // The pseudo-header has the addresses; ICMP has none.
    if (this.kind === SESSION && this.protocol !== PROTOCOL_ICMP) {
      this.#updateTransport((sum) => updateChecksum32(sum, before, after));
    }
  }

  #setPort(offset: number, port: number): void {
    const view = this.#view;
    const at = this.transport + (this.protocol === PROTOCOL_ICMP ? ICMP_IDENTIFIER_OFFSET : offset);
    const before = view.getUint16(at);
    view.setUint16(at, port);
    // A pseudo-header has no ports.
    if (!this.#isPartial) this.#updateTransport((sum) => updateChecksum(sum, before, port));
  }

  #updateTransport(update: (sum: number) => number): void {
    const at = this.transport + checksumOffset(this.protocol);
    // What an error quotes may end before.
    if (at + 2 > this.#end) return;
    const view = this.#view;
    const before = view.getUint16(at);
    if (this.#isPartial) {
      view.setUint16(at, ~update(~before & 0xffff));
      return;
    }
    const isUdp = this.protocol === PROTOCOL_UDP;
    // A datagram without a checksum stays one (RFC 768).
    if (isUdp && before === 0) return;
    const after = update(before);
    view.setUint16(at, isUdp && after === 0 ? 0xffff : after);
  }
}

function checksumOffset(protocol: number): number {
  if (protocol === PROTOCOL_TCP) return TCP_CHECKSUM_OFFSET;
  return protocol === PROTOCOL_UDP ? UDP_CHECKSUM_OFFSET : ICMP_CHECKSUM_OFFSET;
}
