import { invalidValue, outOfRange } from "../../api/errors.ts";
import { cut, partition, rule } from "../fault/faults.ts";
import type { Host } from "../host.ts";
import type { Internet } from "../internet.ts";
import type { Link } from "../link/link.ts";
import type { SeededRandom } from "../random.ts";

/** Kinds of faults that chance chooses from. */
export type ChaosKind = "cut" | "partition" | "crash" | "pause" | "loss" | "delay" | "duplicate" | "clock";

/** Faults by chance, from the seed. */
export interface ChaosPlan {
  /** How many. */
  readonly faults: number;
  /** They begin within so many milliseconds. */
  readonly withinMs: number;
  /** Each lasts so long at most; a tenth of `withinMs` unless given. */
  readonly lastingMs?: number | undefined;
  /** All but "crash" unless given, since few programs survive one. */
  readonly kinds?: readonly ChaosKind[] | undefined;
  /** The hosts and links that may be hit; all unless given. */
  readonly hosts?: readonly Host[] | undefined;
  readonly links?: readonly Link[] | undefined;
}

const KINDS: readonly ChaosKind[] = ["cut", "partition", "pause", "loss", "delay", "duplicate", "clock"];

/** What a fault hits. */
interface Target {
  readonly internet: Internet;
  readonly random: SeededRandom;
  readonly hosts: readonly Host[];
  readonly links: readonly Link[];
}

/** A fault that may begin: what it is, in words, and how; what is returned ends it. */
interface PlannedFault {
  readonly text: string;
  readonly begin: () => () => void;
}

/** The faults of one run. Each draws its chance from a stream of its own, so that one left out changes no other. */
export class Chaos {
  /** What happens, in words. */
  readonly happening: string[] = [];
  readonly #internet: Internet;
  readonly #only: ReadonlySet<number> | undefined;
  #planned = 0;

  constructor(internet: Internet, only: readonly number[] | undefined) {
    this.#internet = internet;
    this.#only = only === undefined ? undefined : new Set(only);
  }

  /** Plans faults. Errors: ERR_OUT_OF_RANGE, ERR_INVALID_ARG_VALUE. */
  plan(plan: ChaosPlan): void {
    const { faults, withinMs, lastingMs = withinMs / 10, kinds = KINDS } = plan;
    if (!(Number.isInteger(faults) && faults >= 0)) throw outOfRange("chaos.faults", "an integer from 0", faults);
    for (const [name, value] of Object.entries({ withinMs, lastingMs })) {
      if (!(value > 0 && value < Infinity)) throw outOfRange(`chaos.${name}`, "milliseconds, more than 0", value);
    }
    const unknown = kinds.find((kind) => !Object.hasOwn(MAKERS, kind));
    if (kinds.length === 0 || unknown !== undefined) {
      throw invalidValue("chaos.kinds", `some of ${Object.keys(MAKERS).join(", ")}`, unknown ?? kinds);
    }
    const internet = this.#internet;
    const { hosts = internet.hosts, links = internet.links } = plan;
    for (let i = 0; i < faults; i += 1) {
      const number = this.#planned++;
      const random = internet.context.random(`fault ${number}`);
      const startMs = random.fraction() * withinMs;
      const forMs = (0.1 + 0.9 * random.fraction()) * lastingMs;
      const kind = kinds[random.below(kinds.length)] as ChaosKind;
      if (this.#only !== undefined && !this.#only.has(number)) continue;
      const fault = MAKERS[kind]({ internet, random, hosts, links });
      if (fault === undefined) continue;
      this.happening.push(`${number}: from ${startMs.toFixed(3)} ms for ${forMs.toFixed(3)} ms ${fault.text}`);
      internet.at(internet.nowMs + startMs, () => {
        const end = fault.begin();
        internet.at(internet.nowMs + forMs, end);
      });
    }
  }
}

type Maker = (target: Target) => PlannedFault | undefined;

function oneOf<T>(random: SeededRandom, all: readonly T[]): T | undefined {
  return all[random.below(all.length)];
}

/** A fault that is a thing to be disposed. */
function scoped(text: string, make: () => Disposable): PlannedFault {
  return {
    text,
    begin: () => {
      const made = make();
      return () => made[Symbol.dispose]();
    },
  };
}

function onLink(make: (link: Link, target: Target) => PlannedFault): Maker {
  return (target) => {
    const link = oneOf(target.random, target.links);
    return link === undefined ? undefined : make(link, target);
  };
}

function onHost(make: (host: Host, target: Target) => PlannedFault): Maker {
  return (target) => {
    const host = oneOf(target.random, target.hosts);
    return host === undefined ? undefined : make(host, target);
  };
}

const MAKERS: Readonly<Record<ChaosKind, Maker>> = {
  cut: onLink((link, { internet }) => scoped(`${link.name} is cut`, () => cut(internet, link))),
  loss: onLink((link, { internet, random }) =>
    scoped(`${link.name} loses half`, () => rule(internet, () => (random.chance(0.5) ? "drop" : "pass"), link)),
  ),
  delay: onLink((link, { internet, random }) =>
    scoped(`${link.name} delays up to 100 ms`, () => rule(internet, () => ({ delayMs: random.below(100) }), link)),
  ),
  duplicate: onLink((link, { internet, random }) =>
    scoped(`${link.name} duplicates half`, () =>
      rule(internet, () => (random.chance(0.5) ? "duplicate" : "pass"), link),
    ),
  ),
  partition: ({ internet, random, hosts }) => {
    const one = hosts.filter(() => random.chance(0.5));
    const other = hosts.filter((host) => !one.includes(host));
    if (one.length === 0 || other.length === 0) return undefined;
    const names = [one, other].map((group) => group.map(({ name }) => name).join(" ")).join(" | ");
    return scoped(`partition ${names}`, () => partition(internet, [one, other]));
  },
  pause: onHost((host) => ({
    text: `${host.name} stands still`,
    begin: () => {
      host.pause();
      return () => host.resume();
    },
  })),
  crash: onHost((host) => ({
    text: `${host.name} is off, then starts anew`,
    begin: () => {
      host.crash();
      return () => host.restart();
    },
  })),
  clock: onHost((host, { random }) => {
    const jumpMs = (random.fraction() - 0.5) * 7_200_000;
    return {
      text: `${host.name}'s wall clock jumps by ${jumpMs.toFixed(0)} ms`,
      begin: () => {
        host.clock.jump(jumpMs);
        return () => host.clock.jump(-jumpMs);
      },
    };
  }),
};
