/**
 * Runs the tests, each file in a process of its own:
 *   npm test                     all of them
 *   npm test -- inet epoll       those whose path contains one of the words, test by test
 *   npm test -- --verbose        all of them, test by test
 *   npm test -- --brief          only what is not well, and the totals
 *   npm test -- --not host       those whose path does not contain the word
 *   npm test -- --once           none of them twice (see below)
 *   npm test -- --jobs 4         four files at once (default: as many as there are processors, at least two)
 *   npm test -- --timeout 300    the seconds after which a file is ended and has failed (default 120)
 * The tests of what depends on how a thread waits run twice: on io_uring, and on epoll.
 * Besides the tests it fails when none ran, when a file holds none, and when a run leaves something behind: a process,
 * or a file in the temporary folder, which is a private one. It ends with the skipped tests, by reason, and the totals.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { filesForEpoll } from "./engines.ts";
import { filesBelow } from "./files.ts";
import { Leftovers } from "./leftovers.ts";
import { runTestFile, type FileResult } from "./test-file.ts";
import { printFile, printTotals, total } from "./test-report.ts";

const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    brief: { type: "boolean", default: false },
    not: { type: "string", multiple: true, default: [] },
    once: { type: "boolean", default: false },
    jobs: { type: "string", default: String(Math.max(2, availableParallelism())) },
    timeout: { type: "string", default: "120" },
    verbose: { type: "boolean", default: false },
  },
});

// The sources decide, so that what an older compilation left in build/ does not run.
const files = filesBelow(".", (path) => path.endsWith(".test.ts"))
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  .filter((path) => !options.not.some((word) => path.includes(word)));
if (files.length === 0) {
  console.error(`no test file's path contains ${words.join(" or ")}`);
  process.exit(1);
}

const detail = options.brief ? "brief" : options.verbose || words.length > 0 ? "verbose" : "files";
// Every run of a file adds listeners to this process, which Node 20 takes for a leak.
process.setMaxListeners(0);
const leftovers = new Leftovers();
const results: FileResult[] = [];
const started = performance.now();

async function runAll(queue: Iterator<string>, label: string): Promise<void> {
  for (let next = queue.next(); next.done !== true; next = queue.next()) {
    const result = await runTestFile(next.value, Number(options.timeout) * 1000);
    results.push({ ...result, file: `${result.file}${label}` });
    printFile({ ...result, file: `${result.file}${label}` }, detail);
  }
}

async function runInParallel(list: readonly string[], label: string): Promise<void> {
  const queue = list.values();
  await Promise.all(Array.from({ length: Number(options.jobs) }, () => runAll(queue, label)));
}

await runInParallel(files, "");
const again = options.once ? [] : await filesForEpoll(files);
process.env["DIALTONE_ENGINE"] ??= "epoll";
await runInParallel(again, " (epoll)");

const left = await leftovers.end();
const sum = total(results);
printTotals(results, left, performance.now() - started);
process.exitCode = sum.fail > 0 || sum.pass === 0 || left.length > 0 ? 1 : 0;
