import type { Packet } from "../../stack/packet.ts";
import { callBegunText } from "../../trace/call-text.ts";
import { FrameText } from "../../trace/frame-text.ts";
import type { Channel } from "../link/channel.ts";
import type { Port } from "../port.ts";
import type { SimCall } from "../sim-call.ts";
import type { DropReason, TraceSink } from "../trace/tracer.ts";
import { machineOf } from "./port-choice.ts";

/** Characters of a call's data in a diagram. */
const DATA_LIMIT = 16;

/** A frame's way from one machine to the next. */
export interface LoggedMessage {
  readonly kind: "message";
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly sentUs: number;
  /** When it arrived, or was lost; undefined while it is on its way. */
  endedUs: number | undefined;
  lost: DropReason | undefined;
}

/** A call that a program made. */
export interface LoggedCall {
  readonly kind: "call";
  readonly at: string;
  readonly text: string;
  readonly sentUs: number;
}

export type LoggedEvent = LoggedMessage | LoggedCall;

/** What a log is made with. */
export interface MessageLogSettings {
  readonly isChosen: (port: Port) => boolean;
  readonly calls: boolean;
  /** Events that are kept at most: a diagram of more is no picture. */
  readonly limit: number;
}

/** Keeps who sent what to whom, for a diagram. */
export class MessageLog implements TraceSink {
  readonly events: LoggedEvent[] = [];
  /** Events that there was no room for. */
  omitted = 0;
  readonly #settings: MessageLogSettings;
  readonly #frames: FrameText = new FrameText();
  /** What is on its way. A frame is in one channel at a time. */
  readonly #flying: Map<Packet, LoggedMessage> = new Map();

  constructor(settings: MessageLogSettings) {
    this.#settings = settings;
  }

  packetSent(timeUs: number, { from, to }: Channel, packet: Packet): void {
    const { isChosen } = this.#settings;
    if (!isChosen(from) && !isChosen(to)) return;
    const message: LoggedMessage = {
      kind: "message",
      from: machineOf(from.name),
      to: machineOf(to.name),
      text: this.#frames.frame(packet.view, packet.start, packet.end),
      sentUs: timeUs,
      endedUs: undefined,
      lost: undefined,
    };
    if (this.#keep(message)) this.#flying.set(packet, message);
  }

  packetArrived(timeUs: number, _channel: Channel, packet: Packet): void {
    this.#end(timeUs, packet, undefined);
  }

  packetDropped(timeUs: number, channel: Channel | undefined, packet: Packet, reason: DropReason): void {
    if (channel !== undefined) this.#end(timeUs, packet, reason);
  }

  callBegan(timeUs: number, { process, name, args }: SimCall): void {
    if (!this.#settings.calls) return;
    this.#keep({ kind: "call", at: process.host.name, text: callBegunText(name, args, DATA_LIMIT), sentUs: timeUs });
  }

  /** The machines, in the order in which they first appear. */
  machines(): string[] {
    const all = this.events.flatMap((event) => (event.kind === "call" ? [event.at] : [event.from, event.to]));
    return Array.from(new Set(all));
  }

  #end(timeUs: number, packet: Packet, lost: DropReason | undefined): void {
    const message = this.#flying.get(packet);
    if (message === undefined) return;
    message.endedUs = timeUs;
    message.lost = lost;
    this.#flying.delete(packet);
  }

  #keep(event: LoggedEvent): boolean {
    if (this.events.length < this.#settings.limit) {
      this.events.push(event);
      return true;
    }
    this.omitted += 1;
    return false;
  }
}
