import type { Inet4Address, Inet6Address } from "../../api/address.ts";
import { invalidType, invalidValue, outOfRange } from "../../api/errors.ts";
import { nameLabels } from "../../wire/dns-name.ts";
import { parseNameServer } from "./name-server-address.ts";

/** How a stack looks names up that its table does not have: resolv.conf(5). */
export interface ResolverOptions {
  /**
   * Who is asked, in this order: "10.0.0.53", with a port "10.0.0.53:5353" or "[2001:db8::53]:5353". Without any, only
   * the names of the table are known.
   */
  readonly nameServers?: readonly string[] | undefined;
  /** Domains that a short name may be in: "example.com" makes "www" mean "www.example.com". */
  readonly searchDomains?: readonly string[] | undefined;
  /** Dots from which on a name is asked for as it is before the domains are tried, 0 to 15; 1 unless given. */
  readonly ndots?: number | undefined;
  /** Milliseconds that a server has to answer, twice as many in each further round; 5000 unless given. */
  readonly timeoutMs?: number | undefined;
  /** Rounds through the servers, 1 to 10; 2 unless given. */
  readonly attempts?: number | undefined;
  /** Answers that are kept for as long as they hold; 1000 unless given, 0 for none. */
  readonly cacheEntries?: number | undefined;
}

/** The same, checked and whole. */
export interface ResolverSettings {
  readonly servers: readonly (Inet4Address | Inet6Address)[];
  readonly searchDomains: readonly string[];
  readonly ndots: number;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly cacheEntries: number;
}

/** Servers and domains that are taken at most. */
const MAX_SERVERS = 16;
const MAX_DOMAINS = 32;

/** Refuses what is no setting. Errors: ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE. */
export function resolverSettings(options: ResolverOptions): ResolverSettings {
  const { nameServers = [], searchDomains = [] } = options;
  checkList("nameServers", "an array of addresses", nameServers, MAX_SERVERS);
  checkList("searchDomains", "an array of domain names", searchDomains, MAX_DOMAINS);
  for (const domain of searchDomains) {
    const isName = typeof domain === "string" && (nameLabels(domain)?.length ?? 0) > 0;
    if (!isName) throw invalidValue("searchDomains", 'domain names like "example.com"', domain);
  }
  return {
    servers: nameServers.map(parseNameServer),
    searchDomains,
    ndots: integer("ndots", options.ndots ?? 1, 0, 15),
    timeoutMs: integer("timeoutMs", options.timeoutMs ?? 5000, 1, 3_600_000),
    attempts: integer("attempts", options.attempts ?? 2, 1, 10),
    cacheEntries: integer("cacheEntries", options.cacheEntries ?? 1000, 0, 1_000_000),
  };
}

function checkList(argument: string, accepted: string, value: unknown, most: number): void {
  if (!Array.isArray(value)) throw invalidType(argument, accepted, value);
  if (value.length > most) throw outOfRange(`${argument}.length`, `at most ${most}`, value.length);
}

function integer(argument: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw outOfRange(argument, `an integer from ${least} to ${most}`, value);
}
