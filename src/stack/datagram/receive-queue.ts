import { HEADROOM, type Packet } from "../packet.ts";

/** What a packet counts for beyond its bytes: Linux's truesize of a small one is 768. */
const PACKET_COST = 640;
/** Linux's net.core.rmem_default, which SO_RCVBUF begins with. */
const DEFAULT_LIMIT_BYTES = 212_992;
/** Content that is worth a copy into a small packet, so that a large one does not lie in a queue half empty. */
const COPY_BREAK = 1700;

/**
 * Datagrams that wait to be read. What comes when it is full is dropped, as SO_RCVBUF has it: a datagram is taken while
 * any room is left. Of each packet, `start` to `end` is what the program reads; the headers before it are still there.
 */
export class ReceiveQueue {
  /** SO_RCVBUF as the kernel keeps it. */
  limitBytes: number = DEFAULT_LIMIT_BYTES;
  /** Datagrams for which there was no room: SO_RXQ_OVFL. */
  dropped = 0;
  #first: Packet | undefined;
  #last: Packet | undefined;
  #bytes = 0;
  #count = 0;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Datagrams that wait. */
  get count(): number {
    return this.#count;
  }

  /** What they count for against the limit. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest one, which stays. */
  get first(): Packet | undefined {
    return this.#first;
  }

  /** Takes a packet. Returns false, with the packet released, when there is no room. */
  add(packet: Packet): boolean {
    if (this.#bytes >= this.limitBytes) {
      this.dropped++;
      packet.release();
      return false;
    }
    const kept = compact(packet);
    kept.next = undefined;
    if (this.#last === undefined) this.#first = kept;
    else this.#last.next = kept;
    this.#last = kept;
    this.#bytes += kept.end - kept.start + PACKET_COST;
    this.#count++;
    return true;
  }

  /** Takes the oldest one out; the caller releases it. */
  take(): Packet | undefined {
    const packet = this.#first;
    if (packet === undefined) return undefined;
    this.#first = packet.next;
    if (this.#first === undefined) this.#last = undefined;
    packet.next = undefined;
    this.#bytes -= packet.end - packet.start + PACKET_COST;
    this.#count--;
    return packet;
  }

  /** Drops all. */
  clear(): void {
    for (let packet = this.take(); packet !== undefined; packet = this.take()) packet.release();
  }
}

/** The packet, or a small copy of it when it is a large one with little in it. */
function compact(packet: Packet): Packet {
  const first = packet.link >= 0 ? packet.link : packet.network;
  const isLarge = packet.bytes.length > 2 * COPY_BREAK;
  // The headers must lie where those of a small packet do.
  if (!isLarge || packet.end > HEADROOM + COPY_BREAK || first < 0) return packet;
  const start = packet.start;
  packet.start = first;
  const copy = packet.clone();
  packet.start = start;
  if (copy === undefined) return packet;
  copy.start = start;
  packet.release();
  return copy;
}
