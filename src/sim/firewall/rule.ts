import { invalidValue, outOfRange } from "../../api/errors.ts";
import { IpAddress } from "../../stack/ip/address.ts";
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ip-protocol.ts";
import type { Session } from "./session.ts";

/** What becomes of a packet. "reject" answers: a reset to TCP, an ICMP error to the rest. */
export type FirewallAction = "accept" | "drop" | "reject";
export type FirewallProtocol = "tcp" | "udp" | "icmp";

/** One rule: what it does not name, it does not look at. The first that fits decides. */
export interface FirewallRule {
  readonly action: FirewallAction;
  /** "in" for what enters by the interface, "out" for what leaves; both unless given. */
  readonly direction?: "in" | "out";
  /** "icmp" is of both versions. */
  readonly protocol?: FirewallProtocol;
  /** An address or a prefix: "10.0.0.1", "10.0.0.0/8", "2001:db8::/32". */
  readonly from?: string;
  readonly to?: string;
  /** A port, or the first and the last. */
  readonly fromPort?: number | readonly [number, number];
  readonly toPort?: number | readonly [number, number];
}

/** A rule that was checked. */
export interface Filter {
  readonly action: FirewallAction;
  matches(session: Session, isEntering: boolean): boolean;
}

const ACTIONS: readonly FirewallAction[] = ["accept", "drop", "reject"];
const PROTOCOLS: Readonly<Record<FirewallProtocol, readonly number[]>> = {
  tcp: [PROTOCOL_TCP],
  udp: [PROTOCOL_UDP],
  icmp: [PROTOCOL_ICMP, PROTOCOL_ICMPV6],
};

/** Checks an action. Errors: ERR_INVALID_ARG_VALUE. */
export function checkAction(name: string, action: FirewallAction): FirewallAction {
  if (!ACTIONS.includes(action)) throw invalidValue(name, `one of ${ACTIONS.join(", ")}`, action);
  return action;
}

/** Checks a rule; `name` is what errors call it. Errors: ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE. */
export function makeFilter(rule: FirewallRule, name: string): Filter {
  const { direction } = rule;
  if (direction !== undefined && direction !== "in" && direction !== "out") {
    throw invalidValue(`${name}.direction`, '"in" or "out"', direction);
  }
  const protocols = protocolsOf(rule, name);
  const from = prefixOf(rule.from, `${name}.from`);
  const to = prefixOf(rule.to, `${name}.to`);
  const fromPort = portsOf(rule.fromPort, `${name}.fromPort`);
  const toPort = portsOf(rule.toPort, `${name}.toPort`);
  return {
    action: checkAction(`${name}.action`, rule.action),
    matches: (session, isEntering) =>
      (direction === undefined || (direction === "in") === isEntering) &&
      (protocols === undefined || protocols.includes(session.protocol)) &&
      from(session.source) &&
      to(session.destination) &&
      fromPort(session.sourcePort) &&
      toPort(session.destinationPort),
  };
}

function protocolsOf({ protocol }: FirewallRule, name: string): readonly number[] | undefined {
  if (protocol === undefined) return undefined;
  const numbers = Object.hasOwn(PROTOCOLS, protocol) ? PROTOCOLS[protocol] : undefined;
  if (numbers === undefined)
    throw invalidValue(`${name}.protocol`, `one of ${Object.keys(PROTOCOLS).join(", ")}`, protocol);
  return numbers;
}

function prefixOf(text: string | undefined, name: string): (address: IpAddress) => boolean {
  if (text === undefined) return () => true;
  const [addressText = "", lengthText, ...rest] = text.split("/");
  const prefix = IpAddress.tryParse(addressText);
  const longest = prefix?.version === 4 ? 32 : 128;
  const length = lengthText === undefined ? longest : Number(lengthText);
  if (prefix === undefined || rest.length > 0 || lengthText === "" || !isWithin(length, 0, longest)) {
    throw invalidValue(name, "an address or a prefix such as 10.0.0.0/8", text);
  }
  return (address) => address.version === prefix.version && address.hasPrefix(prefix, length);
}

function portsOf(ports: number | readonly [number, number] | undefined, name: string): (port: number) => boolean {
  if (ports === undefined) return () => true;
  const [first, last] = typeof ports === "number" ? [ports, ports] : ports;
  if (!isWithin(first, 0, 65_535) || !isWithin(last, first, 65_535)) {
    throw outOfRange(name, "a port from 0 to 65535, or the first and the last of a range", ports);
  }
  return (port) => port >= first && port <= last;
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
