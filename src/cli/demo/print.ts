import { callLine, columnsFor } from "../call-lines.ts";
import type { Paint } from "../colour.ts";
import type { Shape } from "../stream-server.ts";
import type { ShapeResult } from "./run-shape.ts";

const SHAPE_WORDS: Readonly<Record<Shape, string>> = {
  iterative: "one client at a time, the others wait in line",
  concurrent: "many clients at once, in one process",
  threads: "many clients at once, in a pool of threads",
  processes: "many clients at once, in helper processes",
};

/** What the demo is, before it begins. */
export function introduction(clients: number, paint: Paint): string {
  const who =
    clients === 1 ? "One client calls it" : `${clients} clients, each a process of its own, call it at the same time`;
  return [
    paint("bold", "A socket is a telephone."),
    "An echo server sends back what it hears, here in the shapes of the textbooks.",
    `${who}, and`,
    `${clients === 1 ? "stays" : "stay"} on the line for a moment. These are all calls of both sides, in order.`,
  ].join("\n");
}

/** The calls of one shape, for a terminal of this width. */
export function conversation({ shape, address, calls }: ShapeResult, paint: Paint, width?: number): string {
  const columns = columnsFor(calls, width);
  const startMs = calls[0]?.call.beganMs ?? 0;
  const titles = `${"ms".padStart(7)}  ${"who".padEnd(columns.who)}  ${"call".padEnd(columns.call)}  telephone`;
  return [
    "",
    `${paint("bold", shape.toUpperCase())}  ${SHAPE_WORDS[shape]}, at ${address}`,
    "",
    paint("dim", titles),
    ...calls.map((told) => callLine(told, startMs, columns, paint)),
  ].join("\n");
}

/** The bytes that came back, per shape and client, and how long each client waited for them. */
export function summary(results: readonly ShapeResult[], paint: Paint): string {
  const clients = results[0]?.clients.map(({ client }) => `client ${client}`) ?? [];
  const rows = results.map(({ shape, clients: answers }) => [
    shape,
    ...answers.map(({ bytes, answerMs, error }) =>
      error === undefined ? `${bytes} bytes in ${(answerMs ?? 0).toFixed(1)} ms` : `failed: ${error}`,
    ),
  ]);
  const table = [["came back", ...clients], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("   ")
      .trimEnd(),
  );
  const [titles = "", ...rest] = lines;
  return [paint("bold", titles), ...rest, "", verdict(results, paint)].join("\n");
}

function verdict(results: readonly ShapeResult[], paint: Paint): string {
  const answers = results.flatMap(({ clients }) => clients);
  const failed = answers.filter(({ error }) => error !== undefined);
  const bytes = answers.reduce((sum, answer) => sum + answer.bytes, 0);
  if (failed.length > 0) return paint("red", `${failed.length} of ${answers.length} clients failed.`);
  return paint("green", `All ${bytes} bytes came back to the ${answers.length} callers.`);
}
