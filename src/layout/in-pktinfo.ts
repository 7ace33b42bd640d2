/** `struct in_pktinfo`, IP_PKTINFO in ip(7): the interface a packet came through, and its addresses. */
export const IN_PKTINFO = { size: 12, ifindex: 0, spec_dst: 4, addr: 8 } as const;
