import { ETHERNET_HEADER_BYTES } from "../../wire/ethernet.ts";
import type { Packet } from "../../stack/packet.ts";
import type { SimEvent } from "../event-queue.ts";
import type { Port } from "../port.ts";
import type { SeededRandom } from "../random.ts";
import type { SimContext } from "../sim-context.ts";
import type { DropReason } from "../trace/tracer.ts";
import { Flight } from "./flight.ts";
import { isConstant } from "./delay.ts";
import { Impairments } from "./impairments.ts";
import { type ChannelSettings, checkChannelSettings, queueLimits } from "./settings.ts";
import { Transmitter } from "./transmitter.ts";

/** Who decides about each packet before a channel deals with it: where rules and other faults stand. */
export interface Gate {
  /**
   * True: the packet goes on. False: it is the gate's now, which drops it (`channel.drop`), or keeps it and sends it
   * on later (`channel.carry`).
   */
  admit(packet: Packet, channel: Channel): boolean;
}

/** What a channel has counted. */
export class ChannelCounters {
  sentPackets = 0;
  sentBytes = 0;
  arrivedPackets = 0;
  arrivedBytes = 0;
  readonly dropped: Partial<Record<DropReason, number>> = {};
}

/**
 * One direction of a link: a queue, a bandwidth, a delay, what is lost. Packets in it are one event in the internet's
 * queue, that of the next to arrive.
 */
export class Channel implements SimEvent {
  place = -1;
  /** Its number in the internet. */
  readonly index: number;
  readonly from: Port;
  /** Where packets come out. */
  readonly to: Port;
  readonly counters: ChannelCounters = new ChannelCounters();
  /** The faults, where there are any. */
  gate: Gate | undefined = undefined;
  /** False while the cable is cut: what is sent, and what is on its way, is lost. */
  #isUp = true;
  readonly #context: SimContext;
  readonly #flight: Flight = new Flight();
  #settings: ChannelSettings = {};
  #delayUs = 0;
  #longest = Infinity;
  #transmitter: Transmitter | undefined = undefined;
  #impairments: Impairments | undefined = undefined;
  #random: SeededRandom | undefined = undefined;
  /** When the last packet arrives that nobody may overtake. */
  #lastUs = 0;

  constructor(context: SimContext, index: number, from: Port, to: Port, settings: ChannelSettings) {
    this.#context = context;
    this.index = index;
    this.from = from;
    this.to = to;
    this.set(settings);
  }

  /** "client.eth0>server.eth0". */
  get name(): string {
    return `${this.from.name}>${this.to.name}`;
  }

  get settings(): ChannelSettings {
    return this.#settings;
  }

  /** Changes some of the settings, from the next packet on. Errors: those of a link's settings. */
  set(settings: ChannelSettings): void {
    checkChannelSettings(settings);
    const all = { ...this.#settings, ...settings };
    this.#settings = all;
    const { delayMs = 0 } = all;
    this.#delayUs = isConstant(delayMs) ? delayMs * 1000 : 0;
    this.#impairments = Impairments.areIn(all) ? new Impairments(all, this.#chance) : undefined;
    this.#longest = all.mtu === undefined ? Infinity : all.mtu + ETHERNET_HEADER_BYTES;
    const rate = all.bandwidthMbps;
    if (rate === undefined || rate === Infinity) this.#transmitter = undefined;
    else if (this.#transmitter === undefined) this.#transmitter = new Transmitter(rate, queueLimits(all));
    else {
      this.#transmitter.bandwidthMbps = rate;
      this.#transmitter.limits = queueLimits(all);
    }
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Cuts the cable, or mends it. */
  set isUp(isUp: boolean) {
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    if (isUp) return;
    while (this.#flight.count > 0) this.drop(this.#take(), "unplugged");
    this.#context.queue.remove(this);
  }

  /** Frames that are in the queue or on their way. */
  get inFlight(): number {
    return this.#flight.count;
  }

  /** Takes a frame over. */
  send(packet: Packet): void {
    this.counters.sentPackets += 1;
    this.counters.sentBytes += packet.end - packet.start;
    this.#context.tracer.packetSent(this, packet);
    if (this.gate !== undefined && !this.gate.admit(packet, this)) return;
    this.carry(packet);
  }

  /** Takes a frame over that the faults have let pass: its queue, its time on the way, its chance. */
  carry(packet: Packet, extraUs = 0): void {
    if (!this.#isUp) return this.drop(packet, "unplugged");
    const bytes = packet.end - packet.start;
    if (bytes > this.#longest) return this.drop(packet, "mtu");
    let leaveUs = this.#context.time.nowUs;
    if (this.#transmitter !== undefined) {
      leaveUs = this.#transmitter.take(bytes, leaveUs);
      if (leaveUs < 0) return this.drop(packet, "queue");
    }
    if (this.#impairments === undefined) this.#arrange(packet, leaveUs + this.#delayUs, extraUs);
    else this.#impair(this.#impairments, packet, leaveUs, extraUs);
  }

  /** Loses a frame, and tells why. */
  drop(packet: Packet, reason: DropReason): void {
    const { dropped } = this.counters;
    dropped[reason] = (dropped[reason] ?? 0) + 1;
    this.#context.tracer.drop(this, packet, reason);
  }

  /** The next packets arrive. */
  fire(): void {
    const flight = this.#flight;
    const { time, tracer, queue } = this.#context;
    while (flight.count > 0 && flight.nextUs <= time.nowUs) {
      const packet = this.#take();
      this.counters.arrivedPackets += 1;
      this.counters.arrivedBytes += packet.end - packet.start;
      tracer.packetArrived(this, packet);
      this.to.receive(packet);
    }
    if (flight.count > 0 && this.place < 0) queue.schedule(this, flight.nextUs);
  }

  /** What chance makes of a packet. */
  #impair(impairments: Impairments, packet: Packet, leaveUs: number, extraUs: number): void {
    if (impairments.loses()) return this.drop(packet, "loss");
    const copy = impairments.duplicate(packet);
    for (const one of copy === undefined ? [packet] : [packet, copy]) {
      impairments.corrupt(one);
      this.#arrange(one, leaveUs + impairments.delayUs(), extraUs);
    }
  }

  /** Puts a packet behind those before it, unless it may overtake them. What a fault delays keeps nobody waiting. */
  #arrange(packet: Packet, atUs: number, extraUs: number): void {
    if (extraUs > 0 || this.#settings.reordering === true) return this.#fly(packet, atUs + extraUs);
    this.#lastUs = Math.max(this.#lastUs, atUs);
    this.#fly(packet, this.#lastUs);
  }

  #fly(packet: Packet, atUs: number): void {
    this.#context.census.packetsInFlight += 1;
    if (this.#flight.add(packet, atUs)) this.#context.queue.schedule(this, atUs);
  }

  #take(): Packet {
    this.#context.census.packetsInFlight -= 1;
    return this.#flight.take();
  }

  /** A stream of chance for this direction alone, made when it is needed. */
  get #chance(): SeededRandom {
    return (this.#random ??= this.#context.random(`channel ${this.name}`));
  }
}
