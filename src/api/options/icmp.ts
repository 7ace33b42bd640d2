/** The options of SOL_RAW, raw(7). */
export const rawOptions = {
  /** The types of ICMP message that are not received. */
  ICMP_FILTER: "icmp filter",
} as const;

/** The options of SOL_ICMPV6, RFC 3542 section 3.2. */
export const icmp6Options = {
  /** The types of ICMPv6 message that are not received. */
  ICMP6_FILTER: "icmp6 filter",
} as const;
