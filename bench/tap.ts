/**
 * Speed of a stack over a TAP device: Linux's iperf3 sends to it and receives from it, in a network namespace. Needs
 * root, ip and iperf3.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { TapOptions } from "dialtone/tap";
import { onPath } from "./compile.ts";
import { median } from "./median.ts";
import { dialtone } from "./peers.ts";
import { runProgram, startServer } from "./processes.ts";
import { figure, table } from "./table.ts";

const NAMESPACE = `dialtone-bench-${process.pid}`;
const LIMIT_OVER_THE_RUN_MS = 20_000;
const WARM_UP_SECONDS = 1;
const TICKS_A_SECOND = 100;
const BITS_A_GIGABYTE = 8e9;

interface Device {
  readonly label: string;
  readonly options: TapOptions;
}

const DEVICES: readonly Device[] = [
  { label: "TAP, MTU 1500, offload", options: {} },
  { label: "TUN, MTU 1500, offload", options: { kind: "tun" } },
  { label: "TAP, MTU 1500, no offload", options: { offload: false } },
  { label: "TAP, MTU 9000, no offload", options: { offload: false, mtu: 9000 } },
];

interface Measured {
  readonly gigabits: number;
  /** Processor seconds of the stack's process for a gigabyte. */
  readonly cpuPerGigabyte: number;
  readonly retransmits: number;
}

interface Report {
  readonly end: {
    readonly sum_sent: { readonly retransmits?: number };
    readonly sum_received: { readonly bits_per_second: number; readonly bytes: number };
  };
}

const ip = (...args: string[]): void => void execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
const inside = (...command: string[]): string[] => ["ip", "netns", "exec", NAMESPACE, ...command];

/** Processor time that a process has used: proc(5), utime and stime. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** One run each way, on a device of its own. */
async function measure({ options }: Device, seconds: number): Promise<Record<"in" | "out", Measured>> {
  const server = await startServer(inside(...dialtone("tap-iperf3"), JSON.stringify(options)));
  const once = async (...way: string[]): Promise<Measured> => {
    const before = cpuSeconds(server.pid);
    // The first second is the compiler's.
    const command = inside(
      "iperf3",
      "-J",
      "-C",
      "cubic",
      "-O",
      String(WARM_UP_SECONDS),
      "-t",
      String(seconds),
      "-c",
      "10.7.0.2",
      ...way,
    );
    const said = await runProgram(
      ["sh", "-c", `${command.join(" ")} | tr -d '\\n\\t ' | grep -o '"end":{"streams.*'`],
      limitMs(seconds),
    );
    const { end } = JSON.parse(`{${said}`) as Report;
    const cpu = cpuSeconds(server.pid) - before;
    const gigabits = end.sum_received.bits_per_second / 1e9;
    const share = seconds / (seconds + WARM_UP_SECONDS);
    return {
      gigabits,
      cpuPerGigabyte: (cpu * share * BITS_A_GIGABYTE) / (gigabits * 1e9 * seconds),
      retransmits: end.sum_sent.retransmits ?? 0,
    };
  };
  try {
    return { in: await once(), out: await once("-R") };
  } finally {
    await server.stop();
  }
}

const limitMs = (seconds: number): number => seconds * 1000 + LIMIT_OVER_THE_RUN_MS;

/** Measures every device so many times, each way, and prints the medians. */
export async function runTap(rounds: number, wanted: number): Promise<void> {
  // iperf3 counts in whole seconds.
  const seconds = Math.ceil(wanted);
  const missing = process.getuid?.() === 0 ? ["ip", "iperf3"].find((program) => !onPath(program)) : "root's rights";
  if (missing !== undefined) {
    console.log(`tap: not measured, it needs ${missing}`);
    return;
  }
  ip("netns", "add", NAMESPACE);
  try {
    ip("-n", NAMESPACE, "link", "set", "lo", "up");
    console.log(`\ntap: iperf3, one connection, median of ${rounds} rounds of ${seconds} s\n`);
    const rows: string[][] = [];
    for (const device of DEVICES) {
      const runs: Awaited<ReturnType<typeof measure>>[] = [];
      while (runs.length < rounds) runs.push(await measure(device, seconds));
      rows.push(
        row(
          device,
          "Linux → stack",
          runs.map((run) => run.in),
        ),
      );
      rows.push(
        row(
          device,
          "stack → Linux",
          runs.map((run) => run.out),
        ),
      );
    }
    console.log(`${table(2, ["device", "way", "Gbit/s", "CPU s/GB", "retransmitted"], rows)}\n`);
  } finally {
    ip("netns", "del", NAMESPACE);
  }
}

function row({ label }: Device, way: string, runs: readonly Measured[]): string[] {
  const middle = (of: (run: Measured) => number): number => median(runs.map(of));
  const sent = middle(({ retransmits }) => retransmits);
  return [
    label,
    way,
    figure(
      middle(({ gigabits }) => gigabits),
      1,
    ),
    figure(
      middle((run) => run.cpuPerGigabyte),
      2,
    ),
    String(sent),
  ];
}
