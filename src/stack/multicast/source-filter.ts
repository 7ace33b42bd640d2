import type { IpAddress } from "../ip/address.ts";

/** Sources in one filter: Linux's net.ipv4.igmp_max_msf, and net.ipv6.mld_max_msf is no more than six times of it. */
export const MAX_SOURCES = 64;

/**
 * Which senders of a group are heard: those in the list alone (`isInclude`), or all but those: RFC 3376 §3.1. Nobody is
 * heard with an empty include list; everybody with an empty exclude list.
 */
export class SourceFilter {
  isInclude: boolean;
  readonly sources: IpAddress[];

  constructor(isInclude: boolean, sources: readonly IpAddress[] = []) {
    this.isInclude = isInclude;
    this.sources = [...sources];
  }

  has(w0: number, w1: number, w2: number, w3: number): boolean {
    for (const source of this.sources) {
      if (source.w3 === w3 && source.w2 === w2 && source.w1 === w1 && source.w0 === w0) return true;
    }
    return false;
  }

  contains(source: IpAddress): boolean {
    return this.has(source.w0, source.w1, source.w2, source.w3);
  }

  /** Whether packets of a sender are heard. */
  accepts(w0: number, w1: number, w2: number, w3: number): boolean {
    return this.has(w0, w1, w2, w3) === this.isInclude;
  }

  add(source: IpAddress): void {
    if (!this.contains(source)) this.sources.push(source);
  }

  remove(source: IpAddress): void {
    const at = this.sources.findIndex((other) => other.equals(source));
    if (at >= 0) this.sources.splice(at, 1);
  }

  equals(other: SourceFilter): boolean {
    return (
      this.isInclude === other.isInclude &&
      this.sources.length === other.sources.length &&
      this.sources.every((source) => other.contains(source))
    );
  }

  clone(): SourceFilter {
    return new SourceFilter(this.isInclude, this.sources);
  }
}

/**
 * What an interface must hear so that each of its sockets hears what it asked for: RFC 3376 §3.2. With any exclude
 * filter, all but what every exclude filter blocks and no include filter wants; else what any include filter wants.
 */
export function mergeFilters(filters: readonly SourceFilter[]): SourceFilter {
  const excluding = filters.filter(({ isInclude }) => !isInclude);
  const merged = new SourceFilter(excluding.length === 0);
  if (merged.isInclude) {
    for (const filter of filters) for (const source of filter.sources) merged.add(source);
    return merged;
  }
  const wanted = filters.filter(({ isInclude }) => isInclude);
  for (const source of excluding[0]?.sources ?? []) {
    const isBlocked = excluding.every((filter) => filter.contains(source));
    if (isBlocked && !wanted.some((filter) => filter.contains(source))) merged.add(source);
  }
  return merged;
}
