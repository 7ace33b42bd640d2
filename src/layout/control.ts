import type { ControlMessage, ExtendedError, PacketInfo, PacketInfo6, Timestamping } from "../api/message.ts";
import type { Credentials } from "../api/options.ts";
import {
  AF_INET,
  AF_INET6,
  IP_PKTINFO,
  IP_RECVERR,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_RECVERR,
  IPV6_TCLASS,
  SCM_CREDENTIALS,
  SCM_RIGHTS,
  SO_MARK,
  SO_PRIORITY,
  SO_RXQ_OVFL,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOL_SOCKET,
  UDP_GRO,
  UDP_SEGMENT,
} from "../api/constants.ts";
import { errnoName } from "../api/errno.ts";
import { invalidType, invalidValue, outOfRange } from "../api/errors.ts";
import { inet_ntop, inet_pton } from "../netdb/inet.ts";
import { sockaddrDecode } from "../netdb/sockaddr.ts";
import { CMSGHDR, cmsgLength, cmsgSpace } from "./cmsghdr.ts";
import { IN6_PKTINFO } from "./in6-pktinfo.ts";
import { IN_PKTINFO } from "./in-pktinfo.ts";
import { SCM_TIMESTAMPING_TIMES } from "./scm-timestamping.ts";
import { SOCK_EXTENDED_ERR } from "./sock-extended-err.ts";
import { TIMESPEC } from "./timespec.ts";
import { TIMEVAL } from "./timeval.ts";
import { UCRED } from "./ucred.ts";

/** The codec of one kind of control message. A message of another size than the kind's is left as bytes. */
interface Codec<T> {
  readonly bytes: number;
  encode(value: T, argument: string): Uint8Array;
  decode(bytes: Uint8Array): T;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function integer(argument: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number") throw invalidType(argument, "an integer", value);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw outOfRange(argument, `an integer from ${least} to ${most}`, value);
  }
  return value;
}

const int32: Codec<number> = {
  bytes: 4,
  encode(value, argument) {
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint32(0, integer(argument, value, -0x80000000, 0xffffffff) >>> 0, true);
    return bytes;
  },
  decode: (bytes) => viewOf(bytes).getInt32(0, true),
};

const uint32: Codec<number> = { ...int32, decode: (bytes) => viewOf(bytes).getUint32(0, true) };

const uint16: Codec<number> = {
  bytes: 2,
  encode(value, argument) {
    const bytes = new Uint8Array(2);
    viewOf(bytes).setUint16(0, integer(argument, value, 0, 0xffff), true);
    return bytes;
  },
  decode: (bytes) => viewOf(bytes).getUint16(0, true),
};

/** IP_TOS is sent as an int and received as one byte (ip(7)). */
const typeOfService: Codec<number> = { ...int32, bytes: 1, decode: (bytes) => bytes[0] as number };

const rights: Codec<readonly number[]> = {
  bytes: 0,
  encode(fds, argument) {
    if (!Array.isArray(fds)) throw invalidType(argument, "an array of file descriptors", fds);
    const bytes = new Uint8Array(fds.length * 4);
    for (const [index, fd] of fds.entries()) {
      viewOf(bytes).setInt32(index * 4, integer(`${argument}[${index}]`, fd, 0, 0x7fffffff), true);
    }
    return bytes;
  },
  decode: (bytes) => Array.from({ length: bytes.length >> 2 }, (_, index) => viewOf(bytes).getInt32(index * 4, true)),
};

const credentials: Codec<Credentials> = {
  bytes: UCRED.size,
  encode(value, argument) {
    if (typeof value !== "object" || value === null) throw invalidType(argument, "{ pid, uid, gid }", value);
    const bytes = new Uint8Array(UCRED.size);
    for (const name of ["pid", "uid", "gid"] as const) {
      viewOf(bytes).setUint32(UCRED[name], integer(`${argument}.${name}`, value[name], 0, 0xffffffff), true);
    }
    return bytes;
  },
  decode(bytes) {
    const view = viewOf(bytes);
    return {
      pid: view.getInt32(UCRED.pid, true),
      uid: view.getUint32(UCRED.uid, true),
      gid: view.getUint32(UCRED.gid, true),
    };
  },
};

/** Times come from the kernel and are not sent. */
function received<T>(bytes: number, decode: (bytes: Uint8Array) => T): Codec<T> {
  return {
    bytes,
    decode,
    encode(value, argument) {
      throw invalidValue(argument, "bytes: this control message is received, not sent", value);
    },
  };
}

