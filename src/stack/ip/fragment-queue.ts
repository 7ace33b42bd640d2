import { updateChecksum } from "../../wire/checksum.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { IPV4_CHECKSUM_OFFSET } from "../../wire/ipv4.ts";
import { IPV6_HEADER_BYTES } from "../../wire/ipv6-extension.ts";
import { CHECKSUM_NONE, type Packet, type PacketPool } from "../packet.ts";
import { Timer, type TimerOwner } from "../timer/timer.ts";

/** Fragments of one packet: 64 KiB over a link of 296 bytes come to 240. */
const MAX_FRAGMENTS = 512;
/** The longest packet, headers included, for either version without jumbograms. */
const MAX_PACKET_BYTES = 65535;
/** ECN codepoints: RFC 3168 §5. */
const ECN_MASK = 3;
const ECN_CE = 3;

/** The fragments of one packet, in order of their offsets, without overlaps. */
export class FragmentQueue implements TimerOwner {
  readonly #version: number;
  readonly identification: number;
  readonly #protocol: number;
  readonly #source0: number;
  readonly #source1: number;
  readonly #source2: number;
  readonly source3: number;
  readonly #destination0: number;
  readonly #destination1: number;
  readonly #destination2: number;
  readonly destination3: number;
  readonly timer: Timer;
  /** Memory that the fragments hold. */
  bytes = 0;
  readonly #packets: Packet[] = [];
  readonly #offsets: number[] = [];
  readonly #ends: number[] = [];
  /** Bytes of payload that are here, and where the payload ends; -1 until the last fragment came. */
  #received = 0;
  #length = -1;
  /** The ECN codepoints that were seen, a bit each. */
  #ecn = 0;
  readonly #expired: (queue: FragmentQueue) => void;

  constructor(ip: IpHeader, expired: (queue: FragmentQueue) => void) {
    this.#version = ip.version;
    this.identification = ip.identification;
    this.#protocol = ip.protocol;
    this.#source0 = ip.source0;
    this.#source1 = ip.source1;
    this.#source2 = ip.source2;
    this.source3 = ip.source3;
    this.#destination0 = ip.destination0;
    this.#destination1 = ip.destination1;
    this.#destination2 = ip.destination2;
    this.destination3 = ip.destination3;
    this.timer = new Timer(this);
    this.#expired = expired;
  }

  expired(): void {
    this.#expired(this);
  }

