import { DnsReader } from "./dns-reader.ts";
import { DNS_IN, DNS_OPT, type DnsOption, type DnsRecord, readRecord, writeRecord } from "./dns-record.ts";
import { DnsWriter } from "./dns-writer.ts";
import { OK, TRUNCATED } from "./reason.ts";

/** Messages of the domain name system: RFC 1035 §4. */

/** Bytes of the header. */
export const DNS_HEADER_BYTES = 12;
/** Bytes of a message over UDP to and from those who do not say more: RFC 1035 §2.3.4. */
export const DNS_UDP_BYTES = 512;

/** Kinds of queries. */
export const OPCODE_QUERY = 0;

/** Codes of responses: RFC 1035 §4.1.1. */
export const RCODE_OK = 0;
export const RCODE_FORMAT_ERROR = 1;
export const RCODE_SERVER_FAILURE = 2;
export const RCODE_NAME_ERROR = 3;
export const RCODE_NOT_IMPLEMENTED = 4;
export const RCODE_REFUSED = 5;

const RESPONSE = 0x8000;
const AUTHORITATIVE = 0x0400;
const TRUNCATED_MESSAGE = 0x0200;
const RECURSION_DESIRED = 0x0100;
const RECURSION_AVAILABLE = 0x0080;
/** RFC 4035 §3.1.6 and §3.2.2. */
const AUTHENTIC_DATA = 0x0020;
const CHECKING_DISABLED = 0x0010;

export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export class DnsMessage {
  id = 0;
  response = false;
  opcode: number = OPCODE_QUERY;
  authoritative = false;
  /** It was cut to fit: ask again over TCP. */
  truncated = false;
  recursionDesired = false;
  recursionAvailable = false;
  authenticData = false;
  checkingDisabled = false;
  /** The four bits of the header; EDNS has eight more. */
  responseCode: number = RCODE_OK;
  questions: DnsQuestion[] = [];
  answers: DnsRecord[] = [];
  authorities: DnsRecord[] = [];
  additionals: DnsRecord[] = [];
}

/**
 * Reads the message from `start` to `end`. Returns OK, or why not; the fields are then those up to what is wrong. Names
 * and data are copies. What comes behind the last record is not looked at.
 */
export function parseDns(view: DataView, start: number, end: number, into: DnsMessage): number {
  if (end - start < DNS_HEADER_BYTES) return TRUNCATED;
  const reader = new DnsReader(view, start, end);
  into.id = reader.uint16();
  const flags = reader.uint16();
  into.response = (flags & RESPONSE) !== 0;
  into.opcode = (flags >>> 11) & 0x0f;
  into.authoritative = (flags & AUTHORITATIVE) !== 0;
  into.truncated = (flags & TRUNCATED_MESSAGE) !== 0;
  into.recursionDesired = (flags & RECURSION_DESIRED) !== 0;
  into.recursionAvailable = (flags & RECURSION_AVAILABLE) !== 0;
  into.authenticData = (flags & AUTHENTIC_DATA) !== 0;
  into.checkingDisabled = (flags & CHECKING_DISABLED) !== 0;
  into.responseCode = flags & 0x0f;
  const questions = reader.uint16();
  const answers = reader.uint16();
  const authorities = reader.uint16();
  const additionals = reader.uint16();
  into.questions = readAll(reader, questions, readQuestion);
  into.answers = readAll(reader, answers, readRecord);
  into.authorities = readAll(reader, authorities, readRecord);
  into.additionals = readAll(reader, additionals, readRecord);
  return reader.reason;
}

/** So many of a kind, those that are whole: a count asks for no more work than there are bytes. */
function readAll<T>(reader: DnsReader, count: number, read: (reader: DnsReader) => T): T[] {
  const all: T[] = [];
  for (let i = 0; i < count && reader.reason === OK; i++) {
    const one = read(reader);
    if (reader.reason === OK) all.push(one);
  }
  return all;
}

function readQuestion(reader: DnsReader): DnsQuestion {
  return { name: reader.name(), type: reader.uint16(), class: reader.uint16() };
}

/**
 * Writes the message at `start`, names compressed, and returns where it ends; -1 when it does not end at or before
 * `limit`, or holds a name or a field that the format does not allow.
 */
export function emitDns(view: DataView, start: number, limit: number, message: DnsMessage): number {
  const writer = new DnsWriter(view, start, limit);
  writer.uint16(message.id);
  writer.uint16(flagsOf(message));
  writer.uint16(message.questions.length);
  writer.uint16(message.answers.length);
  writer.uint16(message.authorities.length);
  writer.uint16(message.additionals.length);
  for (const question of message.questions) {
    writer.name(question.name);
    writer.uint16(question.type);
    writer.uint16(question.class);
  }
  for (const section of [message.answers, message.authorities, message.additionals]) {
    for (const record of section) writeRecord(writer, record);
  }
  return writer.failed ? -1 : writer.at;
}

function flagsOf(message: DnsMessage): number {
  return (
    (message.response ? RESPONSE : 0) |
    ((message.opcode & 0x0f) << 11) |
    (message.authoritative ? AUTHORITATIVE : 0) |
    (message.truncated ? TRUNCATED_MESSAGE : 0) |
    (message.recursionDesired ? RECURSION_DESIRED : 0) |
    (message.recursionAvailable ? RECURSION_AVAILABLE : 0) |
    (message.authenticData ? AUTHENTIC_DATA : 0) |
    (message.checkingDisabled ? CHECKING_DISABLED : 0) |
    (message.responseCode & 0x0f)
  );
}

/** A query for records of one name, that a server may ask others about. */
export function dnsQuery(id: number, name: string, type: number): DnsMessage {
  const message = new DnsMessage();
  message.id = id;
  message.recursionDesired = true;
  message.questions = [{ name, type, class: DNS_IN }];
  return message;
}

/** What an OPT record says: RFC 6891 §6.1. */
export interface Edns {
  /** Bytes that the sender takes in one datagram. */
  readonly udpBytes: number;
  /** The response code with the header's four bits and eight more. */
  readonly responseCode: number;
  readonly version: number;
  /** The sender understands DNSSEC: RFC 3225. */
  readonly dnssecOk: boolean;
  readonly options: readonly DnsOption[];
}

/** The message's OPT record; undefined when it has none, or several, which is a format error. */
export function ednsOf(message: DnsMessage): Edns | undefined {
  const records = message.additionals.filter(({ type }) => type === DNS_OPT);
  const record = records[0];
  if (record === undefined || records.length > 1 || record.data.kind !== "options") return undefined;
  return {
    udpBytes: record.class,
    responseCode: ((record.ttlS >>> 24) << 4) | message.responseCode,
    version: (record.ttlS >>> 16) & 0xff,
    dnssecOk: (record.ttlS & 0x8000) !== 0,
    options: record.data.options,
  };
}

/** An OPT record; its message carries the lower four bits of the response code itself. */
export function ednsRecord(edns: Edns): DnsRecord {
  const ttlS =
    (((edns.responseCode >>> 4) & 0xff) << 24) | ((edns.version & 0xff) << 16) | (edns.dnssecOk ? 0x8000 : 0);
  return {
    name: ".",
    type: DNS_OPT,
    class: edns.udpBytes,
    ttlS: ttlS >>> 0,
    data: { kind: "options", options: edns.options },
  };
}
