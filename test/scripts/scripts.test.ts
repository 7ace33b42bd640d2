import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseScript } from "../../src/script/language/parse-script.ts";
import { linuxKind } from "../../src/script/linux-target.ts";
import { runSurely } from "../../src/script/run/run-surely.ts";
import type { TargetKind } from "../../src/script/run/target.ts";

/* Every script below this folder, on every kernel that is here. */

const folder = new URL("../../../test/scripts/", import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".pkt"))
  .sort();

/** Scripts that a kernel cannot show, by its name, and why. */
const CANNOT: Readonly<Record<TargetKind["name"], Readonly<Record<string, string>>>> = { linux: {}, stack: {} };

/** A machine that was late by more than this at every run can show nothing. */
const LATE_MS = 12;

/** The machine's timers go off up to a tick of 4 ms late, and other tests run beside this one. */
const SLACK = [{ line: 0, name: "tolerance_usecs", value: "12000" }];

for (const kind of [linuxKind]) {
  const unavailable = kind.unavailable();
  void test(
    `scripts on ${kind.name}`,
    { concurrency: kind.isRealTime ? 8 : 1, skip: unavailable ?? false },
    async (t) => {
      await Promise.all(
        files.map((file) =>
          t.test(file, { skip: CANNOT[kind.name][file] ?? false }, async (each) => {
            const script = parseScript(readFileSync(new URL(file, folder), "utf8"), `test/scripts/${file}`);
            const result = await runSurely(script, kind, kind.isRealTime ? SLACK : []);
            if (result.status === "failed" && result.latenessMs > LATE_MS) {
              return each.skip(`the machine was ${result.latenessMs.toFixed(0)} ms late`);
            }
            assert.equal(result.report, undefined);
            return undefined;
          }),
        ),
      );
    },
  );
}
