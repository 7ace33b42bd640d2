// Options of IPv4 at level SOL_IP (IPPROTO_IP), ip(7).

export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_HDRINCL = 3;
export const IP_OPTIONS = 4;
export const IP_ROUTER_ALERT = 5;
export const IP_RECVOPTS = 6;
export const IP_RETOPTS = 7;
export const IP_RECVRETOPTS = 7;
export const IP_PKTINFO = 8;
export const IP_PKTOPTIONS = 9;
export const IP_MTU_DISCOVER = 10;
export const IP_RECVERR = 11;
export const IP_RECVTTL = 12;
export const IP_RECVTOS = 13;
export const IP_MTU = 14;
export const IP_FREEBIND = 15;
export const IP_IPSEC_POLICY = 16;
export const IP_XFRM_POLICY = 17;
export const IP_PASSSEC = 18;
export const IP_TRANSPARENT = 19;
export const IP_ORIGDSTADDR = 20;
export const IP_RECVORIGDSTADDR = 20;
export const IP_MINTTL = 21;
export const IP_NODEFRAG = 22;
export const IP_CHECKSUM = 23;
export const IP_BIND_ADDRESS_NO_PORT = 24;
export const IP_RECVFRAGSIZE = 25;
export const IP_RECVERR_RFC4884 = 26;
export const IP_MULTICAST_IF = 32;
export const IP_MULTICAST_TTL = 33;
export const IP_MULTICAST_LOOP = 34;
export const IP_ADD_MEMBERSHIP = 35;
export const IP_DROP_MEMBERSHIP = 36;
export const IP_UNBLOCK_SOURCE = 37;
export const IP_BLOCK_SOURCE = 38;
export const IP_ADD_SOURCE_MEMBERSHIP = 39;
export const IP_DROP_SOURCE_MEMBERSHIP = 40;
export const IP_MSFILTER = 41;
export const IP_MULTICAST_ALL = 49;
export const IP_UNICAST_IF = 50;
export const IP_LOCAL_PORT_RANGE = 51;
export const IP_PROTOCOL = 52;

// Multicast for either version, with the group as a socket address
export const MCAST_JOIN_GROUP = 42;
export const MCAST_BLOCK_SOURCE = 43;
export const MCAST_UNBLOCK_SOURCE = 44;
export const MCAST_LEAVE_GROUP = 45;
export const MCAST_JOIN_SOURCE_GROUP = 46;
export const MCAST_LEAVE_SOURCE_GROUP = 47;
export const MCAST_MSFILTER = 48;

// Modes of a source filter
export const MCAST_EXCLUDE = 0;
export const MCAST_INCLUDE = 1;

// Values of IP_MTU_DISCOVER
export const IP_PMTUDISC_DONT = 0;
export const IP_PMTUDISC_WANT = 1;
export const IP_PMTUDISC_DO = 2;
export const IP_PMTUDISC_PROBE = 3;
export const IP_PMTUDISC_INTERFACE = 4;
export const IP_PMTUDISC_OMIT = 5;

// Values of IP_TOS
export const IPTOS_ECN_NOT_ECT = 0x00;
export const IPTOS_CLASS_CS0 = 0x00;
export const IPTOS_ECN_ECT1 = 0x01;
export const IPTOS_MINCOST = 0x02;
export const IPTOS_ECN_ECT0 = 0x02;
export const IPTOS_ECN_CE = 0x03;
export const IPTOS_ECN_MASK = 0x03;
export const IPTOS_RELIABILITY = 0x04;
export const IPTOS_THROUGHPUT = 0x08;
export const IPTOS_LOWDELAY = 0x10;
export const IPTOS_TOS_MASK = 0x1e;
export const IPTOS_CLASS_CS1 = 0x20;
export const IPTOS_DSCP_AF11 = 0x28;
export const IPTOS_DSCP_AF12 = 0x30;
export const IPTOS_DSCP_AF13 = 0x38;
export const IPTOS_CLASS_CS2 = 0x40;
export const IPTOS_DSCP_AF21 = 0x48;
export const IPTOS_DSCP_AF22 = 0x50;
export const IPTOS_DSCP_AF23 = 0x58;
export const IPTOS_CLASS_CS3 = 0x60;
export const IPTOS_DSCP_AF31 = 0x68;
export const IPTOS_DSCP_AF32 = 0x70;
export const IPTOS_DSCP_AF33 = 0x78;
export const IPTOS_CLASS_CS4 = 0x80;
export const IPTOS_DSCP_AF41 = 0x88;
export const IPTOS_DSCP_AF42 = 0x90;
export const IPTOS_DSCP_AF43 = 0x98;
export const IPTOS_CLASS_CS5 = 0xa0;
export const IPTOS_DSCP_EF = 0xb8;
export const IPTOS_CLASS_CS6 = 0xc0;
export const IPTOS_CLASS_CS7 = 0xe0;
export const IPTOS_CLASS_MASK = 0xe0;
export const IPTOS_DSCP_MASK = 0xfc;

// Limits
export const IP_DEFAULT_MULTICAST_TTL = 1;
export const IP_DEFAULT_MULTICAST_LOOP = 1;
export const IP_MAXPACKET = 65535;
export const IPDEFTTL = 64;
