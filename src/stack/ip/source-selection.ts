import { DEPRECATED, type InterfaceAddress } from "../link/interface-address.ts";
import type { Interface } from "../link/interface.ts";
import { ANY_V4, IpAddress } from "./address.ts";

/** Scopes of RFC 4291 §2.7, which RFC 6724 §3.1 gives to unicast addresses too. */
const SCOPE_LINK_LOCAL = 2;
const SCOPE_SITE_LOCAL = 5;
const SCOPE_GLOBAL = 14;

/** Prefixes and labels of RFC 6724 §2.1's default policy table, the longest first. */
const LABELS: readonly (readonly [prefix: IpAddress, length: number, label: number])[] = [
  [IpAddress.parse("::1"), 128, 0],
  [IpAddress.parse("::"), 96, 3],
  [IpAddress.parse("2001::"), 32, 5],
  [IpAddress.parse("2002::"), 16, 2],
  [IpAddress.parse("3ffe::"), 16, 12],
  [IpAddress.parse("fec0::"), 10, 11],
  [IpAddress.parse("fc00::"), 7, 13],
];
const LABEL_OTHER = 1;

/** The scope of an IPv6 address: RFC 6724 §3.1. */
export function scopeOf(address: IpAddress): number {
  if (address.isMulticast) return (address.w0 >>> 16) & 0xf;
  if (address.isLinkLocal || address.isLoopback) return SCOPE_LINK_LOCAL;
  return address.w0 >>> 22 === 0x3fb ? SCOPE_SITE_LOCAL : SCOPE_GLOBAL;
}

function labelOf(address: IpAddress): number {
  return LABELS.find(([prefix, length]) => address.hasPrefix(prefix, length))?.[2] ?? LABEL_OTHER;
}

/** Leading bits that two IPv6 addresses share, at most the prefix of the first: RFC 6724 §2.2. */
function commonPrefix(source: InterfaceAddress, destination: IpAddress): number {
  const { address, prefixLength } = source;
  const difference = [
    address.w0 ^ destination.w0,
    address.w1 ^ destination.w1,
    address.w2 ^ destination.w2,
    address.w3 ^ destination.w3,
  ];
  const word = difference.findIndex((bits) => bits !== 0);
  const common = word < 0 ? 128 : 32 * word + Math.clz32(difference[word] as number);
  return Math.min(common, prefixLength);
}

interface Candidate {
  readonly source: InterfaceAddress;
  readonly iface: Interface;
}

/**
 * Whether `a` is to be preferred to `b`: the rules of RFC 6724 §5, in their order. Addresses here have no home (rule
 * 4).
 */
function isBetter(a: Candidate, b: Candidate, destination: IpAddress, leaving: Interface): boolean {
  // Rule 1: the same address.
  if (a.source.address.equals(destination) || b.source.address.equals(destination)) {
    return a.source.address.equals(destination);
  }
  // Rule 2: the appropriate scope.
  const scopeA = scopeOf(a.source.address);
  const scopeB = scopeOf(b.source.address);
  if (scopeA !== scopeB) {
    const scope = scopeOf(destination);
    return scopeA < scopeB ? scopeA >= scope : scopeB < scope;
  }
  // Rule 3: not a deprecated one.
  if ((a.source.state === DEPRECATED) !== (b.source.state === DEPRECATED)) return b.source.state === DEPRECATED;
  // Rule 5: of the interface that it leaves by.
  if ((a.iface === leaving) !== (b.iface === leaving)) return a.iface === leaving;
  // Rule 6: a matching label.
  const label = labelOf(destination);
  const matchesA = labelOf(a.source.address) === label;
  if (matchesA !== (labelOf(b.source.address) === label)) return matchesA;
  // Rule 8: the longest matching prefix.
  return commonPrefix(a.source, destination) > commonPrefix(b.source, destination);
}

/** The IPv6 address to send from to a destination that packets reach by `leaving`; undefined when there is none. */
export function selectIpv6Source(
  destination: IpAddress,
  leaving: Interface,
  interfaces: readonly Interface[],
): IpAddress | undefined {
  // RFC 6724 §4: for multicast and link-local destinations only the addresses of the interface are candidates.
  const onlyLeaving = destination.isMulticast || destination.isLinkLocal;
  let best: Candidate | undefined;
  for (const iface of onlyLeaving ? [leaving] : interfaces) {
    for (const source of iface.addresses) {
      const { address } = source;
      if (address.version !== 6 || !source.isAssigned) continue;
      if (iface !== leaving && (address.isLinkLocal || address.isLoopback)) continue;
      const candidate = { source, iface };
      if (best === undefined || isBetter(candidate, best, destination, leaving)) best = candidate;
    }
  }
  return best?.source.address;
}

/**
 * The IPv4 address to send from, as Linux chooses it: the first of the interface whose prefix has the next hop in it,
 * else the interface's first, else the first of any other interface; 0.0.0.0 while the machine has none (RFC 1122
 * §3.3.4.3).
 */
export function selectIpv4Source(nextHop: IpAddress, leaving: Interface, interfaces: readonly Interface[]): IpAddress {
  const own = leaving.addresses.filter((source) => source.address.version === 4 && source.isAssigned);
  const onLink = own.find(({ address, prefixLength }) => address.hasPrefix(nextHop, prefixLength)) ?? own[0];
  if (onLink !== undefined) return onLink.address;
  for (const iface of interfaces) {
    if (iface.isLoopback) continue;
    const other = iface.addresses.find((source) => source.address.version === 4 && source.isAssigned);
    if (other !== undefined) return other.address;
  }
  return ANY_V4;
}
