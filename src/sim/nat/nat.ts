import { PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ip-protocol.ts";
import { sealIcmpv4 } from "../../wire/icmpv4.ts";
import { CHECKSUM_PARTIAL, type Packet } from "../../stack/packet.ts";
import type { RandomSource } from "../../stack/random.ts";
import {
  ADDRESS_AND_PORT_DEPENDENT,
  ADDRESS_DEPENDENT,
  ENDPOINT_INDEPENDENT,
  type NatBehaviour,
  natBehaviour,
  type NatOptions,
} from "./behaviour.ts";
import { BACK, FORTH } from "../tcp-follower.ts";
import { FragmentMemory } from "./fragments.ts";
import type { Mapping } from "./mapping.ts";
import { endpointKey, MappingTable } from "./mapping-table.ts";
import { ICMP_ERROR, LATER_FRAGMENT, OTHER, SESSION, SessionView } from "./session-view.ts";

/** Why a packet does not pass. */
export const NO_PORT = "nat: no port or mapping left";
export const UNSOLICITED = "nat: nobody inside asked for it";
export const FILTERED = "nat: from somebody whom the inside did not speak to";
export const UNKNOWN_FRAGMENT = "nat: a fragment whose first was not seen";
export const UNKNOWN_ERROR = "nat: an ICMP error about nothing that was translated";
const NOT_TRANSLATED = "nat: a protocol without ports";

/** The mappings of a translator, for people. */
export interface NatEntry {
  readonly protocol: number;
  readonly inside: readonly [address: number, port: number];
  readonly outsidePort: number;
  readonly sessions: number;
  readonly expiresUs: number;
}

/**
 * A network address and port translator of IPv4 (RFC 3022) with one outside address. It stands where a router's packets
 * leave and enter: each call reads the packet at `network`, rewrites it in place, and returns why it is to be dropped,
 * or undefined.
 */
export class Nat {
  readonly #outside: number;
  readonly #behaviour: NatBehaviour;
  readonly #table: MappingTable;
  readonly #view: SessionView = new SessionView();
  readonly #quoted: SessionView = new SessionView();
  readonly #leaving: FragmentMemory<true> = new FragmentMemory();
  readonly #entering: FragmentMemory<number> = new FragmentMemory();

  /** `outside` is the word of its IPv4 address. Errors: ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE. */
  constructor(outside: number, random: RandomSource, options: NatOptions = {}) {
    this.#outside = outside | 0;
    this.#behaviour = natBehaviour(options);
    this.#table = new MappingTable(this.#behaviour, random);
  }

  /** Sends what comes for an outside port to an inside endpoint, whoever it is from. */
  forwardPort(protocol: number, outsidePort: number, address: number, port: number): void {
    this.#table.addStatic(protocol, outsidePort, address, port);
  }

  entries(): NatEntry[] {
    return Array.from(this.#table.all, ({ protocol, address, port, outsidePort, sessionCount, expiresUs }) => ({
      protocol,
      inside: [address, port] as const,
      outsidePort,
      sessions: sessionCount,
      expiresUs,
    }));
  }

  /** A packet leaves by the outside interface. */
  outbound(packet: Packet, nowUs: number): string | undefined {
    const view = this.#read(packet);
    const isOwn = view.source === this.#outside;
    if (view.kind === ICMP_ERROR) return this.#errorOut(packet, view, isOwn, nowUs);
    if (view.kind === LATER_FRAGMENT) {
      if (isOwn) return undefined;
      if (this.#leaving.recall(fragmentKey(view), !view.moreFragments) === undefined) return UNKNOWN_FRAGMENT;
      view.setSource(this.#outside, 0);
      return undefined;
    }
    if (view.kind === OTHER) return isOwn ? undefined : NOT_TRANSLATED;
    // An answer of ICMP opens nothing; only the translator's own may leave.
    if (view.sourcePort === 0) return isOwn ? undefined : UNSOLICITED;
    const mapping = this.#speak(view, nowUs);
    if (mapping === undefined) return NO_PORT;
    if (view.moreFragments && !isOwn) this.#leaving.remember(fragmentKey(view), true);
    view.setSource(this.#outside, mapping.outsidePort);
    return undefined;
  }

  /** A packet has come in by the outside interface. */
  inbound(packet: Packet, nowUs: number): string | undefined {
    const view = this.#read(packet);
    if (view.destination !== this.#outside) return undefined;
    if (view.kind === ICMP_ERROR) return this.#errorIn(packet, view, nowUs);
    if (view.kind === LATER_FRAGMENT) return this.#laterFragmentIn(view);
    // A question to the translator itself, or what has no ports.
    if (view.kind === OTHER || view.destinationPort === 0) return undefined;
    const mapping = this.#table.fromOutside(view.protocol, view.destinationPort, nowUs);
    if (mapping === undefined) return UNSOLICITED;
    if (!this.#hear(mapping, view, nowUs)) return FILTERED;
    if (view.moreFragments) this.#entering.remember(fragmentKey(view), mapping.address);
    view.setDestination(mapping.address, mapping.port);
    return undefined;
  }

  /**
   * A packet has come in by an inside interface. One for an inside host's outside endpoint is turned round, from the
   * sender's outside endpoint: RFC 4787 REQ-9.
   */
  fromInside(packet: Packet, nowUs: number): string | undefined {
    const view = this.#read(packet);
    if (view.destination !== this.#outside || view.kind !== SESSION || view.sourcePort === 0) return undefined;
    const target = this.#table.fromOutside(view.protocol, view.destinationPort, nowUs);
    // Without one it is the translator that is spoken to.
    if (target === undefined || target.address === this.#outside) return undefined;
    if (!this.#behaviour.hairpin) return UNSOLICITED;
    const mapping = this.#speak(view, nowUs);
    if (mapping === undefined) return NO_PORT;
    view.setSource(this.#outside, mapping.outsidePort);
    if (!this.#hear(target, view, nowUs)) return FILTERED;
    view.setDestination(target.address, target.port);
    return undefined;
  }

  #read(packet: Packet): SessionView {
    return this.#view.read(packet.view, packet.network, packet.end, packet.checksum === CHECKSUM_PARTIAL);
  }

  /** Notes that an inside endpoint speaks to an outside one; undefined when no mapping can be made. */
  #speak(view: SessionView, nowUs: number): Mapping | undefined {
    const { protocol, source, sourcePort, destination, destinationPort } = view;
    const table = this.#table;
    const remote = remoteKey(this.#behaviour.mapping, destination, destinationPort);
    let mapping = table.fromInside(protocol, source, sourcePort, remote, nowUs);
    // A forwarded port is its endpoint's in the other direction, too.
    mapping ??= table.fromInside(protocol, source, sourcePort, 0, nowUs);
    if (mapping === undefined && source === this.#outside) {
      mapping = table.makeAt(protocol, source, sourcePort, remote, nowUs);
    }
    mapping ??= table.make(protocol, source, sourcePort, remote, nowUs);
    if (mapping === undefined) return undefined;
    const untilUs = this.#use(mapping, view, endpointKey(destination, destinationPort), FORTH, nowUs);
    mapping.permit(remoteKey(this.#behaviour.filtering, destination, destinationPort), untilUs);
    return mapping;
  }

  /** Notes that somebody outside speaks to a mapping's inside; false when the filter keeps him out. */
  #hear(mapping: Mapping, view: SessionView, nowUs: number): boolean {
    const { filtering } = this.#behaviour;
    const key = remoteKey(filtering, view.source, view.sourcePort);
    if (filtering !== ENDPOINT_INDEPENDENT && !mapping.isPermitted(key, nowUs)) return false;
    const untilUs = this.#use(mapping, view, endpointKey(view.source, view.sourcePort), BACK, nowUs);
    mapping.permit(key, untilUs);
    return true;
  }

  /** Lets a session live on, in either direction as Linux does (RFC 4787 REQ-6), and returns until when. */
  #use(mapping: Mapping, view: SessionView, remote: number, direction: number, nowUs: number): number {
    const behaviour = this.#behaviour;
    const session = mapping.session(remote, nowUs);
    let lifetimeUs = behaviour.icmpTimeoutUs;
    if (view.protocol === PROTOCOL_UDP) lifetimeUs = behaviour.udpTimeoutUs;
    else if (view.protocol === PROTOCOL_TCP) {
      const isEstablished = session.tcp.follow(view.tcpFlags, direction);
      lifetimeUs = isEstablished ? behaviour.tcpTimeoutUs : behaviour.tcpTransitoryTimeoutUs;
    }
    mapping.refresh(session, nowUs + lifetimeUs, nowUs);
    return nowUs + lifetimeUs;
  }

  #laterFragmentIn(view: SessionView): string | undefined {
    const address = this.#entering.recall(fragmentKey(view), !view.moreFragments);
    // One for the translator itself is told from a stranger's by nobody; its own stack has the first, or not.
    if (address !== undefined) view.setDestination(address, 0);
    return undefined;
  }

  /** An ICMP error about a packet that came in: it quotes the inside endpoint as its destination (RFC 5508 REQ-4). */
  #errorOut(packet: Packet, view: SessionView, isOwn: boolean, nowUs: number): string | undefined {
    const quoted = view.readQuoted(this.#quoted);
    const { protocol, source, sourcePort, destination, destinationPort } = quoted;
    const remote = remoteKey(this.#behaviour.mapping, source, sourcePort);
    const mapping =
      this.#table.fromInside(protocol, destination, destinationPort, remote, nowUs) ??
      this.#table.fromInside(protocol, destination, destinationPort, 0, nowUs);
    if (mapping === undefined) return isOwn ? undefined : UNKNOWN_ERROR;
    quoted.setDestination(this.#outside, mapping.outsidePort);
    view.setSource(this.#outside, 0);
    sealIcmpv4(packet.view, view.transport, packet.end);
    return undefined;
  }

  /** An ICMP error about a packet that went out: it quotes the outside endpoint as its source (RFC 5508 REQ-4). */
  #errorIn(packet: Packet, view: SessionView, nowUs: number): string | undefined {
    const quoted = view.readQuoted(this.#quoted);
    const mapping = this.#table.fromOutside(quoted.protocol, quoted.sourcePort, nowUs);
    if (quoted.source !== this.#outside || mapping === undefined) return UNKNOWN_ERROR;
    const key = remoteKey(this.#behaviour.filtering, quoted.destination, quoted.destinationPort);
    if (!mapping.isPermitted(key, nowUs)) return FILTERED;
    quoted.setSource(mapping.address, mapping.port);
    view.setDestination(mapping.address, 0);
    sealIcmpv4(packet.view, view.transport, packet.end);
    return undefined;
  }
}

/** As much of a remote endpoint as something depends on. */
function remoteKey(dependence: number, address: number, port: number): number {
  if (dependence === ADDRESS_AND_PORT_DEPENDENT) return endpointKey(address, port);
  return dependence === ADDRESS_DEPENDENT ? endpointKey(address, 0) : 0;
}

function fragmentKey({ source, destination, identification, protocol }: SessionView): string {
  return `${source} ${destination} ${identification} ${protocol}`;
}
