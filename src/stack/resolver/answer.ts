import { canonicalName, sameName } from "../../wire/dns-name.ts";
import { DNS_CNAME, DNS_IN, DNS_SOA, type DnsRecord } from "../../wire/dns-record.ts";
import { type DnsMessage, RCODE_NAME_ERROR, RCODE_OK } from "../../wire/dns.ts";

/** Seconds that an answer is kept at most: a day, and 3 hours that there is none (RFC 2308 §5). */
const MAX_TTL_S = 86_400;
const MAX_NEGATIVE_TTL_S = 10_800;

/** What the servers say of one name and type. */
export type Answer =
  /** The records of a name; `name` is what the aliases lead to, `follow` when its records are yet to be asked for. */
  | {
      readonly kind: "records" | "follow";
      readonly name: string;
      readonly aliases: number;
      readonly records: readonly DnsRecord[];
      readonly ttlS: number;
    }
  /** There is no such name; or it has no records of this type. */
  | { readonly kind: "no name" | "no data"; readonly ttlS: number };

/** A failure: no server answered ("again"), or what they say cannot be used ("fail"). */
export interface Failure {
  readonly kind: "again" | "fail";
  /** Servers were reached, and could not do it (SERVFAIL): another name may do. */
  readonly isServers: boolean;
  readonly ttlS: 0;
}

/**
 * Reads a response: RFC 1034 §3.6.2 for its aliases. Undefined for one that says nothing of the name, as a server does
 * that only refers to others.
 */
export function readAnswer(asked: string, type: number, message: DnsMessage): Answer | undefined {
  let name = asked;
  let ttlS = MAX_TTL_S;
  let aliases = 0;
  const left = message.answers.filter((record) => record.class === DNS_IN);
  for (;;) {
    const current = name;
    const records = left.filter((record) => record.type === type && sameName(record.name, current));
    if (records.length > 0) {
      for (const record of records) ttlS = Math.min(ttlS, legalTtl(record));
      return { kind: "records", name, aliases, records, ttlS };
    }
    const at = left.findIndex((record) => record.type === DNS_CNAME && sameName(record.name, current));
    const [alias] = at < 0 ? [] : left.splice(at, 1);
    if (alias?.data.kind !== "name") break;
    ttlS = Math.min(ttlS, legalTtl(alias));
    name = alias.data.target;
    aliases += 1;
  }
  // RFC 2308 §2.1: with aliases, too, the code is about the last name.
  if (message.responseCode === RCODE_NAME_ERROR) return { kind: "no name", ttlS: negativeTtl(message, ttlS) };
  if (message.responseCode !== RCODE_OK) return undefined;
  const isAuthority = message.authorities.some((record) => record.type === DNS_SOA);
  if (aliases > 0 && !isAuthority) return { kind: "follow", name, aliases, records: [], ttlS };
  if (isAuthority || message.authoritative || message.recursionAvailable) {
    return { kind: "no data", ttlS: negativeTtl(message, ttlS) };
  }
  return undefined;
}

/** RFC 2181 §8: one with the highest bit is 0. */
function legalTtl({ ttlS }: DnsRecord): number {
  return ttlS > 0x7fffffff ? 0 : ttlS;
}

/** RFC 2308 §5: how long it may be kept that there is nothing; without an SOA not at all. */
function negativeTtl({ authorities }: DnsMessage, aliasTtlS: number): number {
  const soa = authorities.find((record) => record.type === DNS_SOA);
  if (soa?.data.kind !== "authority") return 0;
  return Math.min(aliasTtlS, legalTtl(soa), soa.data.negativeTtlS, MAX_NEGATIVE_TTL_S);
}

/** What an answer is kept under. */
export function answerKey(name: string, type: number): string {
  return `${type} ${canonicalName(name)}`;
}

export function isFailure(answer: Answer | Failure): answer is Failure {
  return answer.kind === "again" || answer.kind === "fail";
}
