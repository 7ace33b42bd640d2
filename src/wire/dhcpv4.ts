import { DHCP_OVERLOAD, type DhcpOption, OptionReader, writeOptions } from "./dhcp-option.ts";
import { BAD_VALUE, TRUNCATED } from "./reason.ts";

/** Messages of DHCP for IPv4: RFC 2131 §2. */

export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;

/** `operation` of what a client sends, and of what a server sends. */
export const BOOT_REQUEST = 1;
export const BOOT_REPLY = 2;

/** Bytes before the options, magic cookie counted. */
export const DHCP_HEADER_BYTES = 240;
/** Bytes of the shortest message: RFC 1542 §2.1. */
export const DHCP_MIN_BYTES = 300;
/** Bytes of a message that every client takes, without IP and UDP headers: RFC 2131 §2. */
export const DHCP_MAX_BYTES = 548;

/** What begins the options: RFC 2131 §3. */
const MAGIC = 0x63825363;
const BROADCAST = 0x8000;
const HARDWARE_AT = 28;
const HARDWARE_FIELD_BYTES = 16;
const SERVER_NAME_AT = 44;
const SERVER_NAME_BYTES = 64;
const BOOT_FILE_AT = 108;
const BOOT_FILE_BYTES = 128;
const MAGIC_AT = 236;

/** The fields that hold options as well: bits of the option Overload (RFC 2132 §9.3). */
const OVERLOAD_FILE = 1;
const OVERLOAD_NAME = 2;

/** A message. Addresses are signed words, 0 for none. */
export class DhcpMessage {
  operation = 0;
  /** 1 is Ethernet. */
  hardwareType = 1;
  hops = 0;
  transactionId = 0;
  /** Seconds since the client began. */
  seconds = 0;
  /** The client cannot take unicast before it has an address. */
  broadcast = false;
  /** The client's own, when it has one already. */
  clientAddress = 0;
  /** What the server gives it. */
  yourAddress = 0;
  /** Who serves the boot file. */
  nextServerAddress = 0;
  relayAddress = 0;
  /** Up to 16 bytes. */
  hardwareAddress: Uint8Array = new Uint8Array(0);
  /** Text fields up to their first zero; empty when they hold options. */
  serverName: Uint8Array = new Uint8Array(0);
  bootFile: Uint8Array = new Uint8Array(0);
  /** In the order of the message; parts of one option are joined (RFC 3396). */
  options: DhcpOption[] = [];
}

/** Reads the message from `start` to `end`. Returns OK, or why not. Data are copies. */
export function parseDhcp(view: DataView, start: number, end: number, into: DhcpMessage): number {
  if (end - start < DHCP_HEADER_BYTES) return TRUNCATED;
  if (view.getUint32(start + MAGIC_AT) !== MAGIC) return BAD_VALUE;
  const hardwareBytes = view.getUint8(start + 2);
  if (hardwareBytes > HARDWARE_FIELD_BYTES) return BAD_VALUE;
  into.operation = view.getUint8(start);
  into.hardwareType = view.getUint8(start + 1);
  into.hops = view.getUint8(start + 3);
  into.transactionId = view.getInt32(start + 4);
  into.seconds = view.getUint16(start + 8);
  into.broadcast = (view.getUint16(start + 10) & BROADCAST) !== 0;
  into.clientAddress = view.getInt32(start + 12);
  into.yourAddress = view.getInt32(start + 16);
  into.nextServerAddress = view.getInt32(start + 20);
  into.relayAddress = view.getInt32(start + 24);
  into.hardwareAddress = copy(view, start + HARDWARE_AT, hardwareBytes);
  const reader = new OptionReader(view);
  reader.read(start + DHCP_HEADER_BYTES, end);
  const overload = reader.take(DHCP_OVERLOAD)?.[0] ?? 0;
  // The file is read before the name: RFC 2131 §4.1.
  if ((overload & OVERLOAD_FILE) !== 0) reader.readField(start + BOOT_FILE_AT, BOOT_FILE_BYTES);
  if ((overload & OVERLOAD_NAME) !== 0) reader.readField(start + SERVER_NAME_AT, SERVER_NAME_BYTES);
  into.bootFile = (overload & OVERLOAD_FILE) === 0 ? text(view, start + BOOT_FILE_AT, BOOT_FILE_BYTES) : NOTHING;
  into.serverName = (overload & OVERLOAD_NAME) === 0 ? text(view, start + SERVER_NAME_AT, SERVER_NAME_BYTES) : NOTHING;
  into.options = reader.options;
  return reader.reason;
}

const NOTHING = new Uint8Array(0);

function copy(view: DataView, start: number, bytes: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + start, bytes).slice();
}

function text(view: DataView, start: number, bytes: number): Uint8Array {
  const field = copy(view, start, bytes);
  const end = field.indexOf(0);
  return end < 0 ? field : field.slice(0, end);
}

/**
 * Writes the message at `start`, padded to the shortest length, and returns where it ends; -1 when it does not end at
 * or before `limit`, or when a field is longer than its place.
 */
export function emitDhcp(view: DataView, start: number, limit: number, message: DhcpMessage): number {
  const { hardwareAddress, serverName, bootFile } = message;
  if (hardwareAddress.length > HARDWARE_FIELD_BYTES) return -1;
  if (serverName.length > SERVER_NAME_BYTES || bootFile.length > BOOT_FILE_BYTES) return -1;
  if (limit - start < DHCP_MIN_BYTES) return -1;
  const end = writeOptions(view, start + DHCP_HEADER_BYTES, limit, message.options);
  if (end < 0) return -1;
  view.setUint8(start, message.operation);
  view.setUint8(start + 1, message.hardwareType);
  view.setUint8(start + 2, hardwareAddress.length);
  view.setUint8(start + 3, message.hops);
  view.setInt32(start + 4, message.transactionId);
  view.setUint16(start + 8, message.seconds);
  view.setUint16(start + 10, message.broadcast ? BROADCAST : 0);
  view.setInt32(start + 12, message.clientAddress);
  view.setInt32(start + 16, message.yourAddress);
  view.setInt32(start + 20, message.nextServerAddress);
  view.setInt32(start + 24, message.relayAddress);
  writeField(view, start + HARDWARE_AT, HARDWARE_FIELD_BYTES, hardwareAddress);
  writeField(view, start + SERVER_NAME_AT, SERVER_NAME_BYTES, serverName);
  writeField(view, start + BOOT_FILE_AT, BOOT_FILE_BYTES, bootFile);
  view.setUint32(start + MAGIC_AT, MAGIC);
  let at = end;
  for (; at < start + DHCP_MIN_BYTES; at++) view.setUint8(at, 0);
  return at;
}

function writeField(view: DataView, start: number, bytes: number, value: Uint8Array): void {
  for (let i = 0; i < bytes; i++) view.setUint8(start + i, value[i] ?? 0);
}
