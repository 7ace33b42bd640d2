import { OK, TRUNCATED } from "./reason.ts";

/** Options of DHCP: RFC 2132. */

const PAD = 0;
const END = 255;

export const DHCP_SUBNET_MASK = 1;
export const DHCP_ROUTERS = 3;
export const DHCP_DNS_SERVERS = 6;
export const DHCP_HOST_NAME = 12;
export const DHCP_DOMAIN_NAME = 15;
export const DHCP_INTERFACE_MTU = 26;
export const DHCP_BROADCAST_ADDRESS = 28;
export const DHCP_REQUESTED_ADDRESS = 50;
export const DHCP_LEASE_TIME = 51;
/** Says that the fields of server name and boot file hold options. Parsing follows it and leaves it out. */
export const DHCP_OVERLOAD = 52;
export const DHCP_MESSAGE_TYPE = 53;
export const DHCP_SERVER_IDENTIFIER = 54;
export const DHCP_PARAMETER_REQUEST_LIST = 55;
export const DHCP_MESSAGE = 56;
export const DHCP_MAX_MESSAGE_SIZE = 57;
export const DHCP_RENEWAL_TIME = 58;
export const DHCP_REBINDING_TIME = 59;
export const DHCP_CLIENT_IDENTIFIER = 61;

/** Values of DHCP_MESSAGE_TYPE: RFC 2132 §9.6. */
export const DHCP_DISCOVER = 1;
export const DHCP_OFFER = 2;
export const DHCP_REQUEST = 3;
export const DHCP_DECLINE = 4;
export const DHCP_ACK = 5;
export const DHCP_NAK = 6;
export const DHCP_RELEASE = 7;
export const DHCP_INFORM = 8;

/** Bytes of one part of an option; a longer one has several (RFC 3396). */
const MAX_PART_BYTES = 255;

export interface DhcpOption {
  readonly code: number;
  readonly data: Uint8Array;
}

/** Collects the options of the fields that hold some, one field after the other. */
export class OptionReader {
  readonly options: DhcpOption[] = [];
  reason: number = OK;
  readonly #view: DataView;

  constructor(view: DataView) {
    this.#view = view;
  }

  /** The options at the end of the message: they end with the option End, or with the message. */
  read(start: number, end: number): void {
    let at = start;
    while (at < end) {
      const code = this.#view.getUint8(at);
      if (code === END) return;
      at++;
      if (code === PAD) continue;
      const bytes = at < end ? this.#view.getUint8(at) : 0;
      if (at >= end || bytes > end - at - 1) {
        this.reason = TRUNCATED;
        return;
      }
      this.#add(code, new Uint8Array(this.#view.buffer, this.#view.byteOffset + at + 1, bytes));
      at += 1 + bytes;
    }
  }

  /** The options of a field that was made for something else. */
  readField(start: number, bytes: number): void {
    this.read(start, start + bytes);
  }

  #add(code: number, data: Uint8Array): void {
    const before = this.options.findIndex((option) => option.code === code);
    if (before < 0) {
      this.options.push({ code, data: data.slice() });
      return;
    }
    const first = (this.options[before] as DhcpOption).data;
    const joined = new Uint8Array(first.length + data.length);
    joined.set(first);
    joined.set(data, first.length);
    this.options[before] = { code, data: joined };
  }

  /** Takes an option out; undefined when it is not there. */
  take(code: number): Uint8Array | undefined {
    const at = this.options.findIndex((option) => option.code === code);
    return at < 0 ? undefined : this.options.splice(at, 1)[0]?.data;
  }
}

/** Writes options and their end; returns where they end, or -1 when they do not end at or before `limit`. */
export function writeOptions(view: DataView, start: number, limit: number, options: readonly DhcpOption[]): number {
  let at = start;
  for (const { code, data } of options) {
    let from = 0;
    do {
      const bytes = Math.min(data.length - from, MAX_PART_BYTES);
      if (at + 2 + bytes > limit) return -1;
      view.setUint8(at, code);
      view.setUint8(at + 1, bytes);
      for (let i = 0; i < bytes; i++) view.setUint8(at + 2 + i, data[from + i] as number);
      at += 2 + bytes;
      from += bytes;
    } while (from < data.length);
  }
  if (at >= limit) return -1;
  view.setUint8(at, END);
  return at + 1;
}

/** The data of an option; undefined when it is not there. */
export function findOption(options: readonly DhcpOption[], code: number): Uint8Array | undefined {
  return options.find((option) => option.code === code)?.data;
}

/** A number of one, two or four bytes, as the option has them; undefined when it is not there or has others. */
export function numberOption(options: readonly DhcpOption[], code: number, bytes: 1 | 2 | 4): number | undefined {
  const data = findOption(options, code);
  if (data?.length !== bytes) return undefined;
  return data.reduce((value, byte) => value * 256 + byte, 0);
}

/** Addresses as signed words, one at least; undefined when the option is not there or is none of addresses. */
export function addressesOption(options: readonly DhcpOption[], code: number): Int32Array | undefined {
  const data = findOption(options, code);
  if (data === undefined || data.length === 0 || data.length % 4 !== 0) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Int32Array.from({ length: data.length / 4 }, (_, i) => view.getInt32(i * 4));
}

/** An option that holds a number of so many bytes. */
export function makeNumberOption(code: number, bytes: 1 | 2 | 4, value: number): DhcpOption {
  const data = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) data[i] = value >>> ((bytes - 1 - i) * 8);
  return { code, data };
}

/** An option that holds addresses, signed words or not. */
export function makeAddressesOption(code: number, addresses: readonly number[]): DhcpOption {
  const data = new Uint8Array(addresses.length * 4);
  const view = new DataView(data.buffer);
  for (const [i, address] of addresses.entries()) view.setInt32(i * 4, address);
  return { code, data };
}
