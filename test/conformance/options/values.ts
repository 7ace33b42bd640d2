import { BPF_K, BPF_RET, SOL_IP, SOL_IPV6 } from "../../../src/api/constants.ts";
import type { Kernel } from "../../../src/api/kernel.ts";
import type { FilterInstruction, GroupSourceMembership } from "../../../src/api/options.ts";

/** A program that takes every packet whole. */
export const acceptAll: readonly FilterInstruction[] = [{ code: BPF_RET | BPF_K, jt: 0, jf: 0, k: 0xffff }];

// Source-specific multicast (RFC 4607) and a documentation prefix (RFC 5737, RFC 3849): nothing is there.
export const group = "232.0.0.9";
export const source = "192.0.2.1";
export const group6 = "ff32::9";
export const source6 = "2001:db8::1";

/** One sender of one group, on the loopback interface. */
export function inOneGroup(kernel: Kernel, level: typeof SOL_IP | typeof SOL_IPV6): GroupSourceMembership {
  const interfaceIndex = kernel.if_nametoindex("lo");
  return level === SOL_IP ? { group, source, interfaceIndex } : { group: group6, source: source6, interfaceIndex };
}

/** The header of hop-by-hop or destination options (RFC 8200 section 4.3), with padding alone. */
export const paddingOptions: Uint8Array = Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0);
/** IPv4 options: three that do nothing, and the end. */
export const noOperations: Uint8Array = Uint8Array.of(1, 1, 1, 0);
/** `struct tpacket_req`: a ring of one block of two frames. */
export const smallRing: Uint8Array = new Uint8Array(Uint32Array.of(4096, 1, 2048, 2).buffer);
