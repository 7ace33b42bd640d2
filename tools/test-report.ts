import { inspect } from "node:util";
import type { FileResult, TestResult } from "./test-file.ts";

export interface Totals {
  readonly tests: number;
  readonly pass: number;
  readonly fail: number;
  readonly skip: number;
  readonly todo: number;
}

const MARK: Readonly<Record<TestResult["outcome"], string>> = {
  pass: "ok  ",
  fail: "FAIL",
  skip: "skip",
  todo: "todo",
  suite: "    ",
};

/** Counts the tests; a file that fails as a whole counts as one more that failed, unless a test of it has failed. */
export function total(results: readonly FileResult[]): Totals {
  const count = { pass: 0, fail: 0, skip: 0, todo: 0, suite: 0 };
  for (const { tests, fault } of results) {
    for (const { outcome } of tests) count[outcome]++;
    if (fault !== undefined && !tests.some(({ outcome }) => outcome === "fail")) count.fail++;
  }
  const { pass, fail, skip, todo } = count;
  return { tests: pass + fail + skip + todo, pass, fail, skip, todo };
}

/** All that is known of a file that is not well; of one that is, nothing, one line, or each test. */
export function printFile(result: FileResult, detail: "brief" | "files" | "verbose"): void {
  const { pass, fail, skip } = total([result]);
  if (detail === "brief" && fail === 0) return;
  const skipped = skip > 0 ? `, ${skip} skipped` : "";
  const seconds = (result.durationMs / 1000).toFixed(1);
  console.log(`${fail > 0 ? "FAIL" : "ok  "} ${result.file}  ${pass} passed${skipped}  ${seconds} s`);
  for (const test of result.tests) {
    if (detail === "verbose" || test.outcome === "fail") printTest(test);
  }
  if (fail === 0) return;
  if (result.fault !== undefined) console.log(`     ${result.fault}`);
  if (result.output.trim() !== "") console.log(indent(`it printed:\n${result.output.trimEnd()}`, 5));
}

function printTest(test: TestResult): void {
  const indentation = 5 + 2 * test.depth;
  const slow = test.durationMs >= 1000 ? `  ${(test.durationMs / 1000).toFixed(1)} s` : "";
  const reason = test.outcome === "skip" ? `  (${test.reason || "no reason given"})` : "";
  console.log(`${" ".repeat(indentation)}${MARK[test.outcome]} ${test.name}${reason}${slow}`);
  if (test.outcome === "fail") console.log(indent(inspect(test.error), indentation + 5));
}

/** The skipped tests by reason, what failed and what was left behind, and the totals in the words of Node's runner. */
export function printTotals(results: readonly FileResult[], left: readonly string[], durationMs: number): void {
  printSkipped(results);
  const failed = results.filter((result) => total([result]).fail > 0);
  if (failed.length > 0) console.log(`\nfailed:\n${failed.map(({ file }) => `  ${file}`).join("\n")}`);
  if (left.length > 0)
    console.log(`\nfailed, for what the tests left behind:\n${left.map((what) => `  ${what}`).join("\n")}`);
  const { tests, pass, fail, skip, todo } = total(results);
  console.log(`\n# tests ${tests}\n# pass ${pass}\n# fail ${fail}\n# skipped ${skip}\n# todo ${todo}`);
  console.log(`# duration_ms ${Math.round(durationMs)}`);
}

function printSkipped(results: readonly FileResult[]): void {
  const skipped = new Map<string, string[]>();
  for (const { file, tests } of results) {
    for (const test of tests.filter(({ outcome }) => outcome === "skip")) {
      const reason = test.reason || "no reason given";
      skipped.set(reason, [...(skipped.get(reason) ?? []), `${file}: ${test.name}`]);
    }
  }
  if (skipped.size > 0) console.log("\nskipped:");
  for (const [reason, names] of skipped) {
    console.log(`  ${reason} (${names.length})`);
    for (const name of names) console.log(`    ${name}`);
  }
}

function indent(text: string, width: number): string {
  return text.replace(/^/gm, " ".repeat(width));
}
