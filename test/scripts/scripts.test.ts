import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { linuxKind } from "../../src/script/linux-target.ts";
import { stackKind } from "../../src/script/stack-target.ts";
import type { ScriptResult } from "../../src/script/run/run-script.ts";
import { HARMLESS_MS } from "../../src/script/run/run-surely.ts";
import type { TargetKind } from "../../src/script/run/target.ts";

/* Every script below this folder, on every kernel that is here, by the command. */

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const folder = "test/scripts";
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".pkt"))
  .sort();

/** Scripts in which a kernel does otherwise than Linux, and how. One that passes after all is to be taken out. */
const DIFFERS: Readonly<Record<TargetKind["name"], Readonly<Record<string, string>>>> = {
  linux: {},
  stack: {},
};

/** The machine's timers go off up to a tick of 4 ms late, and other tests run beside this one. */
const TOLERANCE_MS = 12;
const JOBS = 4;

/** Runs all scripts; their results by file. A failed script is no failure of the command. */
async function resultsOn(kind: TargetKind): Promise<Map<string, ScriptResult>> {
  const slack = kind.isRealTime ? [`--tolerance_usecs=${TOLERANCE_MS * 1000}`] : [];
  const args = [MAIN, "script", "--kernel", kind.name, "--json", "--jobs", String(JOBS), ...slack, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 }).catch(
    (error: Error & { code: unknown; stdout: string }) => {
      if (error.code === 1 && error.stdout !== "") return error;
      throw error;
    },
  );
  const results = stdout.trimEnd().split("\n");
  return new Map(results.map((line) => JSON.parse(line) as ScriptResult).map((result) => [result.file, result]));
}

assert.ok(files.length >= 120, `only ${files.length} scripts`);

for (const kind of [stackKind, linuxKind]) {
  const unavailable = kind.unavailable();
  void test(`scripts on ${kind.name}`, { skip: unavailable ?? false }, async (t) => {
    const results = await resultsOn(kind);
    for (const file of files) {
      await t.test(file, (each) => {
        const result = results.get(`${folder}/${file}`);
        if (kind.isRealTime && result?.status === "failed" && result.latenessMs > HARMLESS_MS) {
          return each.skip(`the machine was ${result.latenessMs.toFixed(0)} ms late, and each time before`);
        }
        if (DIFFERS[kind.name][file] !== undefined) {
          assert.equal(result?.status, "failed", "it is as on Linux now: take it out of the list");
          return each.diagnostic(`differs: ${DIFFERS[kind.name][file]}`);
        }
        assert.equal(result?.report, undefined);
        assert.equal(result?.status, "passed");
        return undefined;
      });
    }
  });
}
