import { invalidValue } from "../../api/errors.ts";
import { formatInet4, parseInet4 } from "../../netdb/inet4-text.ts";
import { formatInet6, parseInet6 } from "../../netdb/inet6-text.ts";
import { MAPPED_WORD, type IpHeader } from "../../wire/ip-header.ts";

/** Where the text is taken apart and put together. */
const scratch: Uint8Array = new Uint8Array(16);
const scratchView: DataView = new DataView(scratch.buffer);

/**
 * An IPv4 or IPv6 address as four 32-bit words, signed. An IPv4 address is held IPv4-mapped (RFC 4291 §2.5.5.2), so
 * that tables are keyed on four words for both; an IPv6 address is never of that form.
 */
export class IpAddress {
  /** 4 or 6. */
  readonly version: number;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;

  /** From four words; IPv4 when they are of the mapped form. */
  constructor(w0: number, w1: number, w2: number, w3: number) {
    this.version = isMapped(w0, w1, w2) ? 4 : 6;
    this.w0 = w0 | 0;
    this.w1 = w1 | 0;
    this.w2 = w2 | 0;
    this.w3 = w3 | 0;
  }

  /** The IPv4 address of one word. */
  static v4(word: number): IpAddress {
    return new IpAddress(0, 0, MAPPED_WORD, word);
  }

  /** From text: "10.0.0.1", "fe80::1"; "::ffff:10.0.0.1" is 10.0.0.1. Errors: ERR_INVALID_ARG_VALUE. */
  static parse(text: string): IpAddress {
    const address = IpAddress.tryParse(text);
    if (address === undefined) throw invalidValue("address", "an IPv4 or IPv6 address", text);
    return address;
  }

  /** From text, or undefined when it is no address. */
  static tryParse(text: string): IpAddress | undefined {
    if (parseInet4(text, 0, text.length, scratch, 0)) return IpAddress.v4(scratchView.getInt32(0));
    return parseInet6(text, 0, text.length, scratch, 0) ? IpAddress.read(scratchView, 0, 6) : undefined;
  }

  /** From the 4 or 16 bytes at `at`. */
  static read(view: DataView, at: number, version: number): IpAddress {
    if (version === 4) return IpAddress.v4(view.getInt32(at));
    return new IpAddress(view.getInt32(at), view.getInt32(at + 4), view.getInt32(at + 8), view.getInt32(at + 12));
  }

  /** Where a packet comes from. */
  static sourceOf(ip: IpHeader): IpAddress {
    return new IpAddress(ip.source0, ip.source1, ip.source2, ip.source3);
  }

  /** Where a packet goes to. */
  static destinationOf(ip: IpHeader): IpAddress {
    return new IpAddress(ip.destination0, ip.destination1, ip.destination2, ip.destination3);
  }

  equals(other: IpAddress): boolean {
    return this.w3 === other.w3 && this.w2 === other.w2 && this.w1 === other.w1 && this.w0 === other.w0;
  }

  isSourceOf(ip: IpHeader): boolean {
    return this.w3 === ip.source3 && this.w2 === ip.source2 && this.w1 === ip.source1 && this.w0 === ip.source0;
  }

  isDestinationOf(ip: IpHeader): boolean {
    return (
      this.w3 === ip.destination3 &&
      this.w2 === ip.destination2 &&
      this.w1 === ip.destination1 &&
      this.w0 === ip.destination0
    );
  }

  get isUnspecified(): boolean {
    return this.w3 === 0 && this.w0 === 0 && this.w1 === 0 && (this.w2 === 0 || this.w2 === MAPPED_WORD);
  }

  get isMulticast(): boolean {
    return isMulticast(this.w0, this.w1, this.w2, this.w3);
  }

  /** 127.0.0.0/8 (RFC 1122 §3.2.1.3), ::1. */
  get isLoopback(): boolean {
    return isLoopback(this.w0, this.w1, this.w2, this.w3);
  }

  /** 169.254.0.0/16 (RFC 3927), fe80::/10. */
  get isLinkLocal(): boolean {
    return this.version === 4 ? this.w3 >>> 16 === 0xa9fe : this.w0 >>> 22 === 0x3fa;
  }

  /** 255.255.255.255 (RFC 919). */
  get isLimitedBroadcast(): boolean {
    return this.version === 4 && this.w3 === -1;
  }

  /** The same address with all bits behind the prefix cleared. */
  masked(prefixLength: number): IpAddress {
    const bits = this.version === 4 ? prefixLength + 96 : prefixLength;
    return new IpAddress(
      this.w0 & prefixMask(bits, 0),
      this.w1 & prefixMask(bits, 1),
      this.w2 & prefixMask(bits, 2),
      this.w3 & prefixMask(bits, 3),
    );
  }

  /** Whether the first `prefixLength` bits are those of `other`, which is of the same version. */
  hasPrefix(other: IpAddress, prefixLength: number): boolean {
    const bits = this.version === 4 ? prefixLength + 96 : prefixLength;
    return (
      ((this.w0 ^ other.w0) & prefixMask(bits, 0)) === 0 &&
      ((this.w1 ^ other.w1) & prefixMask(bits, 1)) === 0 &&
      ((this.w2 ^ other.w2) & prefixMask(bits, 2)) === 0 &&
      ((this.w3 ^ other.w3) & prefixMask(bits, 3)) === 0
    );
  }

  /** Writes its 4 or 16 bytes at `at`, and returns where they end. */
  write(view: DataView, at: number): number {
    if (this.version === 4) {
      view.setInt32(at, this.w3);
      return at + 4;
    }
    view.setInt32(at, this.w0);
    view.setInt32(at + 4, this.w1);
    view.setInt32(at + 8, this.w2);
    view.setInt32(at + 12, this.w3);
    return at + 16;
  }

  /** Its text, as inet_ntop(3) has it. */
  toString(): string {
    this.write(scratchView, 0);
    return this.version === 4 ? formatInet4(scratch, 0) : formatInet6(scratch, 0);
  }
}

/** 0.0.0.0 and ::. */
export const ANY_V4: IpAddress = IpAddress.v4(0);
export const ANY_V6: IpAddress = new IpAddress(0, 0, 0, 0);

/** Whether three words begin an IPv4-mapped address. */
export function isMapped(w0: number, w1: number, w2: number): boolean {
  return w2 === MAPPED_WORD && w1 === 0 && w0 === 0;
}

/** 224.0.0.0/4 (RFC 1112 §4), ff00::/8 (RFC 4291 §2.7). */
export function isMulticast(w0: number, w1: number, w2: number, w3: number): boolean {
  return isMapped(w0, w1, w2) ? w3 >>> 28 === 0xe : w0 >>> 24 === 0xff;
}

/** 127.0.0.0/8 (RFC 1122 §3.2.1.3), ::1. */
export function isLoopback(w0: number, w1: number, w2: number, w3: number): boolean {
  if (isMapped(w0, w1, w2)) return w3 >>> 24 === 127;
  return w3 === 1 && w2 === 0 && w1 === 0 && w0 === 0;
}

/** The bits of word `index`, 0 to 3, that belong to a prefix of `bits` out of 128. */
export function prefixMask(bits: number, index: number): number {
  const inWord = bits - 32 * index;
  if (inWord <= 0) return 0;
  return inWord >= 32 ? -1 : -1 << (32 - inWord);
}
