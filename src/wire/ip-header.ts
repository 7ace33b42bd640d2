import { pseudoHeaderSum } from "./checksum.ts";

/**
 * An IPv4 or IPv6 header in one shape, so that the layers above are written once. One object is filled again and again:
 * parsing makes nothing. Addresses are four 32-bit words, signed, as `getInt32` reads them; an IPv4 address is held
 * IPv4-mapped: 0, 0, 0xffff, and the address itself (RFC 4291 §2.5.5.2).
 */
export class IpHeader {
  /** 4 or 6. */
  version = 4;
  /** The eight bits that are DSCP (RFC 2474) and, in the lowest two, ECN (RFC 3168). */
  trafficClass = 0;
  /** 20 bits; 0 in IPv4. */
  flowLabel = 0;
  /** 16 bits in IPv4; 32 bits, signed, of an IPv6 Fragment header; 0 without one. */
  identification = 0;
  /** Always true in IPv6. */
  dontFragment = false;
  moreFragments = false;
  /** In bytes. */
  fragmentOffset = 0;
  /** Time to live in IPv4. */
  hopLimit = 0;
  /** What the payload is: an IANA protocol number. Of a fragment, what the whole will be. */
  protocol = 0;
  /** IPv4's header checksum as it was read. Emitting computes it. */
  checksum = 0;
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  /** Where the header began. */
  start = 0;
  /** Where IPv4's options, or IPv6's extension headers, began. */
  optionsStart = 0;
  /** Where they end, which is where the payload begins. */
  payloadStart = 0;
  /** Where the packet ends by its own length; a frame's padding comes after it. */
  payloadEnd = 0;
  /** Where IPv6's Next Header field is that names `protocol`: what a Parameter Problem points at. */
  protocolAt = 0;
  /** Where the Fragment header of IPv6 is; -1 without one. */
  fragmentAt = -1;
  /** Value of the Router Alert option (RFC 2113, RFC 2711); -1 without one. */
  routerAlert = -1;
  /** Where the Routing header of IPv6 is; -1 without one. */
  routingAt = -1;
  /** Extension headers that were walked. */
  extensionCount = 0;
  /** Of a packet that was refused: the offset from `start` that an ICMP Parameter Problem is to name. */
  problemPointer = 0;
  /** Of an unrecognized option: its two highest bits, which say what to do with the packet (RFC 8200 §4.2). */
  problemAction = 0;
}

/** Whether the header is of a fragment, and not of a packet that is whole. */
export function isFragment(header: IpHeader): boolean {
  return header.moreFragments || header.fragmentOffset !== 0;
}

/** The third word of an IPv4-mapped address. */
export const MAPPED_WORD = 0xffff;

/** The sum of the pseudo-header of the packet's payload, which is not a fragment: for what verifies and what seals. */
export function pseudoHeaderSumOf(header: IpHeader): number {
  return pseudoHeaderSum(
    header.source0,
    header.source1,
    header.source2,
    header.source3,
    header.destination0,
    header.destination1,
    header.destination2,
    header.destination3,
    header.protocol,
    header.payloadEnd - header.payloadStart,
  );
}
