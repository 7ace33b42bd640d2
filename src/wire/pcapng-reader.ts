import {
  type AddressNames,
  BLOCK_ENHANCED_PACKET,
  BLOCK_HEAD_BYTES,
  BLOCK_INTERFACE,
  BLOCK_NAME_RESOLUTION,
  BLOCK_SECTION_HEADER,
  BLOCK_SIMPLE_PACKET,
  BLOCK_TAIL_BYTES,
  BYTE_ORDER_MAGIC,
  type Direction,
  type InterfaceInfo,
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
import { BAD_LENGTH, BAD_VALUE, BAD_VERSION, OK, TRUNCATED } from "./reason.ts";

/** Microseconds, where an interface does not say. */
const DEFAULT_RESOLUTION = 6;
const WORD = 0x1_0000_0000;
/** The bit of a resolution that makes it a power of two. */
const POWER_OF_TWO = 0x80;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** One block. */
export type PcapngBlock =
  | { readonly kind: "section"; readonly info: SectionInfo }
  | { readonly kind: "interface"; readonly id: number; readonly info: InterfaceInfo }
  | {
      readonly kind: "packet";
      readonly interfaceId: number;
      /** Since the clock's zero, the interface's offset not counted; undefined in a block that has no time. */
      readonly timeUs: number | undefined;
      /** Where its bytes are in the reader's view. */
      readonly start: number;
      readonly end: number;
      readonly originalBytes: number;
      readonly direction: Direction | undefined;
      readonly comments: readonly string[];
    }
  | { readonly kind: "names"; readonly names: readonly AddressNames[] }
  /** A block that is not read here. */
  | { readonly kind: "other"; readonly type: number };

/** What is needed of an interface to read its packets. */
interface InterfaceState {
  readonly snapBytes: number;
  readonly resolution: number;
}

interface Option {
  readonly code: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a capture block by block, in either byte order, several sections after each other. `next` gives undefined at
 * the end; `reason` is then OK, or why the rest cannot be read.
 */
export class PcapngReader {
  readonly view: DataView;
  reason: number = OK;
  readonly #end: number;
  #at: number;
  #little = true;
  #inSection = false;
  #interfaces: InterfaceState[] = [];

  constructor(view: DataView, start: number, end: number) {
    this.view = view;
    this.#at = start;
    this.#end = end;
  }

  /** The next block; undefined at the end, and at what is wrong. */
  next(): PcapngBlock | undefined {
    if (this.reason !== OK || this.#at === this.#end) return undefined;
    const start = this.#at;
    const end = this.#blockEnd(start);
    if (end < 0) return undefined;
    this.#at = end;
    const body = start + BLOCK_HEAD_BYTES;
    const bodyEnd = end - BLOCK_TAIL_BYTES;
    const type = this.#uint32(start);
    const block = this.#block(type, body, bodyEnd);
    if (block === undefined) this.reason = this.reason === OK ? BAD_LENGTH : this.reason;
    return block;
  }

  #fail(reason: number): -1 {
    this.reason = reason;
    return -1;
  }

  /** Where the block at `start` ends; -1 when it cannot be one. */
  #blockEnd(start: number): number {
    if (this.#end - start < BLOCK_HEAD_BYTES + BLOCK_TAIL_BYTES) return this.#fail(TRUNCATED);
    if (this.view.getUint32(start) === BLOCK_SECTION_HEADER) {
      // The type reads the same in both orders; the magic behind the length tells which one it is.
      this.#little = this.view.getUint32(start + BLOCK_HEAD_BYTES, true) === BYTE_ORDER_MAGIC;
      if (this.#uint32(start + BLOCK_HEAD_BYTES) !== BYTE_ORDER_MAGIC) return this.#fail(BAD_VALUE);
      this.#inSection = true;
    } else if (!this.#inSection) return this.#fail(BAD_VALUE);
    const bytes = this.#uint32(start + 4);
    if (bytes % 4 !== 0 || bytes < BLOCK_HEAD_BYTES + BLOCK_TAIL_BYTES) return this.#fail(BAD_LENGTH);
    if (bytes > this.#end - start) return this.#fail(TRUNCATED);
    if (this.#uint32(start + bytes - BLOCK_TAIL_BYTES) !== bytes) return this.#fail(BAD_LENGTH);
    return start + bytes;
  }

  #block(type: number, start: number, end: number): PcapngBlock | undefined {
    switch (type) {
      case BLOCK_SECTION_HEADER:
        return this.#section(start, end);
      case BLOCK_INTERFACE:
        return this.#interface(start, end);
      case BLOCK_ENHANCED_PACKET:
        return this.#enhancedPacket(start, end);
      case BLOCK_SIMPLE_PACKET:
        return this.#simplePacket(start, end);
      case BLOCK_NAME_RESOLUTION:
        return this.#names(start, end);
      default:
        return { kind: "other", type };
    }
  }

  #section(start: number, end: number): PcapngBlock | undefined {
    if (end - start < 16) return undefined;
    // Another minor version would still be readable, another major one not.
    if (this.#uint16(start + 4) !== 1) {
      this.reason = BAD_VERSION;
      return undefined;
    }
    this.#interfaces = [];
    const options = this.#options(start + 16, end);
    if (options === undefined) return undefined;
    const info = {
      ...this.#textOf(options, OPTION_HARDWARE, "hardware"),
      ...this.#textOf(options, OPTION_SYSTEM, "system"),
      ...this.#textOf(options, OPTION_APPLICATION, "application"),
      ...this.#commentsOf(options),
    };
    return { kind: "section", info };
  }

  #interface(start: number, end: number): PcapngBlock | undefined {
    if (end - start < 8) return undefined;
    const options = this.#options(start + 8, end);
    if (options === undefined) return undefined;
    const snapBytes = this.#uint32(start + 4);
    const resolution = options.find(({ code }) => code === OPTION_TIME_RESOLUTION);
    const offset = options.find(({ code }) => code === OPTION_TIME_OFFSET);
    const hasOffset = offset !== undefined && offset.end - offset.start === 8;
    const info = {
      linkType: this.#uint16(start),
      ...(snapBytes === 0 ? {} : { snapBytes }),
      ...this.#textOf(options, OPTION_INTERFACE_NAME, "name"),
      ...this.#textOf(options, OPTION_INTERFACE_DESCRIPTION, "description"),
      ...this.#commentsOf(options),
      ...(hasOffset ? { offsetS: this.#int64(offset.start) } : {}),
    };
    this.#interfaces.push({
      snapBytes,
      resolution:
        resolution !== undefined && resolution.end - resolution.start === 1
          ? this.view.getUint8(resolution.start)
          : DEFAULT_RESOLUTION,
    });
    return { kind: "interface", id: this.#interfaces.length - 1, info };
  }

  #enhancedPacket(start: number, end: number): PcapngBlock | undefined {
    if (end - start < 20) return undefined;
    const interfaceId = this.#uint32(start);
    const state = this.#interfaces[interfaceId];
    if (state === undefined) {
      this.reason = BAD_VALUE;
      return undefined;
    }
    const bytes = this.#uint32(start + 12);
    const data = start + 20;
    if (padded(bytes) > end - data || bytes > end - data) return undefined;
    const options = this.#options(data + padded(bytes), end);
    if (options === undefined) return undefined;
    const flags = options.find((option) => option.code === OPTION_PACKET_FLAGS && option.end - option.start === 4);
    const direction = flags === undefined ? 0 : this.#uint32(flags.start) & 3;
    return {
      kind: "packet",
      interfaceId,
      timeUs: microseconds(this.#uint32(start + 4), this.#uint32(start + 8), state.resolution),
      start: data,
      end: data + bytes,
      originalBytes: this.#uint32(start + 16),
      direction: direction === 1 ? "in" : direction === 2 ? "out" : undefined,
      comments: this.#commentsOf(options).comments ?? [],
    };
  }

  /** It belongs to the first interface, and is as long as it was or as that one keeps. */
  #simplePacket(start: number, end: number): PcapngBlock | undefined {
    const state = this.#interfaces[0];
    if (end - start < 4 || state === undefined) return undefined;
    const originalBytes = this.#uint32(start);
    const bytes = state.snapBytes === 0 ? originalBytes : Math.min(originalBytes, state.snapBytes);
    const data = start + 4;
    if (bytes > end - data) return undefined;
    return {
      kind: "packet",
      interfaceId: 0,
      timeUs: undefined,
      start: data,
      end: data + bytes,
      originalBytes,
      direction: undefined,
      comments: [],
    };
  }

  #names(start: number, end: number): PcapngBlock | undefined {
    const names: AddressNames[] = [];
    for (let at = start; at < end;) {
      const record = this.#option(at, end);
      if (record === undefined) return undefined;
      if (record.code === NAME_END) break;
      const addressBytes = record.code === NAME_IPV4 ? 4 : record.code === NAME_IPV6 ? 16 : 0;
      // Names of other kinds of addresses are passed over.
      if (addressBytes > 0) {
        if (record.end - record.start < addressBytes) return undefined;
        const address = this.#bytes(record.start, record.start + addressBytes).slice();
        const text = decoder.decode(this.#bytes(record.start + addressBytes, record.end));
        names.push({ address, names: text.split("\0").filter((name) => name !== "") });
      }
      at = record.start + padded(record.end - record.start);
    }
    return { kind: "names", names };
  }

  /** The options from `start` on; undefined when one is longer than its block. */
  #options(start: number, end: number): Option[] | undefined {
    const options: Option[] = [];
    for (let at = start; at < end;) {
      const option = this.#option(at, end);
      if (option === undefined) return undefined;
      if (option.code === OPTION_END_OF_OPTIONS) return options;
      options.push(option);
      at = option.start + padded(option.end - option.start);
    }
    return options;
  }

  #option(at: number, end: number): Option | undefined {
    if (end - at < 4) return undefined;
    const bytes = this.#uint16(at + 2);
    if (padded(bytes) > end - at - 4) return undefined;
    return { code: this.#uint16(at), start: at + 4, end: at + 4 + bytes };
  }

  #textOf<Name extends string>(options: readonly Option[], code: number, name: Name): { [name in Name]?: string } {
    const option = options.find((one) => one.code === code);
    if (option === undefined) return {};
    return { [name]: this.#text(option) } as { [name in Name]?: string };
  }

  #commentsOf(options: readonly Option[]): { comments?: string[] } {
    const comments = options.filter(({ code }) => code === OPTION_COMMENT).map((option) => this.#text(option));
    return comments.length === 0 ? {} : { comments };
  }

  #text({ start, end }: Option): string {
    return decoder.decode(this.#bytes(start, end));
  }

  #bytes(start: number, end: number): Uint8Array {
    return new Uint8Array(this.view.buffer, this.view.byteOffset + start, end - start);
  }

  #uint16(at: number): number {
    return this.view.getUint16(at, this.#little);
  }

  #uint32(at: number): number {
    return this.view.getUint32(at, this.#little);
  }

  #int64(at: number): number {
    return Number(this.view.getBigInt64(at, this.#little));
  }
}

/** A time of two words in microseconds. */
function microseconds(high: number, low: number, resolution: number): number {
  const exponent = resolution & ~POWER_OF_TWO;
  if ((resolution & POWER_OF_TWO) !== 0) return (high * WORD + low) * (1e6 / 2 ** exponent);
  if (exponent <= DEFAULT_RESOLUTION) return (high * WORD + low) * 10 ** (DEFAULT_RESOLUTION - exponent);
  // Finer than microseconds: the words are divided one after the other, since both have more bits than a double.
  const divisor = 10 ** (exponent - DEFAULT_RESOLUTION);
  const rest = high % divisor;
  return Math.floor(high / divisor) * WORD + (rest * WORD + low) / divisor;
}
