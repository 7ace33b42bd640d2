// Well-known internet addresses, ip(7) and ipv6(7). The IPv4 ones are 32-bit numbers in host order, as in C.

export const INADDR_ANY = 0x00000000;
export const INADDR_LOOPBACK = 0x7f000001;
export const INADDR_BROADCAST = 0xffffffff;
export const INADDR_NONE = 0xffffffff;
export const INADDR_UNSPEC_GROUP = 0xe0000000;
export const INADDR_ALLHOSTS_GROUP = 0xe0000001;
export const INADDR_ALLRTRS_GROUP = 0xe0000002;
export const INADDR_ALLSNOOPERS_GROUP = 0xe000006a;
export const INADDR_MAX_LOCAL_GROUP = 0xe00000ff;

// Room for the text of an address and its NUL
export const INET_ADDRSTRLEN = 16;
export const INET6_ADDRSTRLEN = 46;

// The first port that needs no privilege
export const IPPORT_RESERVED = 1024;

// IPv6, as text
export const in6addr_any = "::";
export const in6addr_loopback = "::1";