/** The nanoseconds of a `struct timespec`. */
function nanoseconds(bytes: Uint8Array, at: number): bigint {
  const view = viewOf(bytes);
  return view.getBigInt64(at + TIMESPEC.sec, true) * 1_000_000_000n + view.getBigInt64(at + TIMESPEC.nsec, true);
}

const timeval = received(TIMEVAL.size, (bytes) => {
  const view = viewOf(bytes);
  return (view.getBigInt64(TIMEVAL.sec, true) * 1_000_000n + view.getBigInt64(TIMEVAL.usec, true)) * 1000n;
});
const timespec = received(TIMESPEC.size, (bytes) => nanoseconds(bytes, 0));
const timestamping = received<Timestamping>(SCM_TIMESTAMPING_TIMES.size, (bytes) => ({
  softwareNs: nanoseconds(bytes, SCM_TIMESTAMPING_TIMES.ts),
  hardwareNs: nanoseconds(bytes, SCM_TIMESTAMPING_TIMES.ts + 2 * TIMESPEC.size),
}));

function inet(argument: string, family: number, text: unknown): Uint8Array {
  const bytes = typeof text === "string" ? inet_pton(family, text) : undefined;
  if (bytes === undefined)
    throw invalidValue(argument, family === AF_INET ? "an IPv4 address" : "an IPv6 address", text);
  return bytes;
}

const packetInfo: Codec<PacketInfo> = {
  bytes: IN_PKTINFO.size,
  encode(value, argument) {
    if (typeof value !== "object" || value === null)
      throw invalidType(argument, "{ interfaceIndex, localAddress }", value);
    const { interfaceIndex = 0, localAddress = "0.0.0.0" } = value;
    const bytes = new Uint8Array(IN_PKTINFO.size);
    viewOf(bytes).setInt32(
      IN_PKTINFO.ifindex,
      integer(`${argument}.interfaceIndex`, interfaceIndex, 0, 0x7fffffff),
      true,
    );
    bytes.set(inet(`${argument}.localAddress`, AF_INET, localAddress), IN_PKTINFO.spec_dst);
    return bytes;
  },
  decode: (bytes) => ({
    interfaceIndex: viewOf(bytes).getInt32(IN_PKTINFO.ifindex, true),
    localAddress: inet_ntop(AF_INET, bytes.subarray(IN_PKTINFO.spec_dst, IN_PKTINFO.spec_dst + 4)),
    address: inet_ntop(AF_INET, bytes.subarray(IN_PKTINFO.addr, IN_PKTINFO.addr + 4)),
  }),
};

const packetInfo6: Codec<PacketInfo6> = {
  bytes: IN6_PKTINFO.size,
  encode(value, argument) {
    if (typeof value !== "object" || value === null) throw invalidType(argument, "{ address, interfaceIndex }", value);
    const { address = "::", interfaceIndex = 0 } = value;
    const bytes = new Uint8Array(IN6_PKTINFO.size);
    bytes.set(inet(`${argument}.address`, AF_INET6, address), IN6_PKTINFO.addr);
    const index = integer(`${argument}.interfaceIndex`, interfaceIndex, 0, 0x7fffffff);
    viewOf(bytes).setInt32(IN6_PKTINFO.ifindex, index, true);
    return bytes;
  },
  decode: (bytes) => ({
    address: inet_ntop(AF_INET6, bytes.subarray(IN6_PKTINFO.addr, IN6_PKTINFO.addr + 16)),
    interfaceIndex: viewOf(bytes).getInt32(IN6_PKTINFO.ifindex, true),
  }),
};

/** `struct sock_extended_err` with the offender's address behind it. */
const extendedError = received<ExtendedError>(0, (bytes) => {
  const view = viewOf(bytes);
  const number = view.getUint32(SOCK_EXTENDED_ERR.errno, true);
  const offender = bytes.subarray(SOCK_EXTENDED_ERR.size);
  return {
    errno: number,
    code: errnoName(number),
    origin: view.getUint8(SOCK_EXTENDED_ERR.origin),
    type: view.getUint8(SOCK_EXTENDED_ERR.type),
    icmpCode: view.getUint8(SOCK_EXTENDED_ERR.code),
    info: view.getUint32(SOCK_EXTENDED_ERR.info, true),
    data: view.getUint32(SOCK_EXTENDED_ERR.data, true),
    // SO_EE_OFFENDER: family AF_UNSPEC says that there is none.
    offender: offender.length >= 2 && viewOf(offender).getUint16(0, true) !== 0 ? sockaddrDecode(offender) : undefined,
  };
});

