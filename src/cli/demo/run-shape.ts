import { AF_INET } from "../../api/constants.ts";
import { addressText } from "../../api/errors.ts";
import { createHost } from "../../host/host.ts";
import { traceCalls } from "../../socket/trace/trace-calls.ts";
import type { TracedCall } from "../../socket/trace/traced-call.ts";
import { effectMs, type ToldCall } from "../call-lines.ts";
import { startStreamServer, type Shape } from "../stream-server.ts";
import { warmUp } from "./warm-up.ts";
import type { ClientReport, Clients, Errand } from "./clients.ts";

/** Each client stays on the line so long after its answer: served one by one, the next ones wait as long. */
const HOLD_MS = 100;
const TIMEOUT_MS = 10_000;
const WORKERS = 2;
/** Characters of data that are shown: more than a client says. */
const LIMIT = 16;

/** What became of one client. */
export interface ClientResult {
  readonly client: number;
  readonly sent: string;
  readonly received: string;
  readonly bytes: number;
  /** From dialling to the whole answer. */
  readonly answerMs: number | undefined;
  readonly error: string | undefined;
}

/** What happened in one shape of the server. */
export interface ShapeResult {
  readonly shape: Shape;
  readonly address: string;
  /** The calls of all sides, in the order in which they had their effect. */
  readonly calls: readonly ToldCall[];
  readonly clients: readonly ClientResult[];
}

/** Starts a server of this shape, lets all clients call it at once, and stops it. */
export async function runShape(shape: Shape, clients: Clients): Promise<ShapeResult> {
  const calls: ToldCall[] = [];
  const host = createHost();
  await warmUp(host);
  const kernel = traceCalls(host, (call) => calls.push({ who: call.worker ?? "server", call }), { limit: LIMIT });
  const free = { family: AF_INET, address: "127.0.0.1", port: 0 } as const;
  const server = await startStreamServer(kernel, { address: free, shape, workers: WORKERS });
  try {
    const { address } = server;
    const errands = Array.from({ length: clients.count }, (_, index): Errand => {
      return { address, word: `hello ${index + 1}`, holdMs: HOLD_MS, timeoutMs: TIMEOUT_MS };
    });
    const reports = await clients.call(errands);
    await server.stop({ deadlineMs: TIMEOUT_MS });
    for (const [index, report] of reports.entries()) {
      calls.push(...report.calls.map((call) => ({ who: `client ${index + 1}`, call })));
    }
    calls.sort((a, b) => effectMs(a.call) - effectMs(b.call));
    const results = reports.map((report, index) => clientResult(index + 1, errands[index]?.word ?? "", report));
    return { shape, address: addressText(address), calls, clients: results };
  } finally {
    await server.close();
  }
}

function clientResult(client: number, sent: string, report: ClientReport): ClientResult {
  const { received, bytes } = report;
  const error = report.error ?? (received === sent ? undefined : `"${received}" came back, not "${sent}"`);
  return { client, sent, received, bytes, answerMs: answerMs(report.calls), error };
}

function answerMs(calls: readonly TracedCall[]): number | undefined {
  const dialled = calls.find(({ name }) => name === "connect");
  const answered = calls.findLast(({ name }) => name === "recv");
  return dialled === undefined || answered === undefined ? undefined : answered.endedMs - dialled.beganMs;
}
