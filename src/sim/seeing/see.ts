import { invalidType, outOfRange } from "../../api/errors.ts";
import { IpAddress } from "../../stack/ip/address.ts";
import type { AddressNames } from "../../wire/pcapng-format.ts";
import type { Host } from "../host.ts";
import type { Internet } from "../internet.ts";
import { Capture } from "./capture.ts";
import { mermaid } from "./mermaid.ts";
import { MessageLog } from "./message-log.ts";
import { machineOf, portChoice, type PortNames } from "./port-choice.ts";
import { sequenceSvg } from "./sequence-svg.ts";
import { tcpCsv, tcpSvg } from "./tcp-chart.ts";
import { type SampledConnection, TcpSampler } from "./tcp-samples.ts";
import { TextTrace } from "./text-trace.ts";

/** What is captured. */
export interface CaptureOptions {
  /** Machines or ports, "client", "client.eth0": what they send and what they receive. All unless given. */
  readonly at?: PortNames | undefined;
  /** Takes the file block by block, each valid during the call; unless given, `bytes()` has all of it. */
  readonly write?: ((block: Uint8Array) => void) | undefined;
}

/** A capture that goes on until it is disposed. */
export interface RunningCapture extends Disposable {
  /** The file as far as it has come; empty when there is a `write`. */
  bytes(): Uint8Array;
}

/**
 * Captures packets from now on, as a pcapng file for Wireshark: an interface a port, virtual times in causal order, the
 * hosts' names, and in comments the calls that packets were sent for. Of everything, each frame is written once for
 * each link that it takes, when it is sent; of chosen ports, what they send and what they receive. Errors:
 * ERR_INVALID_ARG_VALUE for names that nothing has.
 *
 * @example
 * import { capture, Internet, lan } from "dialtone/sim";
 * const internet = new Internet();
 * lan(internet, { hosts: 2 });
 * const file = capture(internet, { at: "lan-1" });
 * await internet.run();
 * file.bytes().length > 0; // true
 */
export function capture(internet: Internet, options: CaptureOptions = {}): RunningCapture {
  const blocks: Uint8Array[] = [];
  const write = options.write ?? ((block: Uint8Array) => void blocks.push(block.slice()));
  const sink = new Capture({
    write,
    isChosen: chosen(internet, options.at),
    sentOnly: options.at === undefined,
    names: namesOf(internet),
    seed: internet.seed,
  });
  const trace = internet.trace(sink);
  return { bytes: () => concatenated(blocks), [Symbol.dispose]: () => trace[Symbol.dispose]() };
}

/** What a text trace shows. */
export interface TextTraceOptions {
  /** Machines or ports whose packets are shown; all unless given. */
  readonly at?: PortNames | undefined;
  /** Whether system calls are shown; true unless given. */
  readonly calls?: boolean | undefined;
  /** Whether packets are shown; true unless given. */
  readonly packets?: boolean | undefined;
  /** Characters of data that are shown of a call; 32 unless given. */
  readonly limit?: number | undefined;
}

/**
 * Tells what happens from now on, a line each: calls as strace(1) writes them, packets as packet scripts do, what was
 * lost and why, processes, faults. Errors: ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE.
 */
export function textTrace(
  internet: Internet,
  write: (line: string) => void,
  options: TextTraceOptions = {},
): Disposable {
  if (typeof write !== "function") throw invalidType("write", "a function that takes a line", write);
  const { calls = true, packets = true, limit = 32 } = options;
  return internet.trace(new TextTrace({ write, calls, packets, limit, isChosen: chosen(internet, options.at) }));
}

/** What a sequence diagram shows. */
export interface SequenceOptions {
  /** Machines or ports; all unless given. */
  readonly at?: PortNames | undefined;
  /** Whether the programs' calls are shown; true unless given. */
  readonly calls?: boolean | undefined;
  /** Arrows and calls at most; 500 unless given. */
  readonly limit?: number | undefined;
}

/** A sequence diagram in the making. */
export interface SequenceDiagram extends Disposable {
  /** As text of Mermaid. */
  mermaid(): string;
  /** As a picture. */
  svg(): string;
}

/** Draws who sends what to whom from now on. Errors: ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE. */
export function sequenceDiagram(internet: Internet, options: SequenceOptions = {}): SequenceDiagram {
  const { calls = true, limit = 500 } = options;
  if (!(Number.isInteger(limit) && limit > 0)) throw outOfRange("limit", "an integer, more than 0", limit);
  const log = new MessageLog({ isChosen: chosen(internet, options.at), calls, limit });
  const trace = internet.trace(log);
  return {
    mermaid: () => mermaid(log),
    svg: () => sequenceSvg(log),
    [Symbol.dispose]: () => trace[Symbol.dispose](),
  };
}

/** Whose connections are sampled, and how often. */
export interface TcpSampleOptions {
  /** All hosts unless given. */
  readonly hosts?: readonly Host[] | undefined;
  /** Virtual milliseconds between two looks; 10 unless given. */
  readonly everyMs?: number | undefined;
}

/** TCP connections over time. */
export interface TcpSamples extends Disposable {
  readonly connections: readonly SampledConnection[];
  /** All samples, a line each, times in seconds. */
  csv(): string;
  /** A picture of one connection: congestion window, bytes in flight, slow start threshold, round-trip time. */
  svg(connection: SampledConnection): string;
}

/** Samples the TCP connections of hosts from now on. Errors: ERR_OUT_OF_RANGE. */
export function sampleTcp(internet: Internet, options: TcpSampleOptions = {}): TcpSamples {
  const { hosts = internet.hosts, everyMs = 10 } = options;
  if (!(everyMs > 0 && everyMs < Infinity)) throw outOfRange("everyMs", "milliseconds, more than 0", everyMs);
  const sampler = new TcpSampler(internet.context, hosts, everyMs * 1000);
  return {
    get connections() {
      return sampler.connections;
    },
    csv: () => tcpCsv(sampler.connections),
    svg: tcpSvg,
    [Symbol.dispose]: () => sampler[Symbol.dispose](),
  };
}

function chosen(internet: Internet, at: PortNames | undefined): ReturnType<typeof portChoice> {
  const known = new Set(internet.channels.flatMap(({ from }) => [from.name, machineOf(from.name)]));
  for (const { name } of internet.hosts) known.add(name);
  return portChoice(at, (name) => known.has(name));
}

/** The hosts' addresses by name, for who reads a capture. */
function namesOf({ hosts }: Internet): AddressNames[] {
  return hosts.flatMap(({ name, interfaces }) =>
    interfaces.flatMap(({ options }) =>
      (options.addresses ?? []).map((text) => {
        const address = IpAddress.parse(text.split("/")[0] ?? "");
        const bytes = new Uint8Array(address.version === 4 ? 4 : 16);
        address.write(new DataView(bytes.buffer), 0);
        return { address: bytes, names: [name] };
      }),
    ),
  );
}

function concatenated(blocks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(blocks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}
