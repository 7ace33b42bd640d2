import { invalidValue, outOfRange } from "../../api/errors.ts";
import { checkCount } from "../check-count.ts";

/** Of what a mapping or a filter depends, besides the inside endpoint: RFC 4787 §4.1 and §5. */
export const ENDPOINT_INDEPENDENT = 0;
export const ADDRESS_DEPENDENT = 1;
export const ADDRESS_AND_PORT_DEPENDENT = 2;

/** The four kinds of RFC 3489 §5, by the names that people know them by. */
export type NatKind = "full-cone" | "address-restricted" | "port-restricted" | "symmetric";

/** How a network address translator behaves: RFC 4787 (UDP), RFC 5382 (TCP), RFC 5508 (ICMP). */
export interface NatOptions {
  /** "port-restricted" unless given, which most home routers are. */
  readonly kind?: NatKind;
  /** Whether inside hosts reach each other by their outside endpoints: RFC 4787 REQ-9. True unless given. */
  readonly hairpin?: boolean;
  /** Whether the outside port is the inside one where that is free: RFC 4787 §4.2.1. True unless given. */
  readonly preservePorts?: boolean;
  /** The first and the last outside port that it chooses; [1024, 65535] unless given. */
  readonly ports?: readonly [number, number];
  /** Mappings that it holds at most; 65536 unless given. */
  readonly maxMappings?: number;
  /** How long an unused UDP mapping lives; 300,000 unless given (RFC 4787 REQ-5). */
  readonly udpTimeoutMs?: number;
  /** An established connection; 7,440,000 unless given (RFC 5382 REQ-5). */
  readonly tcpTimeoutMs?: number;
  /** A connection that is being opened or closed; 240,000 unless given (RFC 5382 REQ-5). */
  readonly tcpTransitoryTimeoutMs?: number;
  /** An unanswered ping; 60,000 unless given (RFC 5508 REQ-2). */
  readonly icmpTimeoutMs?: number;
}

/** The same, checked and complete. */
export interface NatBehaviour {
  readonly mapping: number;
  readonly filtering: number;
  readonly hairpin: boolean;
  readonly preservePorts: boolean;
  readonly firstPort: number;
  readonly lastPort: number;
  readonly maxMappings: number;
  readonly udpTimeoutUs: number;
  readonly tcpTimeoutUs: number;
  readonly tcpTransitoryTimeoutUs: number;
  readonly icmpTimeoutUs: number;
}

const KINDS: ReadonlyMap<NatKind, readonly [mapping: number, filtering: number]> = new Map([
  ["full-cone", [ENDPOINT_INDEPENDENT, ENDPOINT_INDEPENDENT]],
  ["address-restricted", [ENDPOINT_INDEPENDENT, ADDRESS_DEPENDENT]],
  ["port-restricted", [ENDPOINT_INDEPENDENT, ADDRESS_AND_PORT_DEPENDENT]],
  ["symmetric", [ADDRESS_AND_PORT_DEPENDENT, ADDRESS_AND_PORT_DEPENDENT]],
]);

/** Checks the options of a translator. Errors: ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE. */
export function natBehaviour(options: NatOptions): NatBehaviour {
  const kind = options.kind ?? "port-restricted";
  const dependence = KINDS.get(kind);
  if (dependence === undefined) throw invalidValue("nat.kind", `one of ${[...KINDS.keys()].join(", ")}`, kind);
  const [firstPort, lastPort] = options.ports ?? [1024, 65_535];
  checkCount("nat.ports[0]", firstPort, 1, 65_535);
  checkCount("nat.ports[1]", lastPort, firstPort, 65_535);
  return {
    mapping: dependence[0],
    filtering: dependence[1],
    hairpin: options.hairpin ?? true,
    preservePorts: options.preservePorts ?? true,
    firstPort,
    lastPort,
    maxMappings: checkCount("nat.maxMappings", options.maxMappings ?? 65_536, 1, 1_000_000),
    udpTimeoutUs: microseconds("nat.udpTimeoutMs", options.udpTimeoutMs ?? 300_000),
    tcpTimeoutUs: microseconds("nat.tcpTimeoutMs", options.tcpTimeoutMs ?? 7_440_000),
    tcpTransitoryTimeoutUs: microseconds("nat.tcpTransitoryTimeoutMs", options.tcpTransitoryTimeoutMs ?? 240_000),
    icmpTimeoutUs: microseconds("nat.icmpTimeoutMs", options.icmpTimeoutMs ?? 60_000),
  };
}

function microseconds(name: string, ms: number): number {
  if (!(ms > 0 && ms < Infinity)) throw outOfRange(name, "milliseconds, more than 0", ms);
  return ms * 1000;
}
