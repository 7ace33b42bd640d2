import type { Packet } from "../../stack/packet.ts";
import type { Channel } from "../link/channel.ts";
import type { Process } from "../process.ts";
import type { SimCall } from "../sim-call.ts";
import type { VirtualTime } from "../time.ts";
import { TraceHash } from "./trace-hash.ts";

/** Why a packet was lost, for people and traces. */
export type DropReason =
  /** The link's chance. */
  | "loss"
  /** The queue before the link was full. */
  | "queue"
  /** Longer than the link carries. */
  | "mtu"
  /** No cable, or one that is cut. */
  | "unplugged"
  /** Its machine is off. */
  | "off"
  /** Its machine is paused, and its interface's queue full. */
  | "paused"
  /** A rule of a fault. */
  | "rule"
  /** A firewall, a filter of a switch, a NAT without an entry. */
  | "filter"
  /** No packet memory is left for a copy. */
  | "memory";

/**
 * Somebody who is told what happens, in causal order. Packets are only lent: who needs one longer copies its bytes
 * (`bytesOnWire`), and nobody changes one. Times are virtual microseconds.
 */
export interface TraceSink {
  /** A frame goes into a channel. */
  packetSent?(timeUs: number, channel: Channel, packet: Packet): void;
  /** A frame comes out of a channel: the next to have it is `channel.to`. */
  packetArrived?(timeUs: number, channel: Channel, packet: Packet): void;
  /** A frame is no more. */
  packetDropped?(timeUs: number, channel: Channel | undefined, packet: Packet, reason: DropReason): void;
  callBegan?(timeUs: number, call: SimCall): void;
  /** The call has returned or settled: `result`, or `error` when that is not undefined. */
  callEnded?(timeUs: number, call: SimCall, result: unknown, error: unknown): void;
  /** A process begins, ends or is stopped. */
  processChanged?(timeUs: number, process: Process): void;
  /** Anything else that people want to see: a crash, a cut cable, a fault, a lease. */
  noted?(timeUs: number, where: string, what: string): void;
}

const SENT = 1;
const ARRIVED = 2;
const DROPPED = 3;
const PROCESS = 4;
const NOTED = 5;

/** How much of each packet the hash covers. */
export type HashedBytes = "headers" | "all";

/** The one place that is told all that happens: it keeps the hash, and tells the sinks. */
export class Tracer {
  readonly hash: TraceHash = new TraceHash();
  /** Whether anybody listens; what is made for a sink alone is made only then. */
  isOn = false;
  /** Frames that came out of a channel. */
  hops = 0;
  readonly #time: VirtualTime;
  readonly #hashesAll: boolean;
  #sinks: TraceSink[] = [];

  constructor(time: VirtualTime, hashed: HashedBytes) {
    this.#time = time;
    this.#hashesAll = hashed === "all";
  }

  /** Has a sink told from now on, until it is disposed. */
  add(sink: TraceSink): Disposable {
    this.#sinks = [...this.#sinks, sink];
    this.isOn = true;
    return {
      [Symbol.dispose]: () => {
        this.#sinks = this.#sinks.filter((one) => one !== sink);
        this.isOn = this.#sinks.length > 0;
      },
    };
  }

  packetSent(channel: Channel, packet: Packet): void {
    const { nowUs } = this.#time;
    const { view, start, end } = packet;
    this.hash.event(SENT, nowUs, channel.index, end - start);
    if (this.#hashesAll) this.hash.bytes(view, start, end);
    else this.hash.headers(view, start, end);
    if (this.isOn) for (const sink of this.#sinks) sink.packetSent?.(nowUs, channel, packet);
  }

  packetArrived(channel: Channel, packet: Packet): void {
    const { nowUs } = this.#time;
    this.hops += 1;
    this.hash.event(ARRIVED, nowUs, channel.index, packet.end - packet.start);
    if (this.isOn) for (const sink of this.#sinks) sink.packetArrived?.(nowUs, channel, packet);
  }

  /** Tells of the drop, and releases the packet. */
  drop(channel: Channel | undefined, packet: Packet, reason: DropReason): void {
    const { nowUs } = this.#time;
    this.hash.event(DROPPED, nowUs, channel?.index ?? -1, packet.end - packet.start);
    if (this.isOn) for (const sink of this.#sinks) sink.packetDropped?.(nowUs, channel, packet, reason);
    packet.release();
  }

  callBegan(call: SimCall): void {
    if (this.isOn) for (const sink of this.#sinks) sink.callBegan?.(this.#time.nowUs, call);
  }

  callEnded(call: SimCall, result: unknown, error: unknown): void {
    if (this.isOn) for (const sink of this.#sinks) sink.callEnded?.(this.#time.nowUs, call, result, error);
  }

  processChanged(process: Process): void {
    const { nowUs } = this.#time;
    this.hash.event(PROCESS, nowUs, process.pid, process.exitCode ?? -1);
    this.hash.text(process.host.name);
    if (this.isOn) for (const sink of this.#sinks) sink.processChanged?.(nowUs, process);
  }

  note(where: string, what: string): void {
    const { nowUs } = this.#time;
    this.hash.event(NOTED, nowUs, where.length, what.length);
    this.hash.text(where);
    this.hash.text(what);
    if (this.isOn) for (const sink of this.#sinks) sink.noted?.(nowUs, where, what);
  }
}
