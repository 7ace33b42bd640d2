import { ETHERNET_HEADER_BYTES } from "../../wire/ethernet.ts";
import type { Packet } from "../../stack/packet.ts";
import type { Channel } from "../link/channel.ts";
import type { Node, Port } from "../port.ts";
import type { SimContext } from "../sim-context.ts";

/** How long an address is remembered that says nothing: IEEE 802.1D §7.9.2, Ageing Time. */
const AGEING_US = 300_000_000;
/** Addresses that are remembered at most; what is for others goes everywhere. */
const MAX_ADDRESSES = 16_384;
/** The bit of an address's first byte that says that it is a group's, or everybody's. */
const GROUP_BIT = 0x0100;

/** A socket of a switch. */
class SwitchPort implements Port {
  readonly name: string;
  channel: Channel | undefined = undefined;
  readonly switch: Switch;

  constructor(owner: Switch, name: string) {
    this.switch = owner;
    this.name = name;
  }

  receive(packet: Packet): void {
    this.switch.forward(packet, this);
  }

  send(packet: Packet): void {
    if (this.channel === undefined) packet.release();
    else this.channel.send(packet);
  }
}

/** The switch that a port is of; undefined for other ports. */
export function switchOf(port: Port): Switch | undefined {
  return port instanceof SwitchPort ? port.switch : undefined;
}

/** Where an address was heard last. */
class Heard {
  port: SwitchPort;
  atUs: number;

  constructor(port: SwitchPort, atUs: number) {
    this.port = port;
    this.atUs = atUs;
  }
}

/** An Ethernet switch: it learns who is where (IEEE 802.1D §7.8), and has as many ports as cables come. */
export class Switch implements Node {
  readonly name: string;
  readonly #context: SimContext;
  readonly #ports: SwitchPort[] = [];
  /** By address, a number of 48 bits. */
  readonly #heard: Map<number, Heard> = new Map();

  constructor(context: SimContext, name: string) {
    this.#context = context;
    this.name = name;
  }

  get ports(): readonly Port[] {
    return this.#ports;
  }

  freePort(): Port {
    const port = new SwitchPort(this, `${this.name}.${this.#ports.length + 1}`);
    this.#ports.push(port);
    return port;
  }

  /** The addresses that it knows: "02:00:00:00:00:01", and the port that each was heard at. */
  addresses(): ReadonlyMap<string, string> {
    const { nowUs } = this.#context.time;
    const living = Array.from(this.#heard).filter(([, { atUs }]) => nowUs - atUs < AGEING_US);
    return new Map(living.map(([address, { port }]) => [hardwareText(address), port.name]));
  }

  /** A frame has come in by a port. */
  forward(packet: Packet, from: SwitchPort): void {
    const { view, start, end } = packet;
    if (end - start < ETHERNET_HEADER_BYTES) return packet.release();
    const { nowUs } = this.#context.time;
    const destinationHigh = view.getUint16(start);
    this.#learn(view.getUint16(start + 6), view.getUint32(start + 8), from, nowUs);
    if ((destinationHigh & GROUP_BIT) !== 0) return this.#flood(packet, from);
    const heard = this.#heard.get(destinationHigh * 0x1_0000_0000 + view.getUint32(start + 2));
    if (heard === undefined || nowUs - heard.atUs >= AGEING_US) this.#flood(packet, from);
    // It is on the side that it came from, and has heard it.
    else if (heard.port === from) packet.release();
    else heard.port.send(packet);
  }

  #learn(high: number, low: number, port: SwitchPort, nowUs: number): void {
    if ((high & GROUP_BIT) !== 0) return;
    const address = high * 0x1_0000_0000 + low;
    const heard = this.#heard.get(address);
    if (heard !== undefined) {
      heard.port = port;
      heard.atUs = nowUs;
    } else if (this.#heard.size < MAX_ADDRESSES) this.#heard.set(address, new Heard(port, nowUs));
  }

  /** Everybody but the sender gets it. */
  #flood(packet: Packet, from: SwitchPort): void {
    let last: SwitchPort | undefined;
    for (const port of this.#ports) {
      if (port === from || port.channel === undefined) continue;
      if (last !== undefined) this.#sendCopy(packet, last);
      last = port;
    }
    if (last === undefined) packet.release();
    else last.send(packet);
  }

  #sendCopy(packet: Packet, to: SwitchPort): void {
    const copy = packet.clone();
    if (copy === undefined) this.#context.tracer.note(this.name, "no packet memory for a copy");
    else to.send(copy);
  }
}

function hardwareText(address: number): string {
  const digits = address.toString(16).padStart(12, "0");
  return (digits.match(/../g) ?? []).join(":");
}
