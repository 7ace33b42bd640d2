import type { StackContext } from "../context.ts";
import type { IpAddress } from "../ip/address.ts";
import type { Interface } from "../link/interface.ts";
import { Timer, type TimerOwner } from "../timer/timer.ts";
import type { Group, Groups } from "./groups.ts";
import { currentState, PendingReport, type ReportRecord } from "./pending-report.ts";
import { MAX_SOURCES, SourceFilter } from "./source-filter.ts";

/** Versions of queriers, the newest first: IGMPv3 or MLDv2; IGMPv2 or MLDv1; IGMPv1, which knows no leaving. */
export const NEWEST = 0;
export const OLDER = 1;
export const OLDEST = 2;

/** RFC 3376 §8.1, RFC 3810 §9.1: the Robustness Variable, how often a change is told. */
const ROBUSTNESS = 2;
/** RFC 3376 §8.11, RFC 3810 §9.11: Unsolicited Report Interval; RFC 2236 §8.10 for older queriers. */
const UNSOLICITED_US = 1_000_000;
const OLDER_UNSOLICITED_US = 10_000_000;
/** RFC 3376 §8.12: an older querier is believed to be there for two query intervals and a response. */
const OLDER_QUERIER_US: number = (ROBUSTNESS * 125 + 10) * 1_000_000;
/** Groups of which something is to be told at the same time; of more nothing is told but in answers. */
const MAX_PENDING = 512;

/** How reports and leaves are written: IGMP or MLD. */
export interface ListenerProtocol {
  /** A report of the newest version. */
  sendReport(iface: Interface, records: readonly ReportRecord[]): void;
  /** A report of an older version about one group. */
  sendOlderReport(iface: Interface, group: IpAddress, version: number): void;
  /** The leave of an older version. */
  sendLeave(iface: Interface, group: IpAddress): void;
}

/** What a querier wants to know. */
export interface Query {
  /** NEWEST, OLDER or OLDEST. */
  readonly version: number;
  /** Undefined: all groups. */
  readonly group: IpAddress | undefined;
  /** Sources it asks about; none for all. */
  readonly sources: readonly IpAddress[];
  readonly maxResponseUs: number;
}

/** One interface's side towards the multicast routers of its link: RFC 3376 §5, RFC 3810 §6, and the older versions. */
export class Listener implements TimerOwner {
  readonly #context: StackContext;
  readonly #iface: Interface;
  readonly #groups: Groups;
  readonly #protocol: ListenerProtocol;
  readonly #ipVersion: number;
  readonly #timer: Timer = new Timer(this);
  readonly #pending: Map<string, PendingReport> = new Map();
  /** When all groups are told of, since a general query asked. */
  #answerAllUs = Infinity;
  #querier = NEWEST;
  #querierUntilUs = 0;

  constructor(context: StackContext, iface: Interface, groups: Groups, protocol: ListenerProtocol, version: number) {
    this.#context = context;
    this.#iface = iface;
    this.#groups = groups;
    this.#protocol = protocol;
    this.#ipVersion = version;
  }

  /** What is heard of a group has changed. */
  changed(group: Group, before: SourceFilter): void {
    const pending = this.#pendingOf(group.address);
    if (pending === undefined) return;
    pending.change(before, group.merged, ROBUSTNESS);
    pending.changeAtUs = this.#context.nowUs;
    this.#tellChange(pending, isMember(before));
    this.#forgetWhenDone(pending);
    this.#setTimer();
  }

