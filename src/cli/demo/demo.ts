import { parseArgs } from "node:util";
import { paintFor } from "../colour.ts";
import { EXIT, type Command } from "../command.ts";
import { stopSignal } from "../stop-signal.ts";
import { SHAPES, type Shape } from "../stream-server.ts";
import { oneOf, parsed, usageError, wholeNumber } from "../usage-error.ts";
import { Clients } from "./clients.ts";
import { conversation, introduction, summary } from "./print.ts";
import { runShape, type ShapeResult } from "./run-shape.ts";

const DEFAULT_CLIENTS = 3;
const MOST_CLIENTS = 32;

const HELP = `Runs the textbook's echo server in four shapes, and shows every call of server and clients.

Usage: dialtone demo [options]

  --shape SHAPE   one of them: ${SHAPES.join(", ")}
  --clients N     how many call at the same time (default ${DEFAULT_CLIENTS})
  --quiet         the summary alone
  --json          for programs: {"ok","shapes":[{"shape","address","calls":[…],"clients":[…]}…]}

It takes a few seconds, a free port of 127.0.0.1, and no privilege.

Examples:
  dialtone demo
  dialtone demo --shape iterative --clients 5

Exit codes: 0 all bytes came back, 1 they did not, 2 wrong usage, 130 interrupted.`;

interface Settings {
  readonly shapes: readonly Shape[];
  readonly clients: number;
  readonly quiet: boolean;
  readonly json: boolean;
}

async function run(args: readonly string[]): Promise<number> {
  const settings = readArguments(args);
  const stop = stopSignal();
  try {
    const results = await perform(settings, stop.stopped);
    return results === undefined ? EXIT.interrupted : report(results, settings);
  } catch (error) {
    // Ctrl-C reaches the clients as well, and may end one before it can tell the signal from an error.
    if (stop.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    stop.release();
  }
}

/** Undefined when it was stopped. Nothing that was started runs on. */
async function perform(settings: Settings, stopped: Promise<void>): Promise<readonly ShapeResult[] | undefined> {
  const clients = await Clients.start(settings.clients);
  const running = runShapes(settings, clients);
  try {
    return (await Promise.race([running, stopped])) ?? undefined;
  } finally {
    // Without its clients the shape that runs ends, too, and closes its server.
    await clients.end();
    await running.catch(() => undefined);
  }
}

function readArguments(args: readonly string[]): Settings {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        shape: { type: "string" },
        clients: { type: "string", default: String(DEFAULT_CLIENTS) },
        quiet: { type: "boolean", short: "q", default: false },
        json: { type: "boolean", default: false },
      },
    }),
  );
  if (positionals.length > 0) throw usageError(`"${positionals[0]}" is too many: the demo takes options alone`);
  return {
    shapes: values.shape === undefined ? SHAPES : [oneOf("--shape", values.shape, SHAPES)],
    clients: wholeNumber("--clients", values.clients, 1, MOST_CLIENTS),
    quiet: values.quiet,
    json: values.json,
  };
}

async function runShapes({ shapes, quiet, json }: Settings, clients: Clients): Promise<readonly ShapeResult[]> {
  const paint = paintFor(process.stdout);
  const shows = !quiet && !json;
  if (shows) console.log(introduction(clients.count, paint));
  const results: ShapeResult[] = [];
  for (const shape of shapes) {
    const result = await runShape(shape, clients);
    results.push(result);
    if (shows) console.log(conversation(result, paint, process.stdout.columns));
  }
  return results;
}

function report(results: readonly ShapeResult[], { quiet, json }: Settings): number {
  const failed = results.flatMap(({ shape, clients }) =>
    clients.flatMap(({ client, error }) => (error === undefined ? [] : `${shape}, client ${client}: ${error}`)),
  );
  if (json) {
    const shapes = results.map((result) => ({
      ...result,
      calls: result.calls.map(({ who, call }) => ({ who, ...call })),
    }));
    console.log(JSON.stringify({ ok: failed.length === 0, shapes }));
  } else {
    console.log(`${quiet ? "" : "\n"}${summary(results, paintFor(process.stdout))}`);
  }
  for (const reason of failed) console.error(`dialtone demo: ${reason}`);
  return failed.length === 0 ? EXIT.ok : EXIT.failure;
}

/** `dialtone demo`: what `npm start` runs. */
export const demo: Command = {
  name: "demo",
  summary: "shows a server, its callers, and every call they make",
  help: HELP,
  run,
};
