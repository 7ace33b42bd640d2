/** The options of SOL_IPV6, ipv6(7), RFC 3493 and RFC 3542. */
export const ipv6Options = {
  /** Turns a socket whose peer is IPv4 into an IPv4 one: AF_INET. */
  IPV6_ADDRFORM: "integer",
  /** RFC 2292's IPV6_RECVPKTINFO. */
  IPV6_2292PKTINFO: "boolean",
  /** RFC 2292's IPV6_RECVHOPOPTS. */
  IPV6_2292HOPOPTS: "boolean",
  /** RFC 2292's IPV6_RECVDSTOPTS. */
  IPV6_2292DSTOPTS: "boolean",
  /** RFC 2292's IPV6_RECVRTHDR. */
  IPV6_2292RTHDR: "boolean",
  /** RFC 2292: the control messages of all packets to send, or of a stream's last segment. */
  IPV6_2292PKTOPTIONS: "bytes",
  /** RFC 2292's IPV6_RECVHOPLIMIT. */
  IPV6_2292HOPLIMIT: "boolean",
  /** Where in a raw packet the checksum is, in bytes; -1 for none. */
  IPV6_CHECKSUM: "integer",
  /** Receives the flow information of packets. */
  IPV6_FLOWINFO: "boolean",
  /** Hops that packets may take; -1 is the route's default. */
  IPV6_UNICAST_HOPS: "integer",
  /** The index of the interface that multicast leaves from. */
  IPV6_MULTICAST_IF: "integer",
  /** Hops of multicast, 1 unless set; -1 is the default. */
  IPV6_MULTICAST_HOPS: "integer",
  /** This machine hears its own multicast. */
  IPV6_MULTICAST_LOOP: "boolean",
  /** Joins a group. */
  IPV6_ADD_MEMBERSHIP: { set: "membership6" },
  /** Leaves a group. */
  IPV6_DROP_MEMBERSHIP: { set: "membership6" },
  /** Receives forwarded packets that have this router alert value (raw); -1 stops it. */
  IPV6_ROUTER_ALERT: "integer",
  /** IPV6_PMTUDISC_…: whether packets may be fragmented. */
  IPV6_MTU_DISCOVER: "integer",
  /** The path's known MTU when read; the largest packet when set. */
  IPV6_MTU: "integer",
  /** Receives ICMPv6 errors in full, in the error queue. */
  IPV6_RECVERR: "boolean",
  /** IPv6 alone, without IPv4-mapped peers; before `bind`. */
  IPV6_V6ONLY: "boolean",
  /** Joins an anycast address. */
  IPV6_JOIN_ANYCAST: { set: "membership6" },
  /** Leaves an anycast address. */
  IPV6_LEAVE_ANYCAST: { set: "membership6" },
  /** Hears every group that any socket of this machine joined: on unless turned off. */
  IPV6_MULTICAST_ALL: "boolean",
  /** Router alerts of this network namespace alone. */
  IPV6_ROUTER_ALERT_ISOLATE: "boolean",
  /** Receives the extensions of ICMPv6 errors (RFC 4884). */
  IPV6_RECVERR_RFC4884: "boolean",
  /** Gets, keeps and gives back a flow label. */
  IPV6_FLOWLABEL_MGR: { set: "flow label" },
  /** Sends the flow label of the destination's address. */
  IPV6_FLOWINFO_SEND: "boolean",
  /** An IPsec policy of this socket alone, as PF_KEY has it; needs CAP_NET_ADMIN. */
  IPV6_IPSEC_POLICY: { set: "bytes" },
  /** The same, as `struct xfrm_userpolicy_info`. */
  IPV6_XFRM_POLICY: { set: "bytes" },
  /** The program writes the IPv6 header (raw). */
  IPV6_HDRINCL: "boolean",
  /** Receives the address and interface that packets came to. */
  IPV6_RECVPKTINFO: "boolean",
  /** The address and interface that packets leave from. */
  IPV6_PKTINFO: { set: "packet info 6" },
  /** Receives the hops that packets may still take. */
  IPV6_RECVHOPLIMIT: "boolean",
  /** Receives the hop-by-hop options of packets. */
  IPV6_RECVHOPOPTS: "boolean",
  /** The hop-by-hop options of packets, as on the wire; needs CAP_NET_RAW. */
  IPV6_HOPOPTS: "bytes",
  /** The destination options before a routing header; needs CAP_NET_RAW. */
  IPV6_RTHDRDSTOPTS: "bytes",
  /** Receives the routing header of packets. */
  IPV6_RECVRTHDR: "boolean",
  /** The routing header of packets. */
  IPV6_RTHDR: "bytes",
  /** Receives the destination options of packets. */
  IPV6_RECVDSTOPTS: "boolean",
  /** The destination options of packets; needs CAP_NET_RAW. */
  IPV6_DSTOPTS: "bytes",
  /** Receives the path's MTU when it changes. */
  IPV6_RECVPATHMTU: "boolean",
  /** The path's known MTU; the socket must be connected. */
  IPV6_PATHMTU: { get: "path mtu" },
  /** Packets are not fragmented. */
  IPV6_DONTFRAG: "boolean",
  /** Receives the traffic class of packets. */
  IPV6_RECVTCLASS: "boolean",
  /** The traffic class of packets, 0 to 255; -1 is the default. */
  IPV6_TCLASS: "integer",
  /** The system chooses flow labels. */
  IPV6_AUTOFLOWLABEL: "boolean",
  /** IPV6_PREFER_SRC_…: which of the machine's addresses is preferred. */
  IPV6_ADDR_PREFERENCES: "integer",
  /** Drops packets that come from farther away: the least hop limit. */
  IPV6_MINHOPCOUNT: "integer",
  /** Receives the original destination of redirected packets. */
  IPV6_RECVORIGDSTADDR: "boolean",
  /** A transparent proxy: binds any address; needs CAP_NET_ADMIN. */
  IPV6_TRANSPARENT: "boolean",
  /** The interface that packets leave from. */
  IPV6_UNICAST_IF: "interface index",
  /** Receives the size of the largest fragment. */
  IPV6_RECVFRAGSIZE: "boolean",
  /** Binds an address that is not, or not yet, the machine's. */
  IPV6_FREEBIND: "boolean",
  /** Where a redirected connection wanted to go (netfilter). */
  IP6T_SO_ORIGINAL_DST: { get: "address" },
} as const;
