/** The options of SOL_IP, ip(7). */
export const ipOptions = {
  /** The type-of-service byte of packets: IPTOS_… */
  IP_TOS: "integer",
  /** Hops that packets may take, 1 to 255; -1 is the system's default. */
  IP_TTL: "integer",
  /** The program writes the IP header (raw). */
  IP_HDRINCL: "boolean",
  /** The IP options of packets, as on the wire. */
  IP_OPTIONS: "bytes",
  /** Receives forwarded packets that have the router alert option (raw). */
  IP_ROUTER_ALERT: "boolean",
  /** Receives the IP options of packets. */
  IP_RECVOPTS: "boolean",
  /** The same, without those of the system's own routes. */
  IP_RETOPTS: "boolean",
  /** Receives the address and interface that packets came to. */
  IP_PKTINFO: "boolean",
  /** The control messages of a stream's last segment. */
  IP_PKTOPTIONS: { get: "bytes" },
  /** IP_PMTUDISC_…: whether packets may be fragmented. */
  IP_MTU_DISCOVER: "integer",
  /** Receives ICMP errors in full, in the error queue. */
  IP_RECVERR: "boolean",
  /** Receives the hops that packets may still take. */
  IP_RECVTTL: "boolean",
  /** Receives the type-of-service byte of packets. */
  IP_RECVTOS: "boolean",
  /** The path's known MTU; the socket must be connected. */
  IP_MTU: { get: "integer" },
  /** Binds an address that is not, or not yet, the machine's. */
  IP_FREEBIND: "boolean",
  /** An IPsec policy of this socket alone, as PF_KEY has it; needs CAP_NET_ADMIN. */
  IP_IPSEC_POLICY: { set: "bytes" },
  /** The same, as `struct xfrm_userpolicy_info`. */
  IP_XFRM_POLICY: { set: "bytes" },
  /** Receives the security label of packets. */
  IP_PASSSEC: "boolean",
  /** A transparent proxy: binds any address; needs CAP_NET_ADMIN. */
  IP_TRANSPARENT: "boolean",
  /** Receives the original destination of redirected packets. */
  IP_RECVORIGDSTADDR: "boolean",
  /** Drops packets that come from farther away: the least TTL. */
  IP_MINTTL: "integer",
  /** Packets are not reassembled (raw). */
  IP_NODEFRAG: "boolean",
  /** Receives the checksum of packets. */
  IP_CHECKSUM: "boolean",
  /** `bind` to port 0 leaves the port to `connect`. */
  IP_BIND_ADDRESS_NO_PORT: "boolean",
  /** Receives the size of the largest fragment. */
  IP_RECVFRAGSIZE: "boolean",
  /** Receives the extensions of ICMP errors (RFC 4884). */
  IP_RECVERR_RFC4884: "boolean",
  /** The interface that multicast leaves from: set by index or address, read as the address. */
  IP_MULTICAST_IF: { get: "inet address", set: "multicast interface" },
  /** Hops of multicast, 1 unless set; -1 is the default. */
  IP_MULTICAST_TTL: "integer",
  /** This machine hears its own multicast. */
  IP_MULTICAST_LOOP: "boolean",
  /** Joins a group. */
  IP_ADD_MEMBERSHIP: { set: "membership" },
  /** Leaves a group. */
  IP_DROP_MEMBERSHIP: { set: "membership" },
  /** Hears a sender again. */
  IP_UNBLOCK_SOURCE: { set: "source membership" },
  /** Stops hearing a sender. */
  IP_BLOCK_SOURCE: { set: "source membership" },
  /** Joins a group for one sender. */
  IP_ADD_SOURCE_MEMBERSHIP: { set: "source membership" },
  /** Leaves one sender of a group. */
  IP_DROP_SOURCE_MEMBERSHIP: { set: "source membership" },
  /** Which senders of a group are heard. */
  IP_MSFILTER: { set: "source filter" },
  /** Hears every group that any socket of this machine joined: on unless turned off. */
  IP_MULTICAST_ALL: "boolean",
  /** The interface that packets leave from. */
  IP_UNICAST_IF: "interface index",
  /** The ports that are chosen from. */
  IP_LOCAL_PORT_RANGE: "port range",
  /** The protocol of a raw socket. */
  IP_PROTOCOL: { get: "integer" },
  /** Where a redirected connection wanted to go (netfilter). */
  SO_ORIGINAL_DST: { get: "address" },
} as const;
