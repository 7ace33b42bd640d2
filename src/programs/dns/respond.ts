import { sameName } from "../../wire/dns-name.ts";
import { DNS_A, DNS_AAAA, DNS_ANY, DNS_CNAME, DNS_IN, DNS_OPT, type DnsRecord } from "../../wire/dns-record.ts";
import {
  DNS_UDP_BYTES,
  DnsMessage,
  type DnsQuestion,
  ednsOf,
  ednsRecord,
  emitDns,
  OPCODE_QUERY,
  parseDns,
  RCODE_FORMAT_ERROR,
  RCODE_NAME_ERROR,
  RCODE_NOT_IMPLEMENTED,
  RCODE_REFUSED,
} from "../../wire/dns.ts";
import { OK } from "../../wire/reason.ts";
import type { Zone } from "./zone.ts";
import type { Zones } from "./zones.ts";

/** RFC 6891 §9: a version of EDNS that is not known. */
const RCODE_BAD_VERSION = 16;
/** Bytes that the server takes over UDP, and sends at most, whatever the client says. */
const SERVER_UDP_BYTES = 1232;
/** The longest message over TCP: RFC 1035 §4.2.2. */
const TCP_BYTES = 65_535;
const MAX_ALIASES = 16;

/**
 * Answers a query from the zones: RFC 1034 §4.3.2, authoritative and not recursive. Undefined for what is no query.
 * Over UDP an answer that does not fit is cut, and says so.
 */
export function respond(zones: Zones, query: Uint8Array, transport: "udp" | "tcp"): Uint8Array | undefined {
  const view = new DataView(query.buffer, query.byteOffset, query.byteLength);
  const asked = new DnsMessage();
  const reason = parseDns(view, 0, query.length, asked);
  // Without a whole header nothing can be said; an answer is never answered.
  if (query.length < 12 || asked.response) return undefined;
  const response = new DnsMessage();
  response.id = asked.id;
  response.response = true;
  response.opcode = asked.opcode;
  response.recursionDesired = asked.recursionDesired;
  response.responseCode = reason === OK ? fill(response, asked, zones) : RCODE_FORMAT_ERROR;
  const edns = reason === OK ? ednsOf(asked) : undefined;
  if (edns !== undefined) {
    const responseCode = edns.version === 0 ? response.responseCode : RCODE_BAD_VERSION;
    if (edns.version > 0) clear(response);
    response.responseCode = responseCode & 15;
    response.additionals.push(
      ednsRecord({ udpBytes: SERVER_UDP_BYTES, responseCode, version: 0, dnssecOk: edns.dnssecOk, options: [] }),
    );
  }
  const udpBytes = Math.min(SERVER_UDP_BYTES, Math.max(DNS_UDP_BYTES, edns?.udpBytes ?? 0));
  return emit(response, transport === "tcp" ? TCP_BYTES : udpBytes);
}

function emit(response: DnsMessage, limit: number): Uint8Array | undefined {
  const memory = new DataView(new ArrayBuffer(limit));
  let end = emitDns(memory, 0, limit, response);
  if (end < 0) {
    // What is left out is not missed by who asks again over TCP: RFC 2181 §9.
    response.truncated = true;
    const options = response.additionals.filter(({ type }) => type === DNS_OPT);
    clear(response);
    response.additionals = options;
    end = emitDns(memory, 0, limit, response);
  }
  return end < 0 ? undefined : new Uint8Array(memory.buffer, 0, end);
}

function clear(response: DnsMessage): void {
  response.answers = [];
  response.authorities = [];
  response.additionals = [];
}

/** Fills in the answer; returns the response's code. */
function fill(response: DnsMessage, asked: DnsMessage, zones: Zones): number {
  const [question, ...more] = asked.questions;
  if (asked.opcode !== OPCODE_QUERY) return RCODE_NOT_IMPLEMENTED;
  if (question === undefined || more.length > 0) return RCODE_FORMAT_ERROR;
  if (asked.additionals.filter(({ type }) => type === DNS_OPT).length > 1) return RCODE_FORMAT_ERROR;
  response.questions = [question];
  const zone = zones.of(question.name);
  if (zone === undefined || question.class !== DNS_IN) return RCODE_REFUSED;
  response.authoritative = true;
  return answer(response, question, zone, zones);
}

function answer(response: DnsMessage, question: DnsQuestion, first: Zone, zones: Zones): number {
  let { name } = question;
  let zone: Zone | undefined = first;
  for (let aliases = 0; zone !== undefined; aliases += 1) {
    const servers = zone.delegation(name);
    if (servers !== undefined) {
      if (aliases === 0) response.authoritative = false;
      response.authorities.push(...servers);
      response.additionals.push(...glue(zone, servers));
      return 0;
    }
    const records = zone.find(name) ?? zone.wildcard(name);
    if (records === undefined) {
      response.authorities.push(negative(zone));
      return RCODE_NAME_ERROR;
    }
    const fitting = records.filter(({ type }) => type === question.type || question.type === DNS_ANY);
    response.answers.push(...fitting);
    if (fitting.length > 0) return 0;
    const alias = records.find(({ type }) => type === DNS_CNAME);
    if (alias?.data.kind !== "name") {
      response.authorities.push(negative(zone));
      return 0;
    }
    response.answers.push(alias);
    name = alias.data.target;
    // An alias that leads round, or to others' names: the client has what there is.
    if (aliases >= MAX_ALIASES) return 0;
    zone = zones.of(name);
  }
  return 0;
}

/** RFC 2308 §3: the SOA of what is not there, for no longer than that may be kept. */
function negative({ soa }: Zone): DnsRecord {
  const ttlS = soa.data.kind === "authority" ? Math.min(soa.ttlS, soa.data.negativeTtlS) : soa.ttlS;
  return { ...soa, ttlS };
}

/** The addresses of servers that only they themselves could give: RFC 1034 §4.2.1. */
function glue(zone: Zone, servers: readonly DnsRecord[]): DnsRecord[] {
  return servers.flatMap(({ data }) => {
    const target = data.kind === "name" ? data.target : "";
    const there = zone.has(target) ? (zone.find(target) ?? []) : [];
    return there.filter(({ type, name }) => (type === DNS_A || type === DNS_AAAA) && sameName(name, target));
  });
}
