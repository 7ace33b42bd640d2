import { AF_INET, AF_INET6, IFF_UP } from "../api/constants.ts";
import { invalidValue } from "../api/errors.ts";
import type { HostKernel } from "../host/host.ts";
import { inet_pton } from "../netdb/inet.ts";
import { attribute, routeQuestion, routeRequest, type RouteMessage } from "./rtnetlink.ts";

/* An interface is given its addresses, routes and state by rtnetlink(7): what ip(8) does. */

// Types of message, linux/rtnetlink.h
const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;

// Attributes, linux/if_link.h, linux/if_addr.h, linux/rtnetlink.h
const IFLA_MTU = 4;
const IFLA_AF_SPEC = 26;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_FLAGS = 8;
/** No duplicate address detection: the address can be used at once. */
const IFA_F_NODAD = 0x2;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;

const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;
const RTN_LOCAL = 2;
/** Where a message about a route has its type: behind the header of netlink and seven bytes. */
const RTM_TYPE_AT = 23;

/** An address and how many of its bits are the network's: "10.7.0.2/24", "fd00::2/64". */
export interface InterfaceAddress {
  readonly family: number;
  readonly bytes: Uint8Array;
  readonly prefixLength: number;
}

/** Reads "10.7.0.2/24"; without a prefix all bits are the network's. */
export function interfaceAddress(text: string): InterfaceAddress {
  const [host = "", length, more] = text.split("/");
  const family = host.includes(":") ? AF_INET6 : AF_INET;
  const bytes = inet_pton(family, host);
  const bits = bytes === undefined ? 0 : bytes.length * 8;
  const prefixLength = length === undefined ? bits : Number(length);
  const legal = length === undefined || (/^[0-9]+$/.test(length) && prefixLength <= bits);
  if (bytes === undefined || !legal || more !== undefined) {
    throw invalidValue("address", 'an address with its prefix, such as "10.7.0.2/24"', text);
  }
  return { family, bytes, prefixLength };
}

/** What an interface is to have. */
export interface InterfaceSetup {
  readonly mtu?: number | undefined;
  /** "10.7.0.2/24" */
  readonly addresses?: readonly string[];
  /** Networks that are reached through it, or through a gateway on it. */
  readonly routes?: readonly { readonly to: string; readonly gateway?: string | undefined }[];
}

/**
 * Gives an interface its size, brings it up, and gives it addresses and routes. IPv6 makes no address of its own on it
 * and asks nobody: what it says is what was asked of it. Needs CAP_NET_ADMIN: EPERM. ENODEV: no such interface.
 */
export function setUpInterface(kernel: HostKernel, name: string, setup: InterfaceSetup = {}): void {
  const index = kernel.if_nametoindex(name);
  const addresses = (setup.addresses ?? []).map(interfaceAddress);
  const hasIpv6 = addresses.some(({ family }) => family === AF_INET6);
  if (hasIpv6) routeRequest(kernel, withoutOwnAddress(index));
  routeRequest(kernel, linkUp(index, setup.mtu));
  for (const address of addresses) routeRequest(kernel, newAddress(index, address));
  for (const { to, gateway } of setup.routes ?? []) {
    routeRequest(kernel, newRoute(index, interfaceAddress(to), gateway));
  }
  for (const address of addresses) waitUntilOwn(kernel, address);
}

/** How often it is asked whether an address is in use, a millisecond apart. */
const MOST_QUESTIONS = 1000;

/** Waits until what comes to the address is the machine's own: Linux brings an IPv6 address into use a bit later. */
function waitUntilOwn(kernel: HostKernel, { family, bytes }: InterfaceAddress): void {
  const header = new Uint8Array(12);
  header.set([family, bytes.length * 8]);
  const question = { type: RTM_GETROUTE, body: [header, attribute(RTA_DST, bytes)] };
  for (let asked = 0; asked < MOST_QUESTIONS; asked += 1) {
    if (routeQuestion(kernel, question).getUint8(RTM_TYPE_AT) === RTN_LOCAL) return;
    kernel.pollSync([], 1);
  }
}

/** `struct ifinfomsg`: family, type, index, flags, and which flags change. */
function linkHeader(index: number, flags: number): Uint8Array {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, flags, true);
  return header;
}

function linkUp(index: number, mtu: number | undefined): RouteMessage {
  const attributes = mtu === undefined ? [] : [attribute(IFLA_MTU, mtu)];
  return { type: RTM_NEWLINK, body: [linkHeader(index, IFF_UP), ...attributes] };
}

function withoutOwnAddress(index: number): RouteMessage {
  const mode = attribute(IFLA_INET6_ADDR_GEN_MODE, Uint8Array.of(IN6_ADDR_GEN_MODE_NONE));
  return {
    type: RTM_NEWLINK,
    body: [linkHeader(index, 0), attribute(IFLA_AF_SPEC, attribute(AF_INET6, mode))],
  };
}

/** `struct ifaddrmsg`: family, prefix length, flags, scope, index. */
function newAddress(index: number, { family, bytes, prefixLength }: InterfaceAddress): RouteMessage {
  const header = new Uint8Array(8);
  header.set([family, prefixLength]);
  new DataView(header.buffer).setUint32(4, index, true);
  const flags = family === AF_INET6 ? [attribute(IFA_FLAGS, IFA_F_NODAD)] : [];
  const body = [header, attribute(IFA_LOCAL, bytes), attribute(IFA_ADDRESS, bytes), ...flags];
  return { type: RTM_NEWADDR, creates: true, body };
}

/** The address with zeros behind its prefix, as the kernel wants a route's. */
function networkOf({ bytes, prefixLength }: InterfaceAddress): Uint8Array {
  return bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, prefixLength - index * 8))));
}

/** `struct rtmsg`: family, lengths, tos, table, protocol, scope, type, flags. */
function newRoute(index: number, to: InterfaceAddress, gateway: string | undefined): RouteMessage {
  const through = gateway === undefined ? [] : [attribute(RTA_GATEWAY, interfaceAddress(gateway).bytes)];
  const scope = through.length === 0 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  const header = new Uint8Array(12);
  header.set([to.family, to.prefixLength, 0, 0, RT_TABLE_MAIN, RTPROT_BOOT, scope, RTN_UNICAST]);
  const body = [header, attribute(RTA_DST, networkOf(to)), attribute(RTA_OIF, index), ...through];
  return { type: RTM_NEWROUTE, creates: true, body };
}
