import { carry, fairness } from "./bottleneck.ts";

const MEGABITS = 20;
const QUEUE_BYTES = 100_000;
const SECONDS = 5;
const FAIR_SECONDS = 10;
const BUFFERS_KIB = [16, 64, 256, 1024];
const LOSSES = [0, 0.001, 0.01, 0.03];
const ROUND_TRIPS_MS = [2, 20, 100];
const FLOWS = [2, 4, 8, 16, 32, 64];

const megabits = (bytes: number, seconds: number): string => ((bytes * 8) / seconds / 1e6).toFixed(1);
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function throughputRows(): string[] {
  return BUFFERS_KIB.flatMap((kib) =>
    LOSSES.map((loss) => {
      const settings = { receiveBufferBytes: 2 * kib * 1024, receiveBufferFixed: true };
      const cells = ROUND_TRIPS_MS.map((roundTripMs) => {
        const path = { megabitsPerSecond: MEGABITS, roundTripMs, queueBytes: QUEUE_BYTES, loss };
        const [bytes = 0] = carry(path, { flows: 1, seconds: SECONDS, settings });
        return megabits(bytes, SECONDS);
      });
      return row([`${kib} KiB`, `${loss * 100} %`, ...cells]);
    }),
  );
}

function fairnessRows(): string[] {
  const path = { megabitsPerSecond: 50, roundTripMs: 20, queueBytes: 250_000, loss: 0 };
  return FLOWS.map((flows) => {
    const cells = (["cubic", "reno"] as const).flatMap((congestion) => {
      const shares = carry(path, { flows, seconds: FAIR_SECONDS, settings: { congestion } });
      const all = shares.reduce((a, b) => a + b, 0);
      return [megabits(all, FAIR_SECONDS), fairness(shares).toFixed(3)];
    });
    return row([String(flows), ...cells]);
  });
}

/** The whole page: docs/tcp-throughput.md. */
export function throughputPage(): string {
  return `${[
    "# What TCP carries",
    "",
    "Made by `node build/test/tcp/write-throughput.js` on a virtual clock, from a seed: the same figures everywhere.",
    "A test holds the page against the code, so that a change of behaviour is a change of this page.",
    "",
    `## One flow of ${SECONDS} seconds over ${MEGABITS} Mbit/s, in Mbit/s`,
    "",
    `By the receiver's buffer, loss at random, and the round trip; the queue holds ${QUEUE_BYTES / 1000} kB.`,
    "",
    row(["buffer", "loss", ...ROUND_TRIPS_MS.map((ms) => `${ms} ms`)]),
    row(["---", "---", ...ROUND_TRIPS_MS.map(() => "---:")]),
    ...throughputRows(),
    "",
    `## Flows that share 50 Mbit/s for ${FAIR_SECONDS} seconds`,
    "",
    "All together in Mbit/s, and Jain's index: 1 is the same for each. The round trip is 20 ms, the queue 250 kB.",
    "",
    row(["flows", "CUBIC", "fairness", "Reno", "fairness"]),
    row(["---:", "---:", "---:", "---:", "---:"]),
    ...fairnessRows(),
  ].join("\n")}\n`;
}
