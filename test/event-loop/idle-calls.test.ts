import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startProgram } from "../child-program.ts";

const PROGRAMS = new URL("./idle-calls-programs.js", import.meta.url);

const skip = refusal();

/** System calls in a second without work: the loop's own, of its one timer. One that looks makes thousands. */
const MOST_CALLS = 10;

/** Looking for 10 ms at most, a turn of the loop each millisecond. */
const MOST_BUSY_CALLS = 200;

for (const [what, busyPollUs, most] of [
  ["a program that waits", 0, MOST_CALLS],
  ["a program that polls busily", 10_000, MOST_BUSY_CALLS],
] as const) {
  test(`${what} makes no system calls while nothing happens`, { skip, timeout: 60_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "dialtone-idle-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const trace = join(folder, "calls");
    const under = ["strace", "-f", "-qq", "-o", trace];
    const child = startProgram(t, PROGRAMS, "idles", { under, args: [busyPollUs] });
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
    const lines = readFileSync(trace, "latin1").split("\n");
    const [begins, ends] = ["idle begins", "idle ends"].map((word) => lines.findIndex((line) => line.includes(word)));
    assert.ok(
      (begins as number) >= 0 && (ends as number) > (begins as number),
      "the program has told of its idle time",
    );
    const thread = lines[begins as number]?.split(" ")[0] as string;
    const calls = lines.slice((begins as number) + 1, ends).filter((line) => line.startsWith(`${thread} `));
    assert.ok(calls.length <= most, `${calls.length} system calls: ${calls.slice(0, 40).join("\n")}`);
  });
}

function refusal(): string | false {
  try {
    execFileSync("strace", ["-qq", "-o", "/dev/null", "true"], { stdio: "ignore" });
    return false;
  } catch {
    return "no strace here, or it may not trace";
  }
}
