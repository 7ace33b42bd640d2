import {
  ALLOW_NEW_SOURCES,
  BLOCK_OLD_SOURCES,
  CHANGE_TO_EXCLUDE,
  CHANGE_TO_INCLUDE,
  MODE_IS_EXCLUDE,
  MODE_IS_INCLUDE,
} from "../../wire/group-record.ts";
import type { IpAddress } from "../ip/address.ts";
import { MAX_SOURCES, type SourceFilter } from "./source-filter.ts";

/** One record of a report. */
export interface ReportRecord {
  readonly type: number;
  readonly group: IpAddress;
  readonly sources: readonly IpAddress[];
}

interface SourceChange {
  readonly source: IpAddress;
  left: number;
}

/** What is still to be told of one group: changes that are repeated, and answers to queries. */
export class PendingReport {
  readonly group: IpAddress;
  /** When a change is told again; Infinity when all was told. */
  changeAtUs: number = Infinity;
  /** When a query is answered. */
  answerAtUs: number = Infinity;
  /** Sources that the query asked about; undefined for all. */
  asked: IpAddress[] | undefined = undefined;
  /** Somebody else told the same last, so that a leave is his to tell: RFC 2236 §6. */
  wasLast = true;
  #modeChanges = 0;
  #sourceChanges: SourceChange[] = [];

  constructor(group: IpAddress) {
    this.group = group;
  }

  /** Whether nothing is left to be told. */
  get isDone(): boolean {
    return this.changeAtUs === Infinity && this.answerAtUs === Infinity;
  }

  /** A filter became another, which is to be told `times` times: RFC 3376 §5.1, RFC 3810 §6.1. */
  change(before: SourceFilter, after: SourceFilter, times: number): void {
    if (before.isInclude !== after.isInclude) {
      this.#modeChanges = times;
      this.#sourceChanges = [];
      return;
    }
    const changed = [
      ...after.sources.filter((source) => !before.contains(source)),
      ...before.sources.filter((source) => !after.contains(source)),
    ];
    for (const source of changed) {
      this.#sourceChanges = this.#sourceChanges.filter((other) => !other.source.equals(source));
      if (this.#sourceChanges.length < 2 * MAX_SOURCES) this.#sourceChanges.push({ source, left: times });
    }
  }

  /** The records of what has changed, as the filter is now; each counts as told once. */
  takeChanges(filter: SourceFilter): ReportRecord[] {
    const { group } = this;
    if (this.#modeChanges > 0) {
      this.#modeChanges--;
      const type = filter.isInclude ? CHANGE_TO_INCLUDE : CHANGE_TO_EXCLUDE;
      return [{ type, group, sources: filter.sources }];
    }
    const sources = this.#sourceChanges.map(({ source }) => source);
    const isHeard = ({ w0, w1, w2, w3 }: IpAddress): boolean => filter.accepts(w0, w1, w2, w3);
    const allowed = sources.filter(isHeard);
    const blocked = sources.filter((source) => !isHeard(source));
    for (const change of this.#sourceChanges) change.left--;
    this.#sourceChanges = this.#sourceChanges.filter(({ left }) => left > 0);
    const records: ReportRecord[] = [];
    if (allowed.length > 0) records.push({ type: ALLOW_NEW_SOURCES, group, sources: allowed });
    if (blocked.length > 0) records.push({ type: BLOCK_OLD_SOURCES, group, sources: blocked });
    return records;
  }

  /** Whether changes are to be told again. */
  get hasChanges(): boolean {
    return this.#modeChanges > 0 || this.#sourceChanges.length > 0;
  }

  /** The changes need not be told any more. */
  dropChanges(): void {
    this.#modeChanges = 0;
    this.#sourceChanges = [];
    this.changeAtUs = Infinity;
  }

  /** The answer to a query: RFC 3376 §5.2 3. Undefined when there is nothing to say. */
  takeAnswer(filter: SourceFilter): ReportRecord | undefined {
    const { asked, group } = this;
    this.answerAtUs = Infinity;
    this.asked = undefined;
    if (asked === undefined) return currentState(group, filter);
    const sources = asked.filter(({ w0, w1, w2, w3 }) => filter.accepts(w0, w1, w2, w3));
    return sources.length === 0 ? undefined : { type: MODE_IS_INCLUDE, group, sources };
  }
}

/** What is heard of a group now; undefined when nobody is a member. */
export function currentState(group: IpAddress, filter: SourceFilter): ReportRecord | undefined {
  if (filter.isInclude && filter.sources.length === 0) return undefined;
  return { type: filter.isInclude ? MODE_IS_INCLUDE : MODE_IS_EXCLUDE, group, sources: filter.sources };
}
