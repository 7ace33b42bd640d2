/**
 * What no formatter, compiler or linter sees, each with what to do instead:
 *   node build/tools/tidy.js
 * A file of more than 500 lines says why in its first line (`// Long because …`). A test that needs a timer says what
 * it waits for, on the line or the one before (`// waits for: …`).
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { filesBelow } from "./files.ts";

const LINE_LENGTH = 120;
const FILE_LENGTH = 500;

interface Rule {
  readonly files: (path: string) => boolean;
  readonly found: RegExp;
  readonly instead: string;
  /** A line, or the one before it, that matches is excused. */
  readonly excuse?: RegExp;
}

const isCode = (path: string): boolean => /\.(ts|js|mjs|c|go)$/.test(path);
const isTest = (path: string): boolean => /\.test\.ts$|^test\/.*\.ts$/.test(path);
const isLibrary = (path: string): boolean => path.startsWith("src/") && !isTest(path);
/** These hold the very words that the rules look for. */
const QUOTING: ReadonlySet<string> = new Set(["tools/tidy.ts", "tools/checks.test.ts"]);

const RULES: readonly Rule[] = [
  {
    files: (path) => isLibrary(path) && path !== "src/api/errors.ts" && !path.startsWith("src/cli/"),
    found: /\bnew (Error|TypeError|RangeError|AggregateError)\(/,
    instead: "make the error with a function of src/api/errors.ts, so that it has a code",
  },
  {
    // The time of test/sim/ is virtual: to sleep there is to wait for an event.
    files: (path) => isTest(path) && !path.startsWith("test/sim/"),
    found: /\bsetTimeout\(|\bsleep\(|\bsleepSync\(|\bAtomics\.wait\(|from "node:timers\/promises"/,
    excuse: /\/\/ waits for: \S/,
    instead: "wait for the event itself; where only a timer can do it, say so with `// waits for: …`",
  },
  {
    files: isTest,
    found: /\b(test|it|describe|suite)\.only\(|\bonly: true/,
    instead: "remove it: the other tests of the file do not run",
  },
  {
    files: isTest,
    found: /\b(test|it|describe|suite)\.(skip|todo)\(|\bskip: true\b|\.skip\(\)/,
    instead: "give the reason: `{ skip: reason }` or `t.skip(reason)`",
  },
  {
    files: () => true,
    found: /(^|[\s"'`(=:])(\/work|\/home\/[a-z]+|\/root|\/Users\/[a-z]+)\//,
    instead: "a path of one machine: use a relative path, or os.tmpdir()",
  },
  {
    files: (path) => isTest(path) || /^(tools|bench)\//.test(path),
    found: /["'`]\/tmp\//,
    excuse: /\/\/ no file/,
    instead: "a file is made below os.tmpdir(), which is private to each test run; what is only text says `// no file`",
  },
  {
    files: () => true,
    found: /"resolved": "|\bregistry\.[a-z]|\bregistry ?=/,
    instead:
      "a registry's host: leave it to the reader's npm (`omit-lockfile-registry-resolved=true` for the lock file)",
  },
];

/** The files that are, or are about to be, committed; all of them where there is no git. */
function committed(): string[] {
  try {
    const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return listed.split("\0").filter((path) => path !== "");
  } catch {
    return filesBelow(".", () => true);
  }
}

function check(path: string): string[] {
  const text = readText(path);
  if (text === undefined) return [];
  const lines = text.split("\n");
  const faults: string[] = [];
  if (isCode(path) && lines.length > FILE_LENGTH + 1 && !/^(\/\/|\/\*\*?) Long because /.test(text)) {
    faults.push(`${path}: ${lines.length - 1} lines: split it by concept, or begin it with \`// Long because …\``);
  }
  const rules = RULES.filter((rule) => rule.files(path) && !QUOTING.has(path));
  for (const [index, line] of lines.entries()) {
    const place = `${path}:${index + 1}`;
    if (isCode(path) && line.length > LINE_LENGTH) {
      faults.push(`${place}: ${line.length} characters: break the line before ${LINE_LENGTH}`);
    }
    for (const { found, instead, excuse } of rules) {
      const match = found.exec(line);
      if (match === null || excuse?.test(line) || excuse?.test(lines[index - 1] ?? "")) continue;
      faults.push(`${place}: ${match[0].trim()}: ${instead}`);
    }
  }
  return faults;
}

/** Undefined for what is not text, and for what was deleted but is still in the index. */
function readText(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

const files = committed();
const faults = files.flatMap(check);
for (const fault of faults) console.error(fault);
console.log(`${files.length} files, ${faults.length} untidy places`);
process.exitCode = faults.length === 0 && files.length > 0 ? 0 : 1;
