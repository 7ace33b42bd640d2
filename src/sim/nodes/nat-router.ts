import { invalidValue, outOfRange } from "../../api/errors.ts";
import { IpAddress } from "../../stack/ip/address.ts";
import type { Interface } from "../../stack/link/interface.ts";
import { PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ip-protocol.ts";
import type { Host } from "../host.ts";
import type { HostInterface } from "../host-interface.ts";
import { natBehaviour, type NatOptions } from "../nat/behaviour.ts";
import { Nat } from "../nat/nat.ts";
import { NatHook } from "../nat/nat-hooks.ts";
import type { SimContext } from "../sim-context.ts";

/** A port of the outside that leads inside: RFC 6887's idea, set up by hand. */
export interface PortForward {
  readonly protocol: "tcp" | "udp";
  /** The port on the outside address. */
  readonly port: number;
  /** The inside host's address, and its port; the same port unless given. */
  readonly address: string;
  readonly toPort?: number | undefined;
}

/** A translator of addresses on a router. */
export interface NatRouterOptions extends NatOptions {
  /** The name of the interface that leads outside, "eth0"; the first unless given. */
  readonly outside?: string | undefined;
  readonly forwards?: readonly PortForward[] | undefined;
}

/** What a translator knows, for people. */
export interface NatRow {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** "192.168.1.2:5000". */
  readonly inside: string;
  readonly outside: string;
  /** Remote endpoints that it speaks with. */
  readonly sessions: number;
  /** In milliseconds from now; Infinity of a port that was set up. */
  readonly expiresMs: number;
}

/** A router that translates addresses (NAPT, RFC 3022): all that leaves by one interface leaves from its address. */
export class NatRouter {
  readonly host: Host;
  readonly outside: HostInterface;
  readonly #address: IpAddress;
  readonly #options: NatRouterOptions;
  readonly #context: SimContext;
  #nat: Nat;
  #boots = 0;

  constructor(context: SimContext, host: Host, options: NatRouterOptions) {
    this.#context = context;
    this.host = host;
    this.#options = options;
    natBehaviour(options);
    for (const [i, forward] of (options.forwards ?? []).entries()) checkForward(forward, `nat.forwards[${i}]`);
    if (host.options.forwarding !== true) throw invalidValue("host", "a router: a host with forwarding", host.name);
    this.outside = host.interface(options.outside ?? host.interfaces[0]?.device ?? "");
    this.#address = outsideAddress(this.outside);
    this.#nat = this.#make();
    this.outside.isOutside = true;
    for (const iface of host.interfaces) iface.addHook((attached) => this.#hook(iface, attached));
  }

  /** Its mappings, the oldest first. */
  mappings(): NatRow[] {
    const { nowUs } = this.host.clock;
    return this.#nat.entries().map(({ protocol, inside: [address, port], outsidePort, sessions, expiresUs }) => ({
      protocol: protocol === PROTOCOL_TCP ? "tcp" : protocol === PROTOCOL_UDP ? "udp" : "icmp",
      inside: `${IpAddress.v4(address).toString()}:${port}`,
      outside: `${this.#address.toString()}:${outsidePort}`,
      sessions,
      expiresMs: (expiresUs - nowUs) / 1000,
    }));
  }

  /** Of a machine that has started anew, the mappings are gone. */
  #hook(iface: HostInterface, attached: Interface): NatHook {
    const isOutside = iface === this.outside;
    if (isOutside && this.#boots++ > 0) this.#nat = this.#make();
    const nat = () => this.#nat;
    const nowUs = () => this.host.clock.nowUs;
    const dropped = (_packet: unknown, reason: string): void => {
      this.#context.tracer.note(`${this.host.name}.${attached.name}`, reason);
    };
    return new NatHook(nat, isOutside, nowUs, dropped);
  }

  #make(): Nat {
    const nat = new Nat(this.#address.w3, this.#context.random(`nat ${this.host.name}`), this.#options);
    for (const { protocol, port, address, toPort } of this.#options.forwards ?? []) {
      const number = protocol === "tcp" ? PROTOCOL_TCP : PROTOCOL_UDP;
      nat.forwardPort(number, port, IpAddress.parse(address).w3, toPort ?? port);
    }
    return nat;
  }
}

function outsideAddress({ name, options }: HostInterface): IpAddress {
  const texts = (options.addresses ?? []).map((text) => text.split("/")[0] ?? "");
  const address = texts.find((text) => !text.includes(":"));
  if (address === undefined) throw invalidValue("nat.outside", "an interface with an IPv4 address", name);
  return IpAddress.parse(address);
}

function checkForward({ protocol, port, address, toPort = port }: PortForward, name: string): void {
  if (protocol !== "tcp" && protocol !== "udp") throw invalidValue(`${name}.protocol`, '"tcp" or "udp"', protocol);
  for (const [key, value] of Object.entries({ port, toPort })) {
    const isPort = Number.isInteger(value) && value > 0 && value < 65_536;
    if (!isPort) throw outOfRange(`${name}.${key}`, "an integer from 1 to 65535", value);
  }
  if (IpAddress.tryParse(address)?.version !== 4) throw invalidValue(`${name}.address`, "an IPv4 address", address);
}
