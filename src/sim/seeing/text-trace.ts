import type { Packet } from "../../stack/packet.ts";
import { callBegunText, callEndedText, failureText } from "../../trace/call-text.ts";
import { FrameText } from "../../trace/frame-text.ts";
import type { Channel } from "../link/channel.ts";
import type { Port } from "../port.ts";
import { isPlainCall } from "../plain-calls.ts";
import type { Process } from "../process.ts";
import type { SimCall } from "../sim-call.ts";
import type { DropReason, TraceSink } from "../trace/tracer.ts";

/** What a text trace is made with. */
export interface TextTraceSettings {
  /** Takes a line, without its end. */
  readonly write: (line: string) => void;
  /** Packets that these ports send or are sent are shown. */
  readonly isChosen: (port: Port) => boolean;
  readonly calls: boolean;
  readonly packets: boolean;
  /** Characters of data that are shown of a call. */
  readonly limit: number;
}

/**
 * Tells what happens line by line, calls as strace(1) and packets as packet scripts write them:
 *
 *     0.000000 client echo[1] connect(3, 10.0.0.1:7) …
 *     0.000000 client.eth0 > server.eth0 10.0.0.2:50000 > 10.0.0.1:7 tcp S 0:0(0) win 64240 <mss 1460,sackOK>
 *     0.040000 client echo[1] connect(3, 10.0.0.1:7) = 0
 */
export class TextTrace implements TraceSink {
  readonly #settings: TextTraceSettings;
  readonly #frames: FrameText = new FrameText();

  constructor(settings: TextTraceSettings) {
    this.#settings = settings;
  }

  packetSent(timeUs: number, channel: Channel, packet: Packet): void {
    if (this.#shows(channel)) this.#line(timeUs, `${pathText(channel)} ${this.#frameText(packet)}`);
  }

  packetDropped(timeUs: number, channel: Channel | undefined, packet: Packet, reason: DropReason): void {
    if (channel === undefined ? !this.#settings.packets : !this.#shows(channel)) return;
    const where = channel === undefined ? "" : `${pathText(channel)} `;
    this.#line(timeUs, `${where}lost (${reason}): ${this.#frameText(packet)}`);
  }

  callBegan(timeUs: number, call: SimCall): void {
    // One that does not wait is told when it ends, at once.
    if (this.#settings.calls && !isPlainCall(call.name)) this.#call(timeUs, call, "…");
  }

  callEnded(timeUs: number, call: SimCall, result: unknown, error: unknown): void {
    if (!this.#settings.calls) return;
    this.#call(timeUs, call, callEndedText(call.name, call.args, result, error, this.#settings.limit));
  }

  processChanged(timeUs: number, process: Process): void {
    const { state, exitCode, error } = process;
    const code = exitCode === undefined ? "" : `, exit code ${exitCode}`;
    const failure = error === undefined ? "" : ` (${failureText(error)})`;
    this.#line(timeUs, `${processText(process)} ${state}${code}${failure}`);
  }

  noted(timeUs: number, where: string, what: string): void {
    this.#line(timeUs, `${where} ${what}`);
  }

  #call(timeUs: number, { process, name, args }: SimCall, end: string): void {
    this.#line(timeUs, `${processText(process)} ${callBegunText(name, args, this.#settings.limit)} ${end}`);
  }

  #shows({ from, to }: Channel): boolean {
    const { packets, isChosen } = this.#settings;
    return packets && (isChosen(from) || isChosen(to));
  }

  #frameText({ view, start, end }: Packet): string {
    return this.#frames.frame(view, start, end);
  }

  #line(timeUs: number, text: string): void {
    this.#settings.write(`${(timeUs / 1e6).toFixed(6)} ${text}`);
  }
}

function pathText({ from, to }: Channel): string {
  return `${from.name} > ${to.name}`;
}

function processText({ host, name, pid }: Process): string {
  return `${host.name} ${name}[${pid}]`;
}
