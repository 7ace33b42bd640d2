import { internalError } from "../api/errors.ts";

/** Free bytes before the payload of a new packet, so that each layer prepends its header in place. */
export const HEADROOM = 192;
/** Bytes of a small packet, headroom included: a frame of the usual MTU of 1500 fits. */
const SMALL_BYTES = 2048;
/** Bytes of a large packet, headroom included: 64 KiB is the longest IP packet and the longest super-segment. */
const LARGE_BYTES = 65536 + HEADROOM;
/** The most payload that a packet can hold. */
export const PACKET_PAYLOAD_LIMIT: number = LARGE_BYTES - HEADROOM;
/** Packets that share one allocation. */
const SMALL_PER_SLAB = 64;
const LARGE_PER_SLAB = 4;

/** The transport's checksum is in the packet, and nobody has looked at it. */
export const CHECKSUM_NONE = 0;
/**
 * The field at `transport + checksumOffset` holds the folded sum of the pseudo-header, not complemented; the device, or
 * the segmentation before it, adds the sum of `transport..end`. A packet that arrives so never left the machine: it is
 * as good as verified.
 */
export const CHECKSUM_PARTIAL = 1;
/** The transport's checksum was found right. */
export const CHECKSUM_VERIFIED = 2;

/** What `sll_pkttype` says of a packet, packet(7). */
export const PACKET_FOR_HOST = 0;
export const PACKET_BROADCAST = 1;
export const PACKET_MULTICAST = 2;
export const PACKET_FOR_OTHER = 3;
export const PACKET_OUTGOING = 4;

/**
 * One packet, in memory that it owns for as long as somebody holds it. Ownership is linear: who holds a packet passes
 * it on or releases it; who needs it twice clones it. All offsets count from the start of `bytes`.
 */
export class Packet {
  readonly bytes: Uint8Array;
  /** The same memory. */
  readonly view: DataView;
  /** The first byte that counts, and the one after the last. */
  start: number = HEADROOM;
  end: number = HEADROOM;
  /** Where the headers of the link, the network and the transport begin; -1 where there is none. */
  link = -1;
  network = -1;
  transport = -1;
  /** 0, or the payload bytes per segment of a super-segment: one that is yet to be cut, or was put together. */
  segmentBytes = 0;
  /** CHECKSUM_NONE, CHECKSUM_PARTIAL or CHECKSUM_VERIFIED: the state of the transport's checksum. */
  checksum: number = CHECKSUM_NONE;
  /** Where the checksum's field is, from `transport`: 16 for TCP, 6 for UDP. */
  checksumOffset = 0;
  /** The index of the interface that it came in by; 0 for one that was made here. */
  iface = 0;
  /** PACKET_FOR_HOST and its siblings. */
  packetType: number = PACKET_FOR_HOST;
  /** The EtherType of what `network` begins: 0x0800, 0x86dd, 0x0806. */
  etherType = 0;
  /** When it came in. */
  receivedUs = 0;
  /** The packet behind it in whatever queue holds it. */
  next: Packet | undefined = undefined;
  /** False while it lies in the pool. */
  held = false;
  readonly #pool: PacketPool;

