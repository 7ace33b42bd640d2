import { AF_INET, AF_INET6 } from "../../api/constants.ts";
import { invalidValue } from "../../api/errors.ts";
import { inet_pton } from "../../netdb/inet.ts";
import { canonicalName, nameLabels } from "../../wire/dns-name.ts";
import {
  DNS_A,
  DNS_AAAA,
  DNS_CNAME,
  DNS_IN,
  DNS_MX,
  DNS_NS,
  DNS_PTR,
  DNS_SOA,
  DNS_SRV,
  DNS_TXT,
  type DnsData,
  type DnsRecord,
} from "../../wire/dns-record.ts";

type OneOrMore<Value> = Value | readonly Value[];

/** The records of one name, by type. Names in them are relative to the zone, unless a dot ends them. */
export interface NameRecords {
  readonly A?: OneOrMore<string>;
  readonly AAAA?: OneOrMore<string>;
  readonly CNAME?: string;
  readonly NS?: OneOrMore<string>;
  readonly PTR?: OneOrMore<string>;
  /** Each is one string of up to 255 bytes of UTF-8. */
  readonly TXT?: OneOrMore<string>;
  readonly MX?: OneOrMore<{ readonly preference: number; readonly target: string }>;
  readonly SRV?: OneOrMore<{
    readonly priority: number;
    readonly weight: number;
    readonly port: number;
    readonly target: string;
  }>;
  /** Seconds that they hold; the zone's unless given. */
  readonly ttlS?: number;
}

/** A part of the tree of names that a server knows all about: RFC 1034 §4.2. */
export interface ZoneOptions {
  /** "example.com"; "." for the root. */
  readonly name: string;
  /** By name within the zone: "www"; "@" for the zone's own; "*" for every name that is not there (RFC 4592). */
  readonly records: Readonly<Record<string, NameRecords>>;
  /** Seconds that its records hold; 3600 unless given. */
  readonly ttlS?: number;
  /** Seconds that it holds that there is no such record; 300 unless given. */
  readonly negativeTtlS?: number;
}

/** What a zone says of a name. */
export interface Node {
  readonly name: string;
  readonly records: readonly DnsRecord[];
}

/** The records of a zone, checked. */
export class Zone {
  readonly name: string;
  readonly soa: DnsRecord;
  readonly #nodes: Map<string, DnsRecord[]> = new Map();

