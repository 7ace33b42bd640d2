import type { Packet } from "../../stack/packet.ts";
import { callBegunText } from "../../trace/call-text.ts";
import { type AddressNames, type Direction, LINKTYPE_ETHERNET } from "../../wire/pcapng-format.ts";
import { PcapngWriter } from "../../wire/pcapng-writer.ts";
import { DEFAULT_EPOCH_MS } from "../host-clock.ts";
import type { Channel } from "../link/channel.ts";
import type { Port } from "../port.ts";
import type { SimCall } from "../sim-call.ts";
import { bytesOnWire } from "../trace/bytes-on-wire.ts";
import type { TraceSink } from "../trace/tracer.ts";
import { Cause } from "./cause.ts";

/** Characters of a call's data in a comment. */
const DATA_LIMIT = 32;

/** What a capture is made with. */
export interface CaptureSettings {
  /** Takes the file, block by block; a block is valid during the call. */
  readonly write: (block: Uint8Array) => void;
  /** Which ports are captured. */
  readonly isChosen: (port: Port) => boolean;
  /** Each frame once for each link, as its sender sends it: for a capture of everything. */
  readonly sentOnly: boolean;
  /** Names that a reader shows in the place of addresses. */
  readonly names: readonly AddressNames[];
  readonly seed: number;
}

/**
 * Writes what passes ports as a file that Wireshark reads, in the order in which it happened: an interface a port,
 * virtual times, names, and as comments the calls that packets were sent for.
 */
export class Capture implements TraceSink {
  readonly #writer: PcapngWriter;
  readonly #settings: CaptureSettings;
  readonly #interfaces: Map<Port, number> = new Map();
  readonly #cause: Cause = new Cause();

  constructor(settings: CaptureSettings) {
    this.#settings = settings;
    this.#writer = new PcapngWriter(settings.write);
    this.#writer.section({ application: "dialtone", comments: [`seed ${settings.seed}`] });
    if (settings.names.length > 0) this.#writer.names(settings.names);
  }

  packetSent(timeUs: number, { from }: Channel, packet: Packet): void {
    if (!this.#settings.isChosen(from)) return;
    const call = this.#cause.of(timeUs, from);
    this.#write(timeUs, from, packet, "out", call === undefined ? [] : [commentOf(call)]);
  }

  packetArrived(timeUs: number, { to }: Channel, packet: Packet): void {
    this.#cause.packetArrived();
    const { isChosen, sentOnly } = this.#settings;
    if (!sentOnly && isChosen(to)) this.#write(timeUs, to, packet, "in", []);
  }

  callBegan(timeUs: number, call: SimCall): void {
    this.#cause.callBegan(timeUs, call);
  }

  #write(timeUs: number, port: Port, packet: Packet, direction: Direction, comments: readonly string[]): void {
    const bytes = bytesOnWire(packet);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#writer.packet(this.#interface(port), view, 0, bytes.length, { timeUs, direction, comments });
  }

  #interface(port: Port): number {
    let number = this.#interfaces.get(port);
    if (number === undefined) {
      const offsetS = DEFAULT_EPOCH_MS / 1000;
      number = this.#writer.interface({ linkType: LINKTYPE_ETHERNET, name: port.name, offsetS });
      this.#interfaces.set(port, number);
    }
    return number;
  }
}

function commentOf(call: SimCall): string {
  return `${call.process.name}: ${callBegunText(call.name, call.args, DATA_LIMIT)}`;
}
