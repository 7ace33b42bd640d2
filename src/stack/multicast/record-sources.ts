import { ALLOW_NEW_SOURCES, CHANGE_TO_EXCLUDE, CHANGE_TO_INCLUDE, MODE_IS_EXCLUDE } from "../../wire/group-record.ts";
import { IpAddress } from "../ip/address.ts";
import type { ReportRecord } from "./pending-report.ts";
import { MAX_SOURCES } from "./source-filter.ts";

/**
 * Records that a report can hold: a list of sources that is too long is spread over several, but for one of excluded
 * sources, which is cut short, since more is heard then and nothing is missed (RFC 3376 §4.2.16).
 */
export function fitRecords(records: readonly ReportRecord[]): ReportRecord[] {
  return records.flatMap(({ type, group, sources }) => {
    const first = { type, group, sources: sources.slice(0, MAX_SOURCES) };
    if (sources.length <= MAX_SOURCES || type === MODE_IS_EXCLUDE || type === CHANGE_TO_EXCLUDE) return [first];
    // What a change to "include" leaves out is allowed behind it.
    const restType = type === CHANGE_TO_INCLUDE ? ALLOW_NEW_SOURCES : type;
    return [first, ...fitRecords([{ type: restType, group, sources: sources.slice(MAX_SOURCES) }])];
  });
}

/** Four words for each address, as the codecs of records take them. Returns how many there are. */
export function putSources(sources: readonly IpAddress[], into: Int32Array): number {
  const count = Math.min(sources.length, into.length / 4);
  for (let i = 0; i < count; i++) {
    const { w0, w1, w2, w3 } = sources[i] as IpAddress;
    into[4 * i] = w0;
    into[4 * i + 1] = w1;
    into[4 * i + 2] = w2;
    into[4 * i + 3] = w3;
  }
  return count;
}

/** The addresses of so many times four words. */
export function takeSources(words: Int32Array, count: number): IpAddress[] {
  return Array.from({ length: count }, (_, i) => {
    const [w0, w1, w2, w3] = words.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    return new IpAddress(w0, w1, w2, w3);
  });
}
