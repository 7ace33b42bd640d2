import type { DnsReader } from "./dns-reader.ts";
import type { DnsWriter } from "./dns-writer.ts";
import { BAD_LENGTH, OK } from "./reason.ts";

/** Types of records: RFC 1035 §3.2.2, RFC 3596 (AAAA), RFC 2782 (SRV), RFC 6891 (OPT). */
export const DNS_A = 1;
export const DNS_NS = 2;
export const DNS_CNAME = 5;
export const DNS_SOA = 6;
export const DNS_PTR = 12;
export const DNS_MX = 15;
export const DNS_TXT = 16;
export const DNS_AAAA = 28;
export const DNS_SRV = 33;
export const DNS_OPT = 41;
/** In a question: records of every type. */
export const DNS_ANY = 255;

/** The class of the Internet: RFC 1035 §3.2.4. */
export const DNS_IN = 1;

const A_BYTES = 4;
const AAAA_BYTES = 16;

/** What a record says; `kind` follows from its type. */
export type DnsData =
  /** A, AAAA: 4 or 16 bytes. */
  | { readonly kind: "address"; readonly address: Uint8Array }
  /** CNAME, NS, PTR. */
  | { readonly kind: "name"; readonly target: string }
  /** MX: the lowest preference is tried first. */
  | { readonly kind: "exchange"; readonly preference: number; readonly target: string }
  /** SRV. */
  | {
      readonly kind: "service";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  /** TXT: strings of up to 255 bytes. */
  | { readonly kind: "text"; readonly texts: readonly Uint8Array[] }
  /** SOA. */
  | {
      readonly kind: "authority";
      readonly primary: string;
      readonly mailbox: string;
      readonly serial: number;
      readonly refreshS: number;
      readonly retryS: number;
      readonly expireS: number;
      /** How long it may be kept that a name does not exist (RFC 2308 §4). */
      readonly negativeTtlS: number;
    }
  /** OPT. */
  | { readonly kind: "options"; readonly options: readonly DnsOption[] }
  /** Every other type. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

/** An option of EDNS: RFC 6891 §6.1.2. */
export interface DnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  /** Of an OPT record, the bytes that its sender takes in one datagram. */
  readonly class: number;
  /** Of an OPT record, flags: see `ednsOf`. */
  readonly ttlS: number;
  readonly data: DnsData;
}

/** Reads a record; what is wrong is in the reader's `reason`. */
export function readRecord(reader: DnsReader): DnsRecord {
  const name = reader.name();
  const type = reader.uint16();
  const class_ = reader.uint16();
  const ttlS = reader.uint32();
  const length = reader.uint16();
  const { end } = reader;
  const dataEnd = reader.at + length;
  // Truncation of the data is that of the message.
  if (dataEnd > end) reader.bytes(length);
  else reader.end = dataEnd;
  const data = readData(reader, type, length);
  // Data that are shorter or longer than their type's fields are wrong, and not cut.
  if (reader.reason === OK && reader.at !== dataEnd) reader.fail(BAD_LENGTH);
  reader.end = end;
  return { name, type, class: class_, ttlS, data };
}

function readData(reader: DnsReader, type: number, length: number): DnsData {
  switch (type) {
    case DNS_A:
      return { kind: "address", address: reader.bytes(A_BYTES) };
    case DNS_AAAA:
      return { kind: "address", address: reader.bytes(AAAA_BYTES) };
    case DNS_CNAME:
    case DNS_NS:
    case DNS_PTR:
      return { kind: "name", target: reader.name() };
    case DNS_MX:
      return { kind: "exchange", preference: reader.uint16(), target: reader.name() };
    case DNS_SRV:
      return {
        kind: "service",
        priority: reader.uint16(),
        weight: reader.uint16(),
        port: reader.uint16(),
        target: reader.name(),
      };
    case DNS_TXT:
      return { kind: "text", texts: readTexts(reader) };
    case DNS_SOA:
      return {
        kind: "authority",
        primary: reader.name(),
        mailbox: reader.name(),
        serial: reader.uint32(),
        refreshS: reader.uint32(),
        retryS: reader.uint32(),
        expireS: reader.uint32(),
        negativeTtlS: reader.uint32(),
      };
    case DNS_OPT:
      return { kind: "options", options: readOptions(reader) };
    default:
      return { kind: "bytes", bytes: reader.bytes(length) };
  }
}

/** One string at least: RFC 1035 §3.3.14. */
function readTexts(reader: DnsReader): Uint8Array[] {
  const texts: Uint8Array[] = [];
  do texts.push(reader.bytes(reader.uint8()));
  while (reader.reason === OK && reader.at < reader.end);
  return texts;
}

function readOptions(reader: DnsReader): DnsOption[] {
  const options: DnsOption[] = [];
  while (reader.reason === OK && reader.at < reader.end) {
    options.push({ code: reader.uint16(), data: reader.bytes(reader.uint16()) });
  }
  return options;
}

/** Writes a record. One that has no room, a name that is none, and data of another type leave the writer failed. */
export function writeRecord(writer: DnsWriter, record: DnsRecord): void {
  if (!isOfItsType(record)) writer.failed = true;
  writer.name(record.name);
  writer.uint16(record.type);
  writer.uint16(record.class);
  writer.uint32(record.ttlS);
  const lengthAt = writer.at;
  writer.uint16(0);
  writeData(writer, record.data);
  writer.setUint16(lengthAt, writer.at - lengthAt - 2);
}

function isOfItsType({ type, data }: DnsRecord): boolean {
  switch (type) {
    case DNS_A:
      return data.kind === "address" && data.address.length === A_BYTES;
    case DNS_AAAA:
      return data.kind === "address" && data.address.length === AAAA_BYTES;
    case DNS_CNAME:
    case DNS_NS:
    case DNS_PTR:
      return data.kind === "name";
    case DNS_MX:
      return data.kind === "exchange";
    case DNS_SRV:
      return data.kind === "service";
    case DNS_TXT:
      return data.kind === "text" && data.texts.length > 0;
    case DNS_SOA:
      return data.kind === "authority";
    case DNS_OPT:
      return data.kind === "options";
    default:
      return data.kind === "bytes";
  }
}

function writeData(writer: DnsWriter, data: DnsData): void {
  switch (data.kind) {
    case "address":
      return writer.bytes(data.address);
    case "name":
      return writer.name(data.target);
    case "exchange":
      writer.uint16(data.preference);
      return writer.name(data.target);
    case "service":
      writer.uint16(data.priority);
      writer.uint16(data.weight);
      writer.uint16(data.port);
      // The target of a service is not compressed: RFC 2782.
      return writer.plainName(data.target);
    case "text":
      for (const text of data.texts) {
        writer.uint8(text.length);
        writer.bytes(text);
      }
      return;
    case "authority":
      writer.name(data.primary);
      writer.name(data.mailbox);
      for (const value of [data.serial, data.refreshS, data.retryS, data.expireS, data.negativeTtlS]) {
        writer.uint32(value);
      }
      return;
    case "options":
      for (const option of data.options) {
        writer.uint16(option.code);
        writer.uint16(option.data.length);
        writer.bytes(option.data);
      }
      return;
    default:
      return writer.bytes(data.bytes);
  }
}
