/** What an ICMP error is about, for either version of IP. */
export const UNREACHABLE = 1;
/** `info` is the MTU of the link that it did not fit (RFC 1191 §4, RFC 4443 §3.2). */
export const PACKET_TOO_BIG = 2;
export const TIME_EXCEEDED = 3;
/** `info` is the offset of the octet that is wrong. */
export const PARAMETER_PROBLEM = 4;
export const SOURCE_QUENCH = 5;

/** A received ICMP error, as a transport is told of it. One object is filled again and again. */
export class IcmpError {
  /** UNREACHABLE and its siblings. */
  kind = 0;
  /** 4 or 6: which ICMP it came by, SO_EE_ORIGIN_ICMP or SO_EE_ORIGIN_ICMP6. */
  version = 4;
  type = 0;
  code = 0;
  /** What `kind` says; 0 otherwise. */
  info = 0;
  /** The positive errno that a socket gets for it, as Linux has it; 0 for none. */
  errno = 0;
  /** Whether it will not get better by itself, so that a connection attempt ends: RFC 1122 §4.2.3.9. */
  isHard = false;
  /** Who says so. */
  reporter0 = 0;
  reporter1 = 0;
  reporter2 = 0;
  reporter3 = 0;
  /** The index of the interface that the message came in by. */
  iface = 0;
}
