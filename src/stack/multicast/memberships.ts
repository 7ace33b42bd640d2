import { errno } from "../../api/errno.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import type { IpAddress } from "../ip/address.ts";
import type { Groups } from "./groups.ts";
import { MAX_SOURCES, SourceFilter } from "./source-filter.ts";

/** Groups that one socket may be in: Linux's net.ipv4.igmp_max_memberships. */
export const MAX_MEMBERSHIPS = 20;

interface Membership {
  readonly iface: number;
  readonly group: IpAddress;
  readonly filter: SourceFilter;
}

/**
 * The groups that one socket is in: IP_ADD_MEMBERSHIP and its siblings in ip(7), RFC 3678. Results are 0 or a negative
 * errno, those of Linux.
 */
export class Memberships {
  readonly #groups: Groups;
  readonly #list: Membership[] = [];
  /** IP_MULTICAST_ALL: a socket that is in none of a packet's groups hears those that others here are in. */
  hearsAll = true;

  constructor(groups: Groups) {
    this.#groups = groups;
  }

  /** Joins a group, to hear everybody. -EADDRINUSE when the socket is in it. */
  join(iface: number, group: IpAddress): number {
    return this.#add(iface, group, new SourceFilter(false));
  }

  /** Leaves a group. -EADDRNOTAVAIL when the socket is not in it. */
  leave(iface: number, group: IpAddress): number {
    const membership = this.#find(iface, group);
    if (membership === undefined) return -errno.EADDRNOTAVAIL;
    this.#remove(membership);
    return 0;
  }

  /** Hears one sender of a group: it joins for the first one. -EINVAL in a group that is joined for everybody. */
  joinSource(iface: number, group: IpAddress, source: IpAddress): number {
    const membership = this.#find(iface, group);
    if (membership === undefined) return this.#add(iface, group, new SourceFilter(true, [source]));
    const { filter } = membership;
    if (!filter.isInclude) return -errno.EINVAL;
    if (filter.contains(source)) return -errno.EADDRNOTAVAIL;
    return this.#change(membership, () => filter.add(source));
  }

  /** Hears a sender no more: with the last one it leaves. */
  leaveSource(iface: number, group: IpAddress, source: IpAddress): number {
    const membership = this.#find(iface, group);
    if (membership === undefined) return -errno.EINVAL;
    const { filter } = membership;
    if (!filter.isInclude) return -errno.EINVAL;
    if (!filter.contains(source)) return -errno.EADDRNOTAVAIL;
    if (filter.sources.length === 1) this.#remove(membership);
    else this.#change(membership, () => filter.remove(source));
    return 0;
  }

  /** Stops hearing one sender of a group that was joined for everybody. */
  block(iface: number, group: IpAddress, source: IpAddress): number {
    return this.#setBlocked(iface, group, source, true);
  }

  unblock(iface: number, group: IpAddress, source: IpAddress): number {
    return this.#setBlocked(iface, group, source, false);
  }

  /** Replaces the whole filter: IP_MSFILTER. An include filter without sources leaves the group. */
  setFilter(iface: number, group: IpAddress, isInclude: boolean, sources: readonly IpAddress[]): number {
    if (sources.length > MAX_SOURCES) return -errno.ENOBUFS;
    const membership = this.#find(iface, group);
    if (isInclude && sources.length === 0) return this.leave(iface, group);
    if (membership === undefined) return -errno.EINVAL;
    return this.#change(membership, () => {
      membership.filter.isInclude = isInclude;
      membership.filter.sources.length = 0;
      for (const source of sources) membership.filter.add(source);
    });
  }

  /** The filter of a group; undefined when the socket is not in it. */
  filter(iface: number, group: IpAddress): SourceFilter | undefined {
    return this.#find(iface, group)?.filter;
  }

  /** Leaves all groups: the socket is closed. */
  leaveAll(): void {
    for (const membership of [...this.#list]) this.#remove(membership);
  }

  /** Whether the socket hears a packet to a group that came in by an interface. */
  hears(iface: number, ip: IpHeader): boolean {
    for (const { group, filter, iface: joined } of this.#list) {
      if (joined !== iface || !group.isDestinationOf(ip)) continue;
      return filter.accepts(ip.source0, ip.source1, ip.source2, ip.source3);
    }
    return this.hearsAll;
  }

  #setBlocked(iface: number, group: IpAddress, source: IpAddress, isBlocked: boolean): number {
    const membership = this.#find(iface, group);
    if (membership === undefined || membership.filter.isInclude) return -errno.EINVAL;
    const { filter } = membership;
    if (filter.contains(source) === isBlocked) return -errno.EADDRNOTAVAIL;
    return this.#change(membership, () => {
      if (isBlocked) filter.add(source);
      else filter.remove(source);
    });
  }

  #add(iface: number, group: IpAddress, filter: SourceFilter): number {
    if (!group.isMulticast) return -errno.EINVAL;
    if (this.#find(iface, group) !== undefined) return -errno.EADDRINUSE;
    if (this.#list.length >= MAX_MEMBERSHIPS) return -errno.ENOBUFS;
    if (!this.#groups.join(iface, group, filter)) return -errno.ENOBUFS;
    this.#list.push({ iface, group, filter });
    return 0;
  }

  #change({ iface, group, filter }: Membership, change: () => void): number {
    change();
    if (filter.sources.length > MAX_SOURCES) {
      filter.sources.length = MAX_SOURCES;
      return -errno.ENOBUFS;
    }
    this.#groups.changed(iface, group);
    return 0;
  }

  #remove(membership: Membership): void {
    this.#list.splice(this.#list.indexOf(membership), 1);
    this.#groups.leave(membership.iface, membership.group, membership.filter);
  }

  #find(iface: number, group: IpAddress): Membership | undefined {
    return this.#list.find((membership) => membership.iface === iface && membership.group.equals(group));
  }
}
