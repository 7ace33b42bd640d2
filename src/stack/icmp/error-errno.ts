import { errno } from "../../api/errno.ts";
import * as v4 from "../../wire/icmpv4.ts";
import * as v6 from "../../wire/icmpv6.ts";
import {
  type IcmpError,
  PACKET_TOO_BIG,
  PARAMETER_PROBLEM,
  SOURCE_QUENCH,
  TIME_EXCEEDED,
  UNREACHABLE,
} from "./error.ts";

/** Errors of IPv4's Destination Unreachable by code, and which of them are hard: Linux's icmp_err_convert. */
const UNREACHABLE4: readonly (readonly [error: number, isHard: boolean])[] = [
  [errno.ENETUNREACH, false],
  [errno.EHOSTUNREACH, false],
  [errno.ENOPROTOOPT, true],
  [errno.ECONNREFUSED, true],
  [errno.EMSGSIZE, false],
  [errno.EOPNOTSUPP, false],
  [errno.ENETUNREACH, true],
  [errno.EHOSTDOWN, true],
  [errno.ENONET, true],
  [errno.ENETUNREACH, true],
  [errno.EHOSTUNREACH, true],
  [errno.ENETUNREACH, false],
  [errno.EHOSTUNREACH, false],
  [errno.EHOSTUNREACH, true],
  [errno.EHOSTUNREACH, true],
  [errno.EHOSTUNREACH, true],
];

/** The same for IPv6: Linux's tab_unreach. */
const UNREACHABLE6: readonly (readonly [error: number, isHard: boolean])[] = [
  [errno.ENETUNREACH, false],
  [errno.EACCES, true],
  [errno.EHOSTUNREACH, false],
  [errno.EHOSTUNREACH, false],
  [errno.ECONNREFUSED, true],
  [errno.EACCES, true],
  [errno.EACCES, true],
];

/** Fills in what an ICMPv4 error means. Returns false when it is none, or has a code that nobody knows. */
export function explainIcmpv4(type: number, code: number, info: number, into: IcmpError): boolean {
  set(into, 4, type, code, 0);
  switch (type) {
    case v4.ICMPV4_UNREACHABLE: {
      const meaning = UNREACHABLE4[code];
      if (meaning === undefined) return false;
      into.kind = code === v4.UNREACHABLE_FRAGMENTATION_NEEDED ? PACKET_TOO_BIG : UNREACHABLE;
      if (into.kind === PACKET_TOO_BIG) into.info = info;
      [into.errno, into.isHard] = meaning;
      return true;
    }
    case v4.ICMPV4_SOURCE_QUENCH:
      into.kind = SOURCE_QUENCH;
      return true;
    case v4.ICMPV4_TIME_EXCEEDED:
      into.kind = TIME_EXCEEDED;
      into.errno = errno.EHOSTUNREACH;
      return true;
    case v4.ICMPV4_PARAMETER_PROBLEM:
      into.kind = PARAMETER_PROBLEM;
      into.errno = errno.EPROTO;
      into.isHard = true;
      into.info = info;
      return true;
    default:
      return false;
  }
}

/** The same for ICMPv6. A code that nobody knows is EPROTO there. */
export function explainIcmpv6(type: number, code: number, info: number, into: IcmpError): boolean {
  set(into, 6, type, code, info);
  into.errno = errno.EPROTO;
  switch (type) {
    case v6.ICMPV6_UNREACHABLE:
      into.kind = UNREACHABLE;
      into.isHard = true;
      [into.errno, into.isHard] = UNREACHABLE6[code] ?? [errno.EPROTO, true];
      return true;
    case v6.ICMPV6_PACKET_TOO_BIG:
      into.kind = PACKET_TOO_BIG;
      into.errno = errno.EMSGSIZE;
      return true;
    case v6.ICMPV6_TIME_EXCEEDED:
      into.kind = TIME_EXCEEDED;
      into.errno = errno.EHOSTUNREACH;
      return true;
    case v6.ICMPV6_PARAMETER_PROBLEM:
      into.kind = PARAMETER_PROBLEM;
      into.isHard = true;
      return true;
    default:
      return false;
  }
}

function set(into: IcmpError, version: number, type: number, code: number, info: number): void {
  into.version = version;
  into.type = type;
  into.code = code;
  into.info = info;
  into.kind = 0;
  into.errno = 0;
  into.isHard = false;
}