  /** Errors: ERR_INVALID_ARG_VALUE names the record. */
  constructor({ name, records, ttlS = 3600, negativeTtlS = 300 }: ZoneOptions) {
    this.name = legalName("zone.name", name);
    this.soa = this.#record(this.name, DNS_SOA, ttlS, {
      kind: "authority",
      primary: this.#absolute("SOA", "ns"),
      mailbox: this.#absolute("SOA", "hostmaster"),
      serial: 1,
      refreshS: 86_400,
      retryS: 7200,
      expireS: 3_600_000,
      negativeTtlS,
    });
    this.#add([this.soa]);
    for (const [relative, of] of Object.entries(records)) this.#addName(relative, of, of.ttlS ?? ttlS);
  }

  #addName(relative: string, of: NameRecords, ttlS: number): void {
    const name = relative === "@" ? this.name : this.#absolute(relative, relative);
    if (!this.has(name)) throw invalidValue("zone.records", `names in ${this.name}`, relative);
    const made = Object.entries(of).flatMap(([type, value]) => {
      if (type === "ttlS" || value === undefined) return [];
      const list: readonly unknown[] = Array.isArray(value) ? value : [value];
      return list.map((one) => {
        const [number, data] = this.#data(`${relative} ${type}`, type, one);
        return this.#record(name, number, ttlS, data);
      });
    });
    const isAlias = made.some((record) => record.type === DNS_CNAME);
    // RFC 1034 §3.6.2: what is an alias is nothing else.
    if (isAlias && (made.length > 1 || this.find(name) !== undefined)) {
      throw invalidValue("zone.records", "an alias (CNAME) without other records of its name", relative);
    }
    this.#add(made);
  }

  #add(records: readonly DnsRecord[]): void {
    for (const record of records) {
      const key = canonicalName(record.name);
      const there = this.#nodes.get(key);
      if (there === undefined) this.#nodes.set(key, [record]);
      else there.push(record);
      this.#addAncestors(key);
    }
  }

  /** Names between a record's and the zone's exist without records: RFC 4592 §2.2.2. */
  #addAncestors(key: string): void {
    for (let name = parentOf(key); this.has(name) && !this.#nodes.has(name); name = parentOf(name)) {
      this.#nodes.set(name, []);
    }
  }

  #record(name: string, type: number, ttlS: number, data: DnsData): DnsRecord {
    if (!Number.isInteger(ttlS) || ttlS < 0 || ttlS > 0x7fffffff) {
      throw invalidValue("zone.ttlS", "seconds from 0 to 2147483647", ttlS);
    }
    return { name, type, class: DNS_IN, ttlS, data };
  }

  #data(where: string, type: string, value: unknown): [type: number, data: DnsData] {
    const target = (name: unknown): string => this.#absolute(where, name);
    switch (type) {
      case "A":
        return [DNS_A, addressData(where, AF_INET, value)];
      case "AAAA":
        return [DNS_AAAA, addressData(where, AF_INET6, value)];
      case "CNAME":
        return [DNS_CNAME, { kind: "name", target: target(value) }];
      case "NS":
        return [DNS_NS, { kind: "name", target: target(value) }];
      case "PTR":
        return [DNS_PTR, { kind: "name", target: target(value) }];
      case "TXT":
        return [DNS_TXT, { kind: "text", texts: [textBytes(where, value)] }];
      case "MX": {
        const { preference, target: name } = value as { preference: number; target: string };
        return [DNS_MX, { kind: "exchange", preference: uint16(where, preference), target: target(name) }];
      }
      case "SRV": {
        const of = value as { priority: number; weight: number; port: number; target: string };
        const [priority, weight, port] = [of.priority, of.weight, of.port].map((number) => uint16(where, number));
        return [DNS_SRV, { kind: "service", priority, weight, port, target: target(of.target) } as DnsData];
      }
      default:
        throw invalidValue("zone.records", "of types A, AAAA, CNAME, NS, PTR, TXT, MX and SRV", where);
    }
  }

  #absolute(where: string, name: unknown): string {
    const text = typeof name === "string" ? name : "";
    if (text.endsWith(".") && !text.endsWith("\\.")) return legalName(where, text);
    return legalName(where, this.name === "." ? text : `${text}.${this.name}`);
  }

  /** Whether a name is this zone's or below it. */
  has(name: string): boolean {
    const key = canonicalName(name);
    return key === this.name || this.name === "." || key.endsWith(`.${this.name}`);
  }

  /** The records of a name, none for one that only has others below it; undefined when there is no such name. */
  find(name: string): readonly DnsRecord[] | undefined {
    return this.#nodes.get(canonicalName(name));
  }

  /** Who else is to be asked about a name: the NS records between it and the zone (RFC 1034 §4.3.2, 3b). */
  delegation(name: string): readonly DnsRecord[] | undefined {
    const between: string[] = [];
    for (let at = canonicalName(name); at !== this.name && this.has(at); at = parentOf(at)) between.unshift(at);
    for (const at of between) {
      const servers = this.find(at)?.filter(({ type }) => type === DNS_NS) ?? [];
      if (servers.length > 0) return servers;
    }
    return undefined;
  }

  /** The records of "*" below the closest name that exists, as records of `name`: RFC 4592 §3.3.1. */
  wildcard(name: string): readonly DnsRecord[] | undefined {
    let encloser = parentOf(canonicalName(name));
    while (this.has(encloser) && !this.#nodes.has(encloser)) encloser = parentOf(encloser);
    const source = encloser === "." ? "*" : `*.${encloser}`;
    return this.#nodes.get(source)?.map((record) => ({ ...record, name }));
  }
}

/** "b.c" of "a.b.c", "." of "c" and of ".". */
export function parentOf(name: string): string {
  for (let at = 0; at < name.length; at += 1) {
    if (name[at] === "\\") at += 1;
    else if (name[at] === ".") return at + 1 < name.length ? name.slice(at + 1) : ".";
  }
  return ".";
}

function legalName(where: string, name: unknown): string {
  if (typeof name === "string" && name !== "" && nameLabels(name) !== undefined) return canonicalName(name);
  throw invalidValue(where, 'a domain name like "www" or "www.example.com."', name);
}

function addressData(where: string, family: number, value: unknown): DnsData {
  const address = typeof value === "string" ? inet_pton(family, value) : undefined;
  if (address !== undefined) return { kind: "address", address };
  throw invalidValue(where, family === AF_INET ? 'addresses like "10.0.0.1"' : 'addresses like "2001:db8::1"', value);
}

function textBytes(where: string, value: unknown): Uint8Array {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : undefined;
  if (bytes !== undefined && bytes.length <= 255) return bytes;
  throw invalidValue(where, "text of up to 255 bytes", value);
}

function uint16(where: string, value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff) return value as number;
  throw invalidValue(where, "integers from 0 to 65535", value);
}
