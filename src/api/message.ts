import type { AddressLike, SocketAddress } from "./address.ts";
import type {
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
} from "./constants.ts";
import type { Credentials } from "./options.ts";

/**
 * `struct in_pktinfo`, ip(7): the interface, the local address to answer from, and the address in the packet's header.
 */
export interface PacketInfo {
  readonly interfaceIndex: number;
  readonly localAddress: string;
  readonly address: string;
}

/** `struct in6_pktinfo`, ipv6(7), RFC 3542 §6. */
export interface PacketInfo6 {
  readonly address: string;
  readonly interfaceIndex: number;
}

/** `struct scm_timestamping`: nanoseconds since 1970; 0n where the kernel has no such time. */
export interface Timestamping {
  readonly softwareNs: bigint;
  readonly hardwareNs: bigint;
}

/** `struct sock_extended_err`, ip(7) IP_RECVERR: an error that the network reported, and who did. */
export interface ExtendedError {
  readonly errno: number;
  /** The errno's name: "ECONNREFUSED". */
  readonly code: string;
  /** SO_EE_ORIGIN_…: local, ICMP, ICMPv6, transmit status, zero-copy. */
  readonly origin: number;
  /** The ICMP type and code, when the origin is ICMP. */
  readonly type: number;
  readonly icmpCode: number;
  /** The MTU for EMSGSIZE; the first of a range for zero-copy. */
  readonly info: number;
  readonly data: number;
  /** The host that reported the error, when one did. */
  readonly offender: SocketAddress | undefined;
}

/** The type of a control message's value, by its level and type. */
export interface ControlTypes {
  readonly [SOL_SOCKET]: {
    readonly [SCM_RIGHTS]: readonly number[];
    readonly [SCM_CREDENTIALS]: Credentials;
    /** Nanoseconds since 1970, from a `struct timeval`. */
    readonly [SO_TIMESTAMP]: bigint;
    readonly [SO_TIMESTAMPNS]: bigint;
    readonly [SO_TIMESTAMPING]: Timestamping;
    readonly [SO_RXQ_OVFL]: number;
    readonly [SO_MARK]: number;
    readonly [SO_PRIORITY]: number;
  };
  readonly [IPPROTO_IP]: {
    readonly [IP_PKTINFO]: PacketInfo;
    readonly [IP_TTL]: number;
    readonly [IP_TOS]: number;
    readonly [IP_RECVERR]: ExtendedError;
  };
  readonly [IPPROTO_IPV6]: {
    readonly [IPV6_PKTINFO]: PacketInfo6;
    readonly [IPV6_HOPLIMIT]: number;
    readonly [IPV6_TCLASS]: number;
    readonly [IPV6_RECVERR]: ExtendedError;
  };
  readonly [IPPROTO_UDP]: {
    readonly [UDP_SEGMENT]: number;
    readonly [UDP_GRO]: number;
  };
}

/**
 * One control message, cmsg(3): `value` is typed for the kinds of ControlTypes, bytes for every other (both ways). One
 * whose bytes are not as long as its kind's are stays bytes, too.
 */
export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly value: ControlValue | Uint8Array;
}

type ValueOf<T> = T[keyof T];
/** Any typed value of a control message. */
export type ControlValue = ValueOf<{ [L in keyof ControlTypes]: ValueOf<ControlTypes[L]> }>;

/**
 * A control message to send, its value checked against its level and type by the compiler. No system call. What only
 * comes (times, errors) cannot be sent: ERR_INVALID_ARG_VALUE from `sendmsg`. Every kernel.
 *
 * @example
 * const message = controlMessage(SOL_IP, IP_TTL, 3);
 * message.value; // 3
 */
export function controlMessage<L extends keyof ControlTypes, T extends keyof ControlTypes[L]>(
  level: L,
  type: T,
  value: ControlTypes[L][T],
): ControlMessage {
  return { level, type: type as number, value: value as ControlValue };
}

/**
 * The value of the first control message of that level and type, or undefined. Every kernel.
 *
 * @example
 * const fd = socket(AF_INET, SOCK_DGRAM);
 * bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
 * setsockopt(fd, SOL_IP, IP_RECVTTL, true);
 * await sendto(fd, new Uint8Array(1), 0, getsockname(fd));
 * const { control } = await recvmsg(fd, { data: new Uint8Array(1) });
 * controlValue(control, SOL_IP, IP_TTL); // 64
 * close(fd);
 */
export function controlValue<L extends keyof ControlTypes, T extends keyof ControlTypes[L]>(
  messages: readonly ControlMessage[],
  level: L,
  type: T,
): ControlTypes[L][T] | undefined {
  const found = messages.find((message) => message.level === level && message.type === type);
  return found?.value as ControlTypes[L][T] | undefined;
}

/** What `sendmsg` sends: `struct msghdr`. */
export interface Message {
  /** One buffer, or at most 1,024, one after the other. */
  readonly data: Uint8Array | readonly Uint8Array[];
  /** Where to; left out on a connected socket. */
  readonly address?: AddressLike | undefined;
  readonly control?: readonly ControlMessage[] | undefined;
}

/** Where `recvmsg` puts a message: `struct msghdr`. */
export interface MessageBuffers {
  /** One buffer, or at most 1,024 that are filled in order. */
  readonly data: Uint8Array | readonly Uint8Array[];
  /** Room for control messages, each with 16 bytes of its own and padding (default 256, at most 65,536). */
  readonly controlBytes?: number | undefined;
}

/** What `recvmsg` received. */
export interface ReceivedMessage {
  /** Bytes in the buffers; with the flag MSG_TRUNC of the call, of the whole message. */
  readonly bytes: number;
  /** The sender; undefined where it has none, or the socket is a connected stream. */
  readonly address: SocketAddress | undefined;
  readonly control: readonly ControlMessage[];
  /** As the kernel set them: MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_OOB, MSG_ERRQUEUE. */
  readonly flags: number;
}
