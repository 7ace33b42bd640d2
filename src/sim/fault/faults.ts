import { invalidType, outOfRange } from "../../api/errors.ts";
import type { Host } from "../host.ts";
import type { HostInterface } from "../host-interface.ts";
import type { Internet } from "../internet.ts";
import type { Channel } from "../link/channel.ts";
import type { Link } from "../link/link.ts";
import type { Rule } from "./rule.ts";
import { ActiveRule, RuleGate } from "./rule-gate.ts";

/** Where a rule stands: links, directions of links, or all that is sent by and to a host. All links unless given. */
export type Where = Link | Channel | Host | readonly (Link | Channel | Host)[];

/**
 * Has a rule decide about each packet that is sent from now on, until what is returned is disposed; what it held is
 * then sent on. Rules are asked in the order in which they came. Errors: ERR_INVALID_ARG_TYPE.
 *
 * @example
 * import { Internet, lan, rule as faultRule } from "dialtone/sim";
 * const internet = new Internet();
 * lan(internet, { hosts: 2 });
 * const third = faultRule(internet, (packet) => (packet.number === 3 ? "drop" : "pass"));
 * third[Symbol.dispose]();
 */
export function rule(internet: Internet, decide: Rule, where: Where = internet.links): Disposable {
  if (typeof decide !== "function") throw invalidType("decide", "a function that takes a packet", decide);
  const active = new ActiveRule(decide);
  const gates = channelsOf(internet, where).map((channel) => RuleGate.of(channel, internet.context));
  for (const gate of gates) gate.add(active);
  return {
    [Symbol.dispose]: () => {
      for (const gate of gates) gate.remove(active);
      for (const { packet, channel } of active.held.splice(0)) channel.carry(packet);
    },
  };
}

/** Keeps everything that is sent somewhere, and sends it on when what is returned is disposed. */
export function hold(internet: Internet, where: Where = internet.links): Disposable {
  return rule(internet, () => "hold", where);
}

/** Cuts cables, until what is returned is disposed: what is on its way is lost. */
export function cut(internet: Internet, ...links: readonly Link[]): Disposable {
  const { tracer } = internet.context;
  for (const link of links) {
    link.cut();
    tracer.note(link.name, "cut");
  }
  return {
    [Symbol.dispose]: () => {
      for (const link of links) {
        link.mend();
        tracer.note(link.name, "mended");
      }
    },
  };
}

/** How a partition is. */
export interface PartitionOptions {
  /** Only what the first group sends to the others is lost; false unless given. */
  readonly oneWay?: boolean | undefined;
}

/**
 * Parts groups of hosts until what is returned is disposed: nothing that a host of one group sends arrives at a host of
 * another. Who is in no group speaks with all. Hosts behind a translator of addresses are told by their own links only.
 */
export function partition(
  internet: Internet,
  groups: readonly (readonly Host[])[],
  options: PartitionOptions = {},
): Disposable {
  const disposables: Disposable[] = [];
  for (const [i, from] of groups.entries()) {
    if (i > 0 && options.oneWay === true) break;
    const others = groups.filter((group) => group !== from).flat();
    disposables.push(silence(internet, from, others));
  }
  const names = groups.map((group) => group.map(({ name }) => name).join(" ")).join(" | ");
  internet.context.tracer.note("partition", names);
  return {
    [Symbol.dispose]: () => {
      for (const one of disposables) one[Symbol.dispose]();
      internet.context.tracer.note("partition", `${names} healed`);
    },
  };
}

/** Loses what some hosts send where it would arrive at others. */
function silence(internet: Internet, from: readonly Host[], to: readonly Host[]): Disposable {
  const interfaces = from.flatMap((host) => host.interfaces);
  const hardware = new Set(interfaces.map(hardwareNumber));
  const addresses = new Set(interfaces.flatMap(({ options }) => (options.addresses ?? []).map(withoutPrefix)));
  const arriving = internet.channels.filter((channel) => to.some((host) => isPortOf(channel.to.name, host)));
  return rule(
    internet,
    (packet) => {
      if (hardware.has(packet.hardwareSource)) return "drop";
      const { source } = packet;
      return source !== undefined && addresses.has(source) ? "drop" : "pass";
    },
    arriving,
  );
}

/** How a link comes and goes. */
export interface FlapOptions {
  readonly upMs: number;
  readonly downMs: number;
  /** How often it goes down; without end unless given. */
  readonly times?: number | undefined;
}

/** Has links go down and come up by turns, down first, until what is returned is disposed. Errors: ERR_OUT_OF_RANGE. */
export function flap(internet: Internet, links: readonly Link[], options: FlapOptions): Disposable {
  const { upMs, downMs, times = Infinity } = options;
  for (const [name, value] of Object.entries({ upMs, downMs, times })) {
    if (!(value > 0)) throw outOfRange(name, "more than 0", value);
  }
  let isOver = false;
  let left = times;
  let current: Disposable | undefined;
  const down = (): void => {
    if (isOver || left <= 0) return;
    left -= 1;
    current = cut(internet, ...links);
    internet.at(internet.nowMs + downMs, up);
  };
  const up = (): void => {
    current?.[Symbol.dispose]();
    current = undefined;
    if (!isOver && left > 0) internet.at(internet.nowMs + upMs, down);
  };
  down();
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      current?.[Symbol.dispose]();
      current = undefined;
    },
  };
}

function channelsOf(internet: Internet, where: Where): Channel[] {
  const all = (Array.isArray(where) ? where : [where]) as readonly (Link | Channel | Host)[];
  const chosen = all.flatMap((one) => {
    if ("channels" in one) return one.channels;
    if ("interfaces" in one) {
      return internet.channels.filter(({ from, to }) => isPortOf(from.name, one) || isPortOf(to.name, one));
    }
    return [one];
  });
  return Array.from(new Set(chosen));
}

function isPortOf(port: string, host: Host): boolean {
  return port.startsWith(`${host.name}.`);
}

function hardwareNumber({ hardwareAddress }: HostInterface): number {
  return hardwareAddress.reduce((number, byte) => number * 256 + byte, 0);
}

function withoutPrefix(text: string): string {
  return text.split("/")[0] ?? "";
}
