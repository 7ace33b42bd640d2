/**
 * Proves the tree: every check, one after the other, and what they found at the end.
 *   npm run ok
 *   npm run ok -- --without test,nodes
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

/** What is checked, and the script of package.json that does it. */
const CHECKS: readonly (readonly [name: string, script: string, ...words: string[]])[] = [
  ["format", "format:check"],
  ["lint", "lint"],
  ["types", "types"],
  ["edges", "edges"],
  ["tidy", "tidy"],
  ["dead code", "dead"],
  ["docs", "docs"],
  ["package", "package"],
  ["test", "test"],
  // What can differ from one Node to the next: how calls wait, threads, streams. The rest is proven on this one.
  ["nodes", "test:nodes", "conformance/", "event-loop/", "faults/thread", "src/socket/", "src/host/"],
];

const { values } = parseArgs({ options: { without: { type: "string", default: "" } } });
const without = new Set(values.without.split(",").map((name) => name.trim()));
const unknown = [...without].filter((name) => name !== "" && !CHECKS.some(([check]) => check === name));
if (unknown.length > 0) {
  console.error(`no check is named ${unknown.join(", ")}: there are ${CHECKS.map(([name]) => name).join(", ")}`);
  process.exit(1);
}

const summary: string[] = [];
for (const [name, script, ...words] of CHECKS.filter(([check]) => !without.has(check))) {
  console.log(`\n=== ${name}`);
  const started = performance.now();
  const { status } = spawnSync("npm", ["run", "--silent", "--ignore-scripts", script, "--", ...words], {
    stdio: "inherit",
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  summary.push(`${status === 0 ? "ok  " : "FAIL"} ${name.padEnd(10)} ${seconds.padStart(6)} s`);
  if (status !== 0) process.exitCode = 1;
}
console.log(`\n${summary.join("\n")}`);
