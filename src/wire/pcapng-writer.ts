import {
  type AddressNames,
  BLOCK_ENHANCED_PACKET,
  BLOCK_HEAD_BYTES,
  BLOCK_INTERFACE,
  BLOCK_NAME_RESOLUTION,
  BLOCK_SECTION_HEADER,
  BLOCK_TAIL_BYTES,
  BYTE_ORDER_MAGIC,
  type Direction,
  type InterfaceInfo,
  MAX_OPTION_BYTES,
  NAME_END,
  NAME_IPV4,
  NAME_IPV6,
  OPTION_APPLICATION,
  OPTION_COMMENT,
  OPTION_END_OF_OPTIONS,
  OPTION_HARDWARE,
  OPTION_INTERFACE_DESCRIPTION,
  OPTION_INTERFACE_NAME,
  OPTION_PACKET_FLAGS,
  OPTION_SYSTEM,
  OPTION_TIME_OFFSET,
  OPTION_TIME_RESOLUTION,
  padded,
  type SectionInfo,
} from "./pcapng-format.ts";

/** Nanoseconds: the negative power of ten. */
const RESOLUTION = 9;
const NS_PER_US = 1000;
const WORD = 0x1_0000_0000;
/** Memory at first; it doubles as blocks ask for it, and is kept. */
const FIRST_BYTES = 4096;

const FLAG_IN = 1;
const FLAG_OUT = 2;

const encoder = new TextEncoder();

/** What is said of a packet. */
export interface PacketInfo {
  /** Since the clock's zero, or since the interface's offset; fractions of a microsecond are kept to the nanosecond. */
  readonly timeUs: number;
  /** Bytes that it had, when it is not given whole. */
  readonly originalBytes?: number;
  readonly direction?: Direction;
  readonly comments?: readonly string[];
}

/**
 * Writes a capture block by block: first `section`, then `interface` for each, then packets and names in any order. A
 * block is given to `sink` whole; its memory is the writer's, valid during the call. Numbers are little-endian.
 */
export class PcapngWriter {
  readonly #sink: (block: Uint8Array) => void;
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #interfaces = 0;

  constructor(sink: (block: Uint8Array) => void) {
    this.#sink = sink;
  }

  /** A section: what comes behind it is read without what came before. Interfaces count from 0 again. */
  section(info: SectionInfo = {}): void {
    this.#interfaces = 0;
    this.#begin(BLOCK_SECTION_HEADER);
    this.#uint32(BYTE_ORDER_MAGIC);
    // Version 1.0, and a length that is not told.
    this.#uint16(1);
    this.#uint16(0);
    this.#uint32(0xffffffff);
    this.#uint32(0xffffffff);
    this.#comments(info.comments);
    this.#text(OPTION_HARDWARE, info.hardware);
    this.#text(OPTION_SYSTEM, info.system);
    this.#text(OPTION_APPLICATION, info.application);
    this.#endOptions();
    this.#end();
  }

  /** An interface; returns its number, which its packets name. Times are in nanoseconds. */
  interface(info: InterfaceInfo): number {
    this.#begin(BLOCK_INTERFACE);
    this.#uint16(info.linkType);
    this.#uint16(0);
    this.#uint32(info.snapBytes ?? 0);
    this.#comments(info.comments);
    this.#text(OPTION_INTERFACE_NAME, info.name);
    this.#text(OPTION_INTERFACE_DESCRIPTION, info.description);
    this.#option(OPTION_TIME_RESOLUTION, Uint8Array.of(RESOLUTION));
    if (info.offsetS !== undefined) {
      this.#uint16(OPTION_TIME_OFFSET);
      this.#uint16(8);
      this.#uint32(info.offsetS);
      this.#uint32(Math.floor(info.offsetS / WORD));
    }
    this.#endOptions();
    this.#end();
    return this.#interfaces++;
  }

  /** A packet: the bytes from `start` to `end` of `view`. */
  packet(interfaceId: number, view: DataView, start: number, end: number, info: PacketInfo): void {
    const bytes = end - start;
    const wholeUs = Math.floor(info.timeUs);
    // Nanoseconds since 1970 have more bits than a double: they are counted in two words.
    const low = (wholeUs % WORD) * NS_PER_US + Math.round((info.timeUs - wholeUs) * NS_PER_US);
    const high = Math.floor(wholeUs / WORD) * NS_PER_US + Math.floor(low / WORD);
    this.#begin(BLOCK_ENHANCED_PACKET);
    this.#uint32(interfaceId);
    this.#uint32(high);
    this.#uint32(low);
    this.#uint32(bytes);
    this.#uint32(info.originalBytes ?? bytes);
    this.#data(new Uint8Array(view.buffer, view.byteOffset + start, bytes));
    this.#comments(info.comments);
    if (info.direction !== undefined) {
      this.#uint16(OPTION_PACKET_FLAGS);
      this.#uint16(4);
      this.#uint32(info.direction === "in" ? FLAG_IN : FLAG_OUT);
    }
    this.#endOptions();
    this.#end();
  }

  /** Names of addresses, for a reader to show in their place. An address without a name is left out. */
  names(all: readonly AddressNames[]): void {
    this.#begin(BLOCK_NAME_RESOLUTION);
    for (const { address, names } of all) {
      // A name ends at a zero, so what is behind one in it would be another name.
      const text = names.map((name) => `${name.replaceAll("\0", "")}\0`).filter((name) => name.length > 1);
      const bytes = encoder.encode(text.join(""));
      if (text.length === 0 || bytes.length + address.length > MAX_OPTION_BYTES) continue;
      this.#uint16(address.length === 4 ? NAME_IPV4 : NAME_IPV6);
      this.#uint16(address.length + bytes.length);
      const record = new Uint8Array(address.length + bytes.length);
      record.set(address);
      record.set(bytes, address.length);
      this.#data(record);
    }
    this.#uint16(NAME_END);
    this.#uint16(0);
    this.#end();
  }

  #begin(type: number): void {
    this.#at = 0;
    this.#uint32(type);
    this.#uint32(0);
  }

  /** The length is written before and behind the body. */
  #end(): void {
    const bytes = this.#at + BLOCK_TAIL_BYTES;
    this.#uint32(bytes);
    this.#view.setUint32(BLOCK_HEAD_BYTES - 4, bytes, true);
    this.#sink(this.#bytes.subarray(0, bytes));
  }

  #comments(comments: readonly string[] | undefined): void {
    for (const comment of comments ?? []) this.#text(OPTION_COMMENT, comment);
  }

  #text(code: number, text: string | undefined): void {
    if (text !== undefined) this.#option(code, utf8(text));
  }

  #option(code: number, data: Uint8Array): void {
    this.#uint16(code);
    this.#uint16(data.length);
    this.#data(data);
  }

  #endOptions(): void {
    this.#uint16(OPTION_END_OF_OPTIONS);
    this.#uint16(0);
  }

  /** Bytes and their padding. */
  #data(data: Uint8Array): void {
    const bytes = padded(data.length);
    this.#reserve(bytes);
    this.#bytes.set(data, this.#at);
    this.#bytes.fill(0, this.#at + data.length, this.#at + bytes);
    this.#at += bytes;
  }

  #uint16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  #uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + bytes));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** The text as UTF-8, cut between characters where it is longer than an option. */
function utf8(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  if (bytes.length <= MAX_OPTION_BYTES) return bytes;
  let end = MAX_OPTION_BYTES;
  // A byte 10xxxxxx is not the first one of its character.
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
