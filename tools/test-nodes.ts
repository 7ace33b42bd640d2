/**
 * Runs the tests on the other versions of Node that the package is for: the oldest, and one of each line since.
 *   npm run test:nodes                 all of them
 *   npm run test:nodes -- 22 26        those that begin so
 *   npm run test:nodes -- 22 inet      of the tests, those whose path contains the word
 * The versions come from npm, into a cache below node_modules/. What runs on this Node alone, as no version of Node
 * can make a difference to it: the tools' own tests, packet scripts, the TAP device's peers, the page.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

const VERSIONS = ["20.16.0", "22.23.3", "24.21.0", "26.10.0"];
const ONLY_HERE = ["tools/", "test/scripts/", "test/tap/", "test/page/"].flatMap((folder) => ["--not", folder]);
const CACHE = join("node_modules", ".cache", "nodes");

const words = process.argv.slice(2).filter((word) => !/^\d/.test(word));
const wanted = process.argv.slice(2).filter((word) => /^\d/.test(word));
const versions = VERSIONS.filter((version) => wanted.length === 0 || wanted.some((start) => version.startsWith(start)));

/** The node program of a version, fetched when it is not here yet; undefined where there is none. */
function fetched(version: string): string | undefined {
  const name = `node-linux-${process.arch}`;
  const folder = resolve(CACHE, version);
  const program = join(folder, "node_modules", name, "bin", "node");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const args = ["install", "--prefix", folder, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status } = spawnSync("npm", [...args, "--loglevel=error", `${name}@${version}`], { stdio: "inherit" });
  return status === 0 && existsSync(program) ? program : undefined;
}

for (const version of versions) {
  console.log(`\nNode ${version}`);
  const program = fetched(version);
  if (program === undefined) {
    console.log(`FAIL it cannot be fetched`);
    process.exitCode = 1;
    continue;
  }
  const { status } = spawnSync(
    program,
    ["--enable-source-maps", "build/tools/test.js", "--once", ...ONLY_HERE, "--brief", ...words],
    { stdio: "inherit" },
  );
  if (status !== 0) process.exitCode = 1;
}
if (versions.length === 0) {
  console.error(`no version begins with ${wanted.join(" or ")}: there are ${VERSIONS.join(", ")}`);
  process.exitCode = 1;
}
