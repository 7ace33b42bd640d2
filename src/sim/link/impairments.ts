import { ETHERNET_HEADER_BYTES } from "../../wire/ethernet.ts";
import type { Packet } from "../../stack/packet.ts";
import type { SeededRandom } from "../random.ts";
import { completeChecksum } from "../trace/bytes-on-wire.ts";
import { drawDelayUs, isConstant } from "./delay.ts";
import { Loss } from "./loss.ts";
import type { ChannelSettings } from "./settings.ts";

/** What chance does to the packets of a channel. A channel without any of it has no such object. */
export class Impairments {
  readonly #settings: ChannelSettings;
  readonly #random: SeededRandom;
  readonly #loss: Loss | undefined;

  constructor(settings: ChannelSettings, random: SeededRandom) {
    this.#settings = settings;
    this.#random = random;
    this.#loss = settings.loss === undefined || settings.loss === 0 ? undefined : new Loss(settings.loss, random);
  }

  /** Whether settings ask for any. */
  static areIn({ loss = 0, duplication = 0, corruption = 0, jitterMs = 0, delayMs = 0 }: ChannelSettings): boolean {
    return loss !== 0 || duplication > 0 || corruption > 0 || jitterMs > 0 || !isConstant(delayMs);
  }

  /** Whether the next packet is lost. */
  loses(): boolean {
    return this.#loss?.strikes() ?? false;
  }

  /** A second copy of the packet, where there is to be one. */
  duplicate(packet: Packet): Packet | undefined {
    const { duplication = 0 } = this.#settings;
    return duplication > 0 && this.#random.chance(duplication) ? packet.clone() : undefined;
  }

  /** Turns a bit over somewhere behind the Ethernet header, whose own check sequence would find it. */
  corrupt(packet: Packet): void {
    const { corruption = 0 } = this.#settings;
    if (corruption === 0 || !this.#random.chance(corruption)) return;
    const bytes = packet.end - packet.start - ETHERNET_HEADER_BYTES;
    if (bytes <= 0) return;
    completeChecksum(packet);
    const at = packet.start + ETHERNET_HEADER_BYTES + this.#random.below(bytes);
    packet.bytes[at] = (packet.bytes[at] as number) ^ (1 << this.#random.below(8));
  }

  /** The next packet's time on the way. */
  delayUs(): number {
    const { delayMs = 0, jitterMs = 0 } = this.#settings;
    const delayUs = drawDelayUs(delayMs, this.#random);
    if (jitterMs === 0) return delayUs;
    return Math.max(0, delayUs + Math.round((2 * this.#random.fraction() - 1) * jitterMs * 1000));
  }
}
