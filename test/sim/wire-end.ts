import { type Channel, Internet, type Link, type LinkSettings, type Port } from "../../src/sim.ts";
import type { Packet } from "../../src/stack/packet.ts";

/** A frame that came in. */
export interface Arrival {
  readonly timeMs: number;
  /** The number that it was sent with. */
  readonly number: number;
  readonly bytes: number;
  /** Whether each byte behind its number is what it was. */
  readonly isWhole: boolean;
}

const FILLING = 0xa5;
/** An Ethernet header, which nobody reads, and the number. */
const HEADER_BYTES = 18;

/** A port that sends numbered frames and notes what comes in. */
export class WireEnd implements Port {
  readonly name: string;
  channel: Channel | undefined = undefined;
  readonly arrivals: Arrival[] = [];
  readonly #internet: Internet;
  #sent = 0;

  constructor(internet: Internet, name: string) {
    this.#internet = internet;
    this.name = name;
  }

  /** Sends so many frames of so many bytes, now. */
  send(count: number, bytes: number): void {
    for (let i = 0; i < count; i += 1) {
      const packet = this.#internet.context.pool.allocate(bytes) as Packet;
      packet.end = packet.start + bytes;
      packet.bytes.fill(FILLING, packet.start, packet.end);
      packet.view.setUint32(packet.start + 14, this.#sent++);
      this.channel?.send(packet);
    }
  }

  receive(packet: Packet): void {
    const { view, start, end, bytes } = packet;
    this.arrivals.push({
      timeMs: this.#internet.nowMs,
      number: view.getUint32(start + 14),
      bytes: end - start,
      isWhole: bytes.subarray(start + HEADER_BYTES, end).every((byte) => byte === FILLING),
    });
    packet.release();
  }
}

/** Two ends of one link. */
export function wire(internet: Internet, settings: LinkSettings): { near: WireEnd; far: WireEnd; link: Link } {
  const near = new WireEnd(internet, "near");
  const far = new WireEnd(internet, "far");
  return { near, far, link: internet.link(near, far, settings) };
}

/** What arrives of so many frames of 1000 bytes that are sent at once, or one each so many milliseconds. */
export async function arrivalsOf(
  settings: LinkSettings,
  count: number,
  everyMs = 0,
  seed = 1,
): Promise<readonly Arrival[]> {
  const internet = new Internet({ seed });
  const { near, far } = wire(internet, settings);
  for (let i = 0; i < count; i += 1) internet.at(i * everyMs, () => near.send(1, 1000));
  await internet.run({ forMs: count * everyMs + 1e6 });
  if (internet.context.pool.inUse !== 0) throw new Error(`${internet.context.pool.inUse} packets leaked`);
  return far.arrivals;
}
