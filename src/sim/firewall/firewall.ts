import { PROHIBITED } from "../../stack/icmp/ip-errors.ts";
import type { PacketHook } from "../../stack/link/packet-hook.ts";
import type { Packet } from "../../stack/packet.ts";
import type { Stack } from "../../stack/stack.ts";
import { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_ICMPV6, PROTOCOL_IGMP, PROTOCOL_TCP } from "../../wire/ip-protocol.ts";
import type { PacketDropped } from "../nat/nat-hooks.ts";
import { ConnectionTracking } from "./connection-tracking.ts";
import { checkAction, type Filter, type FirewallAction, type FirewallRule, makeFilter } from "./rule.ts";
import { readSession, type Session } from "./session.ts";
import { sendReset } from "./tcp-reset.ts";

/** What a firewall lets pass. Answers to what passed pass, too, and the ICMP errors about it. */
export interface FirewallOptions {
  /** The first that fits decides. */
  readonly rules?: readonly FirewallRule[];
  /** What becomes of the rest that enters; "drop" unless given. */
  readonly inbound?: FirewallAction;
  /** What becomes of the rest that leaves; "accept" unless given. */
  readonly outbound?: FirewallAction;
}

/** Fragments whose first was accepted are remembered so many at a time. */
const MAX_FRAGMENTED = 1024;
/** Router and neighbour discovery, without which there is no link: RFC 4890 §4.4.1. */
const FIRST_DISCOVERY_TYPE = 133;
const LAST_DISCOVERY_TYPE = 137;

/** A firewall on an interface, which follows connections: it decides about a session once. */
export class Firewall implements PacketHook {
  readonly #stack: Stack;
  readonly #filters: readonly Filter[];
  readonly #inbound: FirewallAction;
  readonly #outbound: FirewallAction;
  readonly #dropped: PacketDropped;
  readonly #tracking: ConnectionTracking = new ConnectionTracking();
  readonly #fragmented: Set<string> = new Set();
  readonly #ip: IpHeader = new IpHeader();
  /** What it answers itself passes. */
  #isAnswering = false;

  /** Errors: ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE. */
  constructor(stack: Stack, dropped: PacketDropped, options: FirewallOptions) {
    this.#stack = stack;
    this.#dropped = dropped;
    this.#filters = (options.rules ?? []).map((rule, i) => makeFilter(rule, `firewall.rules[${i}]`));
    this.#inbound = checkAction("firewall.inbound", options.inbound ?? "drop");
    this.#outbound = checkAction("firewall.outbound", options.outbound ?? "accept");
  }

  entering(packet: Packet): boolean {
    return this.#decide(packet, true);
  }

  leaving(packet: Packet): boolean {
    return this.#isAnswering || this.#decide(packet, false);
  }

  #decide(packet: Packet, isEntering: boolean): boolean {
    const session = readSession(packet.view, packet.network, packet.end, this.#ip);
    // What is no IP packet is the stack's to refuse.
    if (session === undefined || isOfTheLink(packet, session)) return true;
    const action = this.#action(session, isEntering);
    if (action === "accept") return true;
    this.#dropped(packet, action === "drop" ? "firewall: dropped" : "firewall: rejected");
    if (action === "reject") this.#answer(packet, session);
    packet.release();
    return false;
  }

  #action(session: Session, isEntering: boolean): FirewallAction {
    const { nowUs } = this.#stack;
    if (session.isLaterFragment) return this.#fragmented.has(this.#fragmentKey(session)) ? "accept" : "drop";
    const { about } = session;
    if (about !== undefined && this.#tracking.has(about, nowUs)) return "accept";
    if (!this.#tracking.knows(session, nowUs)) {
      const action = this.#ruleFor(session, isEntering);
      if (action !== "accept") return action;
      if (about === undefined) this.#tracking.accept(session, nowUs);
    }
    if (this.#ip.moreFragments) this.#rememberFragments(session);
    return "accept";
  }

  #ruleFor(session: Session, isEntering: boolean): FirewallAction {
    const filter = this.#filters.find((candidate) => candidate.matches(session, isEntering));
    return filter?.action ?? (isEntering ? this.#inbound : this.#outbound);
  }

  #rememberFragments(session: Session): void {
    this.#fragmented.add(this.#fragmentKey(session));
    if (this.#fragmented.size <= MAX_FRAGMENTED) return;
    const [oldest] = this.#fragmented;
    if (oldest !== undefined) this.#fragmented.delete(oldest);
  }

  #fragmentKey({ source, destination, protocol }: Session): string {
    return `${source.toString()} ${destination.toString()} ${protocol} ${this.#ip.identification}`;
  }

  /** Tells the sender: a reset to TCP, "communication administratively prohibited" to the rest (RFC 1812 §5.2.7.1). */
  #answer(packet: Packet, session: Session): void {
    this.#isAnswering = true;
    if (session.protocol === PROTOCOL_TCP) sendReset(this.#stack, packet, this.#ip);
    else this.#stack.ip.errors.report(PROHIBITED, packet, this.#ip, 0);
    this.#isAnswering = false;
  }
}

function isOfTheLink(packet: Packet, session: Session): boolean {
  if (session.protocol === PROTOCOL_IGMP) return true;
  if (session.protocol !== PROTOCOL_ICMPV6 || session.isLaterFragment) return false;
  const type = packet.view.getUint8(packet.network + 40);
  return type >= FIRST_DISCOVERY_TYPE && type <= LAST_DISCOVERY_TYPE;
}
