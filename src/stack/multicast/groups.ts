import type { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_ICMPV6, PROTOCOL_IGMP } from "../../wire/ip-protocol.ts";
import { type AddressEntry, AddressTable } from "../ip/address-table.ts";
import { IpAddress } from "../ip/address.ts";
import { mergeFilters, SourceFilter } from "./source-filter.ts";

/** Groups of all interfaces together. */
export const MAX_GROUPS = 4096;

const ALL_HOSTS: number = IpAddress.parse("224.0.0.1").w3;
/** ff01::1 and ff02::1, all nodes of this interface and of its link: RFC 4291 §2.7.1. */
const INTERFACE_ALL_NODES = 0xff010000 | 0;
const LINK_ALL_NODES = 0xff020000 | 0;

/** A group on an interface, and what those who joined it want to hear. */
export class Group implements AddressEntry {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  /** The index of the interface. */
  readonly zone: number;
  readonly address: IpAddress;
  /** One for each member. */
  readonly filters: SourceFilter[] = [];
  /** What all of them come to. */
  merged: SourceFilter = new SourceFilter(true);
  hashNext: this | undefined = undefined;
  older: this | undefined = undefined;
  newer: this | undefined = undefined;

  constructor(address: IpAddress, zone: number) {
    this.address = address;
    this.w0 = address.w0;
    this.w1 = address.w1;
    this.w2 = address.w2;
    this.w3 = address.w3;
    this.zone = zone;
  }
}

/** Tells the routers of a link: IGMP, MLD. */
export interface GroupReporter {
  /** What is heard of a group is not what it was: an include filter without sources means nobody is a member. */
  changed(group: Group, before: SourceFilter): void;
}

/** Who of this machine is a member of which groups, on which interfaces: RFC 1112 §7, RFC 3376 §3.2, RFC 3810 §4.2. */
export class Groups {
  readonly #table: AddressTable<Group>;
  readonly #reporter: GroupReporter;

  constructor(secret: number, reporter: GroupReporter) {
    this.#table = new AddressTable(MAX_GROUPS, secret);
    this.#reporter = reporter;
  }

  get size(): number {
    return this.#table.size;
  }

  [Symbol.iterator](): IterableIterator<Group> {
    return this.#table[Symbol.iterator]();
  }

  find(iface: number, w0: number, w1: number, w2: number, w3: number): Group | undefined {
    return this.#table.find(w0, w1, w2, w3, iface);
  }

  /**
   * Makes a member. The filter stays the member's: `changed` is to be called after it was. False when it is too many.
   */
  join(iface: number, address: IpAddress, filter: SourceFilter): boolean {
    let group = this.#table.find(address.w0, address.w1, address.w2, address.w3, iface);
    if (group === undefined) {
      if (this.#table.isFull) return false;
      group = new Group(address, iface);
      this.#table.add(group);
    }
    group.filters.push(filter);
    this.#merge(group);
    return true;
  }

  /** A member's filter is another now. */
  changed(iface: number, address: IpAddress): void {
    const group = this.#table.find(address.w0, address.w1, address.w2, address.w3, iface);
    if (group !== undefined) this.#merge(group);
  }

  /** Ends a membership: `filter` is the object that joined. */
  leave(iface: number, address: IpAddress, filter: SourceFilter): void {
    const group = this.#table.find(address.w0, address.w1, address.w2, address.w3, iface);
    const at = group?.filters.indexOf(filter) ?? -1;
    if (group === undefined || at < 0) return;
    group.filters.splice(at, 1);
    if (group.filters.length === 0) this.#table.remove(group);
    this.#merge(group);
  }

  /** Forgets all of an interface that is gone. */
  forgetAll(iface: number): void {
    for (const group of this.#table) if (group.zone === iface) this.#table.remove(group);
  }

  /** Whether somebody here is a member. */
  hasMember(iface: number, w0: number, w1: number, w2: number, w3: number): boolean {
    return isForEverybody(w0, w1, w2, w3) || this.#table.find(w0, w1, w2, w3, iface) !== undefined;
  }

  /** Whether a packet to a group is heard by somebody here. */
  accepts(iface: number, ip: IpHeader): boolean {
    const { destination0: d0, destination1: d1, destination2: d2, destination3: d3 } = ip;
    if (isForEverybody(d0, d1, d2, d3)) return true;
    const group = this.#table.find(d0, d1, d2, d3, iface);
    if (group === undefined) return false;
    // Queriers ask whom they like; filters are for what members send.
    if (ip.protocol === PROTOCOL_IGMP || ip.protocol === PROTOCOL_ICMPV6) return true;
    return group.merged.accepts(ip.source0, ip.source1, ip.source2, ip.source3);
  }

  #merge(group: Group): void {
    const before = group.merged;
    group.merged = mergeFilters(group.filters);
    if (!group.merged.equals(before)) this.#reporter.changed(group, before);
  }
}

/** 224.0.0.1 (RFC 1112 §4), ff01::1 and ff02::1: everybody is a member, and nobody tells. */
export function isForEverybody(w0: number, w1: number, w2: number, w3: number): boolean {
  if (w0 === 0) return w3 === ALL_HOSTS;
  return w3 === 1 && (w0 === LINK_ALL_NODES || w0 === INTERFACE_ALL_NODES) && w1 === 0 && w2 === 0;
}