const codecs: Readonly<Record<number, Readonly<Record<number, Codec<unknown>>>>> = {
  [SOL_SOCKET]: {
    [SCM_RIGHTS]: rights,
    [SCM_CREDENTIALS]: credentials,
    [SO_TIMESTAMP]: timeval,
    [SO_TIMESTAMPNS]: timespec,
    [SO_TIMESTAMPING]: timestamping,
    [SO_RXQ_OVFL]: uint32,
    [SO_MARK]: uint32,
    [SO_PRIORITY]: uint32,
  },
  [IPPROTO_IP]: { [IP_PKTINFO]: packetInfo, [IP_TTL]: int32, [IP_TOS]: typeOfService, [IP_RECVERR]: extendedError },
  [IPPROTO_IPV6]: {
    [IPV6_PKTINFO]: packetInfo6,
    [IPV6_HOPLIMIT]: int32,
    [IPV6_TCLASS]: int32,
    [IPV6_RECVERR]: extendedError,
  },
  [IPPROTO_UDP]: { [UDP_SEGMENT]: uint16, [UDP_GRO]: int32 },
};

function codecOf(level: number, type: number): Codec<unknown> | undefined {
  return codecs[level]?.[type];
}

/**
 * Control messages as `sendmsg` takes them: each a `struct cmsghdr` and its data, padded, in memory from `allocate`.
 */
export function encodeControl(
  messages: readonly ControlMessage[],
  argument: string,
  allocate: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
): Uint8Array {
  const list: unknown = messages;
  if (!Array.isArray(list)) throw invalidType(argument, "an array of { level, type, value }", list);
  const encoded = messages.map((message, index) => encodeOne(message, `${argument}[${index}]`));
  const memory = allocate(encoded.reduce((sum, data) => sum + cmsgSpace(data.length), 0));
  const view = new DataView(memory.buffer);
  let at = 0;
  for (const [index, data] of encoded.entries()) {
    const { level, type } = messages[index] as ControlMessage;
    view.setBigUint64(at + CMSGHDR.len, BigInt(cmsgLength(data.length)), true);
    view.setInt32(at + CMSGHDR.level, level, true);
    view.setInt32(at + CMSGHDR.type, type, true);
    memory.set(data, at + CMSGHDR.size);
    at += cmsgSpace(data.length);
  }
  return memory;
}

function encodeOne(message: ControlMessage, argument: string): Uint8Array {
  if (typeof message !== "object" || message === null) throw invalidType(argument, "{ level, type, value }", message);
  integer(`${argument}.level`, message.level, -0x80000000, 0x7fffffff);
  integer(`${argument}.type`, message.type, -0x80000000, 0x7fffffff);
  if (message.value instanceof Uint8Array) return message.value;
  const codec = codecOf(message.level, message.type);
  if (codec === undefined)
    throw invalidType(`${argument}.value`, "a Uint8Array: this kind is not typed", message.value);
  return codec.encode(message.value, `${argument}.value`);
}

/**
 * The control messages that `recvmsg` received. What is cut off (MSG_CTRUNC) or malformed is left out; it never throws.
 */
export function decodeControl(memory: Uint8Array): ControlMessage[] {
  const view = viewOf(memory);
  const messages: ControlMessage[] = [];
  for (let at = 0; at + CMSGHDR.size <= memory.length;) {
    const length = Number(view.getBigUint64(at + CMSGHDR.len, true));
    if (length < CMSGHDR.size || at + length > memory.length) break;
    const level = view.getInt32(at + CMSGHDR.level, true);
    const type = view.getInt32(at + CMSGHDR.type, true);
    messages.push({ level, type, value: decodeOne(level, type, memory.slice(at + CMSGHDR.size, at + length)) });
    at += cmsgSpace(length - CMSGHDR.size);
  }
  return messages;
}

function decodeOne(level: number, type: number, bytes: Uint8Array): ControlMessage["value"] {
  const codec = codecOf(level, type);
  if (codec === undefined) return bytes;
  const least = codec === extendedError ? SOCK_EXTENDED_ERR.size : codec.bytes;
  const fits = codec.bytes === 0 ? bytes.length >= least : bytes.length === least;
  return fits ? (codec.decode(bytes) as ControlMessage["value"]) : bytes;
}
