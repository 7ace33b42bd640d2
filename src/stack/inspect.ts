import { ADDRESS_STATES } from "./link/interface-address.ts";
import { NEIGHBOUR_STATES } from "./link/neighbour.ts";
import type { Stack } from "./stack.ts";

/** What a stack knows and has counted, as text and numbers; `ip`, `ss` and `netstat` tell the same of Linux. */
export interface StackInspection {
  readonly nowUs: number;
  readonly nextDeadlineUs: number;
  readonly interfaces: readonly InterfaceInspection[];
  /** "10.0.0.0/24 dev eth0 src 10.0.0.1". */
  readonly routes: readonly string[];
  /** "10.0.0.2 dev eth0 lladdr 02:00:00:00:00:02 REACHABLE". */
  readonly neighbours: readonly string[];
  /** "239.1.2.3 dev eth0". */
  readonly groups: readonly string[];
  /** "udp 0.0.0.0:53", "udp 10.0.0.1:53 10.0.0.2:5353", "icmp 0.0.0.0:77", "raw 0.0.0.0 proto 1". */
  readonly endpoints: readonly string[];
  /** How much of what is bounded is in use. */
  readonly uses: Readonly<Record<string, number>>;
  /** What was counted, "udp.noPort" and so on. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface InterfaceInspection {
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  /** "02:00:00:00:00:01"; undefined without one. */
  readonly hardwareAddress: string | undefined;
  /** "10.0.0.1/24 PREFERRED". */
  readonly addresses: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
}

/** Reads all of it at once. */
export function inspectStack(stack: Stack): StackInspection {
  return {
    nowUs: stack.nowUs,
    nextDeadlineUs: stack.nextDeadlineUs(),
    interfaces: stack.interfaces.all.map((iface) => ({
      index: iface.index,
      name: iface.name,
      mtu: iface.mtu,
      hardwareAddress: iface.device.kind === "ethernet" ? hardware(iface.hardwareHigh, iface.hardwareLow) : undefined,
      addresses: iface.addresses.map(
        ({ address, prefixLength, state }) => `${address.toString()}/${prefixLength} ${ADDRESS_STATES[state]}`,
      ),
      counters: Object.fromEntries(Object.entries(iface.counters)) as Record<string, number>,
    })),
    routes: Array.from(stack.ip.routing.routes, String),
    neighbours: neighboursOf(stack),
    groups: Array.from(stack.ip.groups, ({ address, zone }) => `${address.toString()} dev ${nameOf(stack, zone)}`),
    endpoints: endpointsOf(stack),
    uses: usesOf(stack),
    counters: countersOf(stack),
  };
}

function neighboursOf(stack: Stack): string[] {
  return Array.from(stack.neighbours, ({ address, zone, state, hardwareHigh, hardwareLow }) => {
    const isKnown = hardwareHigh !== 0 || hardwareLow !== 0;
    const where = isKnown ? ` lladdr ${hardware(hardwareHigh, hardwareLow)}` : "";
    return `${address.toString()} dev ${nameOf(stack, zone)}${where} ${NEIGHBOUR_STATES[state]}`;
  });
}

function endpointsOf({ udp, ping, raw }: Stack): string[] {
  const lines: string[] = [];
  for (const [name, endpoints] of [
    ["udp", udp.endpoints],
    ["icmp", ping.endpoints],
  ] as const) {
    for (const { local, localPort, remote, remotePort } of endpoints) {
      const peer = remote === undefined ? "" : ` ${remote.toString()}:${remotePort}`;
      lines.push(`${name} ${local.toString()}:${localPort}${peer}`);
    }
  }
  for (const { local, protocol } of raw.endpoints) lines.push(`raw ${local.toString()} proto ${protocol}`);
  return lines;
}

function usesOf(stack: Stack): Record<string, number> {
  const { ip, neighbours, context, interfaces } = stack;
  return {
    neighbours: neighbours.size,
    "neighbours.waiting": neighbours.waiting,
    reassemblies: ip.reassembly.size,
    "reassemblies.bytes": ip.reassembly.bytes,
    pathMtus: ip.routing.pathMtus.size,
    redirects: ip.routing.redirects.size,
    paths: ip.paths.size,
    groups: ip.groups.size,
    groupsToTell: interfaces.all.reduce((sum, iface) => sum + stack.groupsToTell(iface), 0),
    timers: context.timers.size,
    packets: context.pool.inUse,
  };
}

function countersOf({ ip, udp, ping, raw, context, backlogDropped }: Stack): Record<string, number> {
  const counters: Record<string, number> = {};
  const add = (prefix: string, values: object): void => {
    for (const [name, value] of Object.entries(values)) counters[`${prefix}.${name}`] = value as number;
  };
  add("ip.input", ip.input.counters);
  add("ip.output", ip.output.counters);
  add("ip.forwarding", ip.forwarding.counters);
  add("ip.reassembly", ip.reassembly.counters);
  add("icmp.errors", { sent: ip.errors.sent, suppressed: ip.errors.limit.suppressed });
  add("udp", udp.counters);
  for (const [name, endpoints] of [
    ["udp", udp.endpoints],
    ["icmp", ping.endpoints],
    ["raw", raw.endpoints],
  ] as const) {
    let dropped = 0;
    for (const { queue } of endpoints) dropped += queue.dropped;
    add(name, { queueDropped: dropped });
  }
  add("pool", { refused: context.pool.refused });
  add("backlog", { dropped: backlogDropped });
  return counters;
}

function nameOf(stack: Stack, index: number): string {
  return stack.interfaces.get(index)?.name ?? String(index);
}

function hardware(high: number, low: number): string {
  const bytes = [high >>> 8, high & 0xff, low >>> 24, (low >>> 16) & 0xff, (low >>> 8) & 0xff, low & 0xff];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
