/** Every peer against the same load, in interleaved rounds. */
import { BOTH_CORES, LOAD_CORE, runProgram, startServer, type Server } from "./processes.ts";
import { untilQuiet } from "./machine.ts";
import { median } from "./median.ts";
import type { Peer } from "./peers.ts";

export type LoadMode = "echo" | "churn" | "idle" | "datagrams" | "receive" | "send" | "file";

/** What the load generator reports. */
export interface LoadReport {
  readonly mode: LoadMode;
  readonly connections: number;
  readonly size: number;
  readonly requests: number;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  readonly errors: number;
  readonly open: number;
  /** The load's own share of its core: near 1 means that a faster server would not show. */
  readonly loadBusy: number;
  /** Cores that other work on the machine took meanwhile. */
  readonly othersBusy: number;
  readonly serverCpuUs: number;
  readonly serverRssKib: number;
  readonly serverRssBeforeKib: number;
}

export interface LoadOptions {
  readonly mode: LoadMode;
  readonly connections: number;
  readonly size: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Servers that share the port (1). */
  readonly servers?: number;
  /** A file that the server is told of. */
  readonly file?: string | undefined;
}

const LIMIT_OVER_THE_RUN_MS = 60_000;

/** The servers of one run, told the mode, the size and a file; several are told to share the first one's port. */
async function startServers(peer: Peer, { servers: count = 1, mode, size, file }: LoadOptions): Promise<Server[]> {
  const told = ["0", mode, String(size), ...(file === undefined ? [] : [file])];
  if (count === 1) return [await startServer([...peer.command, ...told])];
  const servers: Server[] = [];
  try {
    while (servers.length < count) {
      const port = String(servers[0]?.port ?? 0);
      servers.push(await startServer([...peer.command, port, "reuse-port"], BOTH_CORES));
    }
  } catch (error) {
    for (const server of servers) await server.stop();
    throw error;
  }
  return servers;
}

/** One server, or several, and one load; all ended. */
export async function runOnce(load: string, peer: Peer, options: LoadOptions): Promise<LoadReport> {
  const { mode, connections, size, seconds, warmUpSeconds, servers: count = 1 } = options;
  const servers = await startServers(peer, options);
  const port = servers[0]?.port;
  const server = servers.map(({ pid }) => pid).join(",");
  const pairs = { mode, connections, size, seconds, "warm-up": warmUpSeconds, port, server };
  const args = Object.entries(pairs).flatMap(([name, value]) => [`--${name}`, String(value)]);
  try {
    const limitMs = (seconds + warmUpSeconds) * 1000 + LIMIT_OVER_THE_RUN_MS;
    const cores = count === 1 ? LOAD_CORE : BOTH_CORES;
    const report = JSON.parse(await runProgram([...(peer.sender ?? [load]), ...args], limitMs, cores)) as LoadReport;
    const told = (await servers[0]?.stop()) ?? "";
    // What a server has measured itself stands in the load's place.
    return told === "" ? report : { ...report, ...(JSON.parse(told) as Partial<LoadReport>) };
  } finally {
    for (const each of servers) await each.stop();
  }
}

/** How often, and when a run is made again because other work disturbed it. */
export interface RoundOptions {
  readonly rounds: number;
  /** Cores that other work may take. */
  readonly quiet: number;
  /** Runs until the quietest of them has to do. */
  readonly attempts: number;
}

async function runUndisturbed(load: string, peer: Peer, how: RoundOptions, options: LoadOptions): Promise<LoadReport> {
  let best: LoadReport | undefined;
  for (let attempt = 0; attempt < how.attempts; attempt++) {
    await untilQuiet(how.quiet);
    const report = await runOnce(load, peer, options);
    if (best === undefined || report.othersBusy < best.othersBusy) best = report;
    if (best.othersBusy <= how.quiet) break;
  }
  return best as LoadReport;
}

/** One peer's rounds; a round that failed is a sentence. */
export interface PeerRounds {
  readonly peer: Peer;
  readonly rounds: (LoadReport | string)[];
}

/**
 * All peers, round by round, so that a slow minute of the machine hurts each of them; every round starts with another
 * peer, so that none always follows the same one.
 */
export async function runRounds(
  load: string,
  peers: readonly Peer[],
  how: RoundOptions,
  options: LoadOptions,
  progress: (line: string) => void,
): Promise<PeerRounds[]> {
  const fit = peers.filter((peer) => options.connections <= (peer.most ?? Infinity));
  const results: PeerRounds[] = fit.map((peer) => ({ peer, rounds: [] }));
  for (let round = 0; round < how.rounds; round++) {
    for (let i = 0; i < results.length; i++) {
      const result = results[(i + round) % results.length] as PeerRounds;
      const outcome = await runUndisturbed(load, result.peer, how, options).catch((error: Error) => error.message);
      result.rounds.push(outcome);
      const what = typeof outcome === "string" ? outcome : `${Math.round(outcome.requestsPerSecond)} requests/s`;
      progress(`${options.connections} connections, round ${round + 1}/${how.rounds}: ${result.peer.label}: ${what}`);
    }
  }
  return results;
}

/** A peer's medians over its rounds. */
export interface Summary {
  readonly peer: string;
  readonly label: string;
  readonly mode: LoadMode;
  readonly connections: number;
  readonly size: number;
  readonly requestsPerSecond: number;
  /** Median of the rounds' own ratios: both sides of a ratio come from the same round. */
  readonly toC: number;
  readonly toNode: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly serverCpuUsPerRequest: number;
  /** Of processor time per request; other work on the machine bends it less than the rate. */
  readonly cpuToC: number;
  readonly serverRssMib: number;
  readonly loadBusy: number;
  /** The worst round's. */
  readonly othersBusy: number;
  readonly errors: number;
  readonly failures: readonly string[];
}

export function summarise(results: readonly PeerRounds[], options: LoadOptions): Summary[] {
  const c = results.find(({ peer }) => peer.name === "c")?.rounds;
  const node = results.find(({ peer }) => peer.name === "node")?.rounds;
  return results.map(({ peer, rounds }) => {
    const good = rounds.filter((round) => typeof round !== "string");
    const of = (value: (report: LoadReport) => number): number => median(good.map(value));
    return {
      peer: peer.name,
      label: peer.label,
      mode: options.mode,
      connections: options.connections,
      size: options.size,
      requestsPerSecond: of((report) => report.requestsPerSecond),
      toC: median(ratios(rounds, c, rate)),
      toNode: median(ratios(rounds, node, rate)),
      p50Us: of((report) => report.p50Us),
      p99Us: of((report) => report.p99Us),
      serverCpuUsPerRequest: of(cpuPerRequest),
      cpuToC: median(ratios(rounds, c, cpuPerRequest)),
      serverRssMib: of((report) => report.serverRssKib / 1024),
      loadBusy: of((report) => report.loadBusy),
      othersBusy: Math.max(0, ...good.map((report) => report.othersBusy)),
      errors: good.reduce((sum, report) => sum + report.errors, 0),
      failures: rounds.filter((round) => typeof round === "string"),
    };
  });
}

const rate = (report: LoadReport): number => report.requestsPerSecond;
const cpuPerRequest = (report: LoadReport): number => report.serverCpuUs / report.requests;

type Rounds = readonly (LoadReport | string)[];

function ratios(ours: Rounds, theirs: Rounds | undefined, value: (report: LoadReport) => number): number[] {
  const found: number[] = [];
  ours.forEach((round, i) => {
    const other = theirs?.[i];
    if (typeof round === "object" && typeof other === "object") found.push(value(round) / value(other));
  });
  return found;
}