  /** Whether a fragment belongs to this packet. IPv6 knows no protocol by which to tell them apart (RFC 8200 §4.5). */
  isOf(ip: IpHeader): boolean {
    return (
      this.identification === ip.identification &&
      this.source3 === ip.source3 &&
      this.destination3 === ip.destination3 &&
      this.#version === ip.version &&
      (this.#version === 6 || this.#protocol === ip.protocol) &&
      this.#source0 === ip.source0 &&
      this.#source1 === ip.source1 &&
      this.#source2 === ip.source2 &&
      this.#destination0 === ip.destination0 &&
      this.#destination1 === ip.destination1 &&
      this.#destination2 === ip.destination2
    );
  }

  get isWhole(): boolean {
    return this.#received === this.#length;
  }

  /** Takes a fragment. Returns false, with the fragment released, when the packet must be given up. */
  add(packet: Packet, ip: IpHeader): boolean {
    const offset = ip.fragmentOffset;
    const end = offset + (ip.payloadEnd - ip.payloadStart);
    const place = this.#place(offset);
    if (this.#offsets[place] === offset && this.#ends[place] === end) {
      // An exact duplicate changes nothing (RFC 8200 §4.5).
      packet.release();
      return true;
    }
    if (!this.#fits(place, offset, end, ip.moreFragments)) {
      packet.release();
      return false;
    }
    if (!ip.moreFragments) this.#length = end;
    packet.start = ip.payloadStart;
    packet.end = ip.payloadEnd;
    packet.transport = ip.fragmentAt;
    this.#packets.splice(place, 0, packet);
    this.#offsets.splice(place, 0, offset);
    this.#ends.splice(place, 0, end);
    this.#received += end - offset;
    this.#ecn |= 1 << (ip.trafficClass & ECN_MASK);
    this.bytes += packet.bytes.length;
    return true;
  }

  /** The first fragment, as it came, when it is here. */
  takeFirst(): Packet | undefined {
    const first = this.#packets[0];
    if (first === undefined || this.#offsets[0] !== 0) return undefined;
    this.#packets.shift();
    this.bytes -= first.bytes.length;
    first.start = first.network;
    return first;
  }

  /** The whole packet, with the headers of the first fragment; undefined when it is too long or memory is out. */
  join(pool: PacketPool): Packet | undefined {
    const first = this.#packets[0] as Packet;
    // IPv6's Fragment header goes, and what comes before it stays.
    const headEnd = this.#version === 4 ? first.start : first.transport;
    const headBytes = headEnd - first.network;
    if (headBytes + this.#length > MAX_PACKET_BYTES || !this.#isEcnLegal()) return undefined;
    const whole = pool.allocate(headBytes + this.#length);
    if (whole === undefined) return undefined;
    const at = whole.start;
    whole.bytes.set(first.bytes.subarray(first.network, headEnd), at);
    for (const [index, packet] of this.#packets.entries()) {
      const from = at + headBytes + (this.#offsets[index] as number);
      whole.bytes.set(packet.bytes.subarray(packet.start, packet.end), from);
    }
    whole.end = at + headBytes + this.#length;
    whole.network = at;
    whole.checksum = CHECKSUM_NONE;
    whole.iface = first.iface;
    whole.packetType = first.packetType;
    whole.etherType = first.etherType;
    whole.receivedUs = first.receivedUs;
    if (this.#version === 4) this.#finishIpv4(whole);
    else this.#finishIpv6(whole, first);
    return whole;
  }

  release(): void {
    for (const packet of this.#packets) packet.release();
    this.#packets.length = 0;
    this.bytes = 0;
  }

  /** Where a fragment with that offset stands or would stand. Most come in order. */
  #place(offset: number): number {
    let place = this.#offsets.length;
    while (place > 0 && (this.#offsets[place - 1] as number) >= offset) place--;
    return place;
  }

  #fits(place: number, offset: number, end: number, moreFragments: boolean): boolean {
    if (this.#packets.length >= MAX_FRAGMENTS || end === offset) return false;
    // IPv4's fragments but the last are multiples of eight bytes too: the next offset could not be named otherwise.
    if (moreFragments && (end & 7) !== 0) return false;
    if (this.#length >= 0 && (end > this.#length || !moreFragments)) return false;
    if (!moreFragments && (this.#ends.at(-1) ?? 0) > end) return false;
    // RFC 5722 §3, RFC 8200 §4.5: fragments that overlap are an attack.
    const endBefore = place === 0 ? 0 : (this.#ends[place - 1] as number);
    const startAfter = this.#offsets[place] ?? Infinity;
    return endBefore <= offset && end <= startAfter;
  }

  /** RFC 3168 §5.3: fragments that were marked and fragments that were not capable of it do not come of one packet. */
  #isEcnLegal(): boolean {
    const isMarked = (this.#ecn & (1 << ECN_CE)) !== 0;
    return !isMarked || (this.#ecn & 1) === 0;
  }

  #finishIpv4(whole: Packet): void {
    const { view, network } = whole;
    const first = view.getUint16(network);
    const marked = (this.#ecn & (1 << ECN_CE)) !== 0 ? first | ECN_CE : first;
    let sum = view.getUint16(network + IPV4_CHECKSUM_OFFSET);
    sum = updateChecksum(sum, first, marked);
    sum = updateChecksum(sum, view.getUint16(network + 2), whole.end - network);
    sum = updateChecksum(sum, view.getUint16(network + 6), 0);
    view.setUint16(network, marked);
    view.setUint16(network + 2, whole.end - network);
    view.setUint16(network + 6, 0);
    view.setUint16(network + IPV4_CHECKSUM_OFFSET, sum);
  }

  #finishIpv6(whole: Packet, first: Packet): void {
    const { view, network } = whole;
    view.setUint16(network + 4, whole.end - network - IPV6_HEADER_BYTES);
    const nextHeader = first.view.getUint8(first.transport);
    view.setUint8(this.#fieldThatNamed(first) - first.network + network, nextHeader);
    if ((this.#ecn & (1 << ECN_CE)) !== 0) view.setUint8(network + 1, view.getUint8(network + 1) | (ECN_CE << 4));
  }

  /** Where the Next Header field is that named the Fragment header. */
  #fieldThatNamed(first: Packet): number {
    let field = first.network + 6;
    let at = first.network + IPV6_HEADER_BYTES;
    while (at < first.transport) {
      field = at;
      at += (first.view.getUint8(at + 1) + 1) * 8;
    }
    return field;
  }
}