  /** A querier asks: RFC 3376 §5.2, RFC 3810 §6.2. */
  queried(query: Query): void {
    if (query.version > NEWEST) {
      this.#querier = Math.max(query.version, this.#version());
      this.#querierUntilUs = this.#context.nowUs + OLDER_QUERIER_US;
    }
    const atUs = this.#context.nowUs + this.#upTo(query.maxResponseUs);
    // An answer that is due before says all that this one would.
    if (atUs >= this.#answerAllUs) return;
    if (query.group === undefined) this.#askAll(atUs);
    else this.#askOne(query.group, query.sources, atUs);
    this.#setTimer();
  }

  /** Another member told a router of older versions of a group, so that nobody else need: RFC 2236 §3. */
  heardReport(group: IpAddress): void {
    const pending = this.#pending.get(group.toString());
    if (pending === undefined || this.#version() === NEWEST) return;
    pending.answerAtUs = Infinity;
    pending.dropChanges();
    pending.wasLast = false;
  }

  expired(): void {
    const { nowUs } = this.#context;
    if (this.#answerAllUs <= nowUs) this.#answerAll();
    const answers: ReportRecord[] = [];
    for (const pending of this.#pending.values()) {
      if (pending.answerAtUs <= nowUs) this.#answer(pending, answers);
      if (pending.changeAtUs <= nowUs) this.#tellChange(pending, true);
      this.#forgetWhenDone(pending);
    }
    if (answers.length > 0) this.#protocol.sendReport(this.#iface, answers);
    this.#setTimer();
  }

  /** Groups of which something is to be told, or was told last by somebody else. */
  get pending(): number {
    return this.#pending.size;
  }

  /** The interface is gone. */
  end(): void {
    this.#context.timers.remove(this.#timer);
    this.#pending.clear();
  }

  #askAll(atUs: number): void {
    if (this.#version() === NEWEST) {
      this.#answerAllUs = atUs;
      return;
    }
    for (const group of this.#groups) {
      if (!this.#isOurs(group)) continue;
      const pending = this.#pendingOf(group.address);
      if (pending !== undefined) pending.answerAtUs = Math.min(pending.answerAtUs, atUs);
    }
  }

  #askOne(group: IpAddress, sources: readonly IpAddress[], atUs: number): void {
    if (!isMember(this.#filterOf(group))) return;
    const pending = this.#pendingOf(group);
    if (pending === undefined) return;
    const isAskedAlready = pending.answerAtUs !== Infinity;
    const asksAll = sources.length === 0 || (isAskedAlready && pending.asked === undefined);
    const asked = asksAll ? undefined : [...(pending.asked ?? []), ...sources];
    // Who asks about more than can be kept is told of the whole group.
    pending.asked = asked === undefined || asked.length > MAX_SOURCES ? undefined : asked;
    pending.answerAtUs = Math.min(pending.answerAtUs, atUs);
  }

  #answerAll(): void {
    this.#answerAllUs = Infinity;
    const records: ReportRecord[] = [];
    for (const group of this.#groups) {
      const record = this.#isOurs(group) ? currentState(group.address, group.merged) : undefined;
      if (record !== undefined) records.push(record);
    }
    if (records.length > 0) this.#protocol.sendReport(this.#iface, records);
  }

  #answer(pending: PendingReport, answers: ReportRecord[]): void {
    const record = pending.takeAnswer(this.#filterOf(pending.group));
    if (record === undefined) return;
    if (this.#version() === NEWEST) answers.push(record);
    else this.#sendOlder(pending);
  }

  /** Tells of a change once, and says when it is told again. */
  #tellChange(pending: PendingReport, wasMember: boolean): void {
    const filter = this.#filterOf(pending.group);
    const records = pending.takeChanges(filter);
    pending.changeAtUs = Infinity;
    if (this.#version() === NEWEST) {
      if (records.length > 0) this.#protocol.sendReport(this.#iface, records);
      if (pending.hasChanges) pending.changeAtUs = this.#context.nowUs + this.#upTo(UNSOLICITED_US);
      return;
    }
    if (isMember(filter)) {
      // Filters are nothing that an older querier knows of.
      if (wasMember && !pending.hasChanges) return pending.dropChanges();
      this.#sendOlder(pending);
      if (pending.hasChanges) pending.changeAtUs = this.#context.nowUs + this.#upTo(OLDER_UNSOLICITED_US);
      return;
    }
    pending.dropChanges();
    if (this.#version() === OLDER && pending.wasLast) this.#protocol.sendLeave(this.#iface, pending.group);
  }

  /** What is told is forgotten, but that somebody else told last while this machine is a member. */
  #forgetWhenDone(pending: PendingReport): void {
    const isGone = !isMember(this.#filterOf(pending.group));
    if (pending.isDone && (isGone || pending.wasLast)) this.#pending.delete(pending.group.toString());
  }

  #sendOlder(pending: PendingReport): void {
    pending.wasLast = true;
    this.#protocol.sendOlderReport(this.#iface, pending.group, this.#version());
  }

  #version(): number {
    return this.#querierUntilUs > this.#context.nowUs ? this.#querier : NEWEST;
  }

  #isOurs(group: Group): boolean {
    return group.zone === this.#iface.index && group.address.version === this.#ipVersion;
  }

  #filterOf(group: IpAddress): SourceFilter {
    return this.#groups.find(this.#iface.index, group.w0, group.w1, group.w2, group.w3)?.merged ?? NOBODY;
  }

  #pendingOf(group: IpAddress): PendingReport | undefined {
    const key = group.toString();
    let pending = this.#pending.get(key);
    if (pending === undefined && this.#pending.size < MAX_PENDING) {
      pending = new PendingReport(group);
      this.#pending.set(key, pending);
    }
    return pending;
  }

  #setTimer(): void {
    let soonestUs = this.#answerAllUs;
    for (const { changeAtUs, answerAtUs } of this.#pending.values()) {
      soonestUs = Math.min(soonestUs, changeAtUs, answerAtUs);
    }
    if (soonestUs === Infinity) this.#context.timers.remove(this.#timer);
    else this.#context.timers.set(this.#timer, soonestUs);
  }

  #upTo(us: number): number {
    return (this.#context.random.uint32() / 2 ** 32) * us;
  }
}

const NOBODY: SourceFilter = new SourceFilter(true);

function isMember(filter: SourceFilter): boolean {
  return !filter.isInclude || filter.sources.length > 0;
}