  constructor(pool: PacketPool, bytes: Uint8Array) {
    this.#pool = pool;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Makes room for `length` bytes at the front, and returns where they begin. */
  prepend(length: number): number {
    const start = this.start - length;
    if (start < 0) throw internalError(`a packet has no room for ${length} more bytes of headers`);
    this.start = start;
    return start;
  }

  /** Gives the packet back to its pool. Nobody may touch it afterwards. */
  release(): void {
    this.#pool.take(this);
  }

  /** A copy with the same offsets and marks, from the same pool; undefined when the pool has none left. */
  clone(): Packet | undefined {
    const copy = this.#pool.allocate(this.end - HEADROOM);
    if (copy === undefined) return undefined;
    // From the first byte on that a header may still be read at.
    let first = this.start;
    if (this.network >= 0 && this.network < first) first = this.network;
    if (this.link >= 0 && this.link < first) first = this.link;
    copy.bytes.set(this.bytes.subarray(first, this.end), first);
    copy.start = this.start;
    copy.end = this.end;
    copy.link = this.link;
    copy.network = this.network;
    copy.transport = this.transport;
    copy.segmentBytes = this.segmentBytes;
    copy.checksum = this.checksum;
    copy.checksumOffset = this.checksumOffset;
    copy.iface = this.iface;
    copy.packetType = this.packetType;
    copy.etherType = this.etherType;
    copy.receivedUs = this.receivedUs;
    return copy;
  }
}

/** How many packets a pool makes at most. */
export interface PacketPoolLimits {
  /** Packets of 2 KiB; 32768 (64 MiB) unless given. */
  readonly small?: number;
  /** Packets of 64 KiB; 2048 (128 MiB) unless given. */
  readonly large?: number;
}

/**
 * The memory of packets, in two sizes. It grows by a slab when it runs out, up to its limits, and never shrinks. Stacks
 * of one process may share a pool, so that a link between them hands a packet over without a copy.
 */
export class PacketPool {
  readonly #limits: Required<PacketPoolLimits>;
  readonly #small: Packet[] = [];
  readonly #large: Packet[] = [];
  #smallMade = 0;
  #largeMade = 0;
  #inUse = 0;
  #refused = 0;

  constructor(limits: PacketPoolLimits = {}) {
    this.#limits = { small: limits.small ?? 32768, large: limits.large ?? 2048 };
  }

  /** Packets that somebody holds. */
  get inUse(): number {
    return this.#inUse;
  }

  /** How often there was none left. */
  get refused(): number {
    return this.#refused;
  }

  /** Bytes of all packets made so far. */
  get memoryBytes(): number {
    return this.#smallMade * SMALL_BYTES + this.#largeMade * LARGE_BYTES;
  }

  /**
   * An empty packet: `start` and `end` are at HEADROOM, and at least `length` bytes fit behind. Undefined when the
   * pool's limit is reached, or nothing of that length fits into any packet.
   */
  allocate(length: number): Packet | undefined {
    const small = length <= SMALL_BYTES - HEADROOM;
    const packet = small ? (this.#small.pop() ?? this.#growSmall()) : this.#allocateLarge(length);
    if (packet === undefined) {
      this.#refused++;
      return undefined;
    }
    this.#inUse++;
    packet.held = true;
    packet.start = HEADROOM;
    packet.end = HEADROOM;
    packet.link = -1;
    packet.network = -1;
    packet.transport = -1;
    packet.segmentBytes = 0;
    packet.checksum = CHECKSUM_NONE;
    packet.checksumOffset = 0;
    packet.iface = 0;
    packet.packetType = PACKET_FOR_HOST;
    packet.etherType = 0;
    packet.receivedUs = 0;
    return packet;
  }

  /** Takes a packet back; `Packet.release` calls it. */
  take(packet: Packet): void {
    if (!packet.held) throw internalError("a packet was released twice");
    packet.held = false;
    packet.next = undefined;
    this.#inUse--;
    (packet.bytes.length === SMALL_BYTES ? this.#small : this.#large).push(packet);
  }

  #allocateLarge(length: number): Packet | undefined {
    if (length > PACKET_PAYLOAD_LIMIT) return undefined;
    return this.#large.pop() ?? this.#growLarge();
  }

  #growSmall(): Packet | undefined {
    const count = Math.min(SMALL_PER_SLAB, this.#limits.small - this.#smallMade);
    this.#smallMade += count;
    return this.#grow(this.#small, count, SMALL_BYTES);
  }

  #growLarge(): Packet | undefined {
    const count = Math.min(LARGE_PER_SLAB, this.#limits.large - this.#largeMade);
    this.#largeMade += count;
    return this.#grow(this.#large, count, LARGE_BYTES);
  }

  #grow(free: Packet[], count: number, size: number): Packet | undefined {
    const slab = new ArrayBuffer(count * size);
    for (let i = 0; i < count; i++) free.push(new Packet(this, new Uint8Array(slab, i * size, size)));
    return free.pop();
  }
}
