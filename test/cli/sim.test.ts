import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const scenario = (name: string) => fileURLToPath(new URL(`../sim/scenarios/${name}.sim.js`, import.meta.url));

function sim(args: readonly string[], environment: Record<string, string> = {}) {
  const env = { ...process.env, ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "sim", ...args], { encoding: "utf8", env });
  return { status, stdout, stderr };
}

describe("dialtone sim", () => {
  it("says how many passed, over processes as well", () => {
    const { status, stdout } = sim([scenario("echo"), "--seeds", "1..6", "--jobs", "2"]);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^6 passed, 0 failed: [0-9.]+ virtual seconds/m);
  });

  it("tells a failing seed, its faults, and the line that replays it", () => {
    const { status, stdout } = sim([scenario("impatient"), "--seeds", "1..100"]);
    assert.equal(status, 1);
    const [, seed = "", faults = ""] =
      /^replay: dialtone sim \S+ --seed (\d+) --faults (\d+) --trace$/m.exec(stdout) ?? [];
    assert.notEqual(faults, "", stdout);
    const again = sim([scenario("impatient"), "--seed", seed, "--faults", faults, "--trace"]);
    assert.equal(again.status, 1);
    assert.match(again.stdout, /lan-2 impatient\[1\] connect\(0, 10\.0\.0\.1:7\) = 0/);
    assert.match(again.stdout, / cut$/m);
  });

  it("gives each part of an indexed job its seeds", () => {
    const parts = [0, 1].map((index) =>
      sim([scenario("echo"), "--seeds", "1..4", "--shards", "2", "--json"], { JOB_COMPLETION_INDEX: String(index) }),
    );
    const seeds = parts.map(({ stdout }) =>
      stdout
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { seed: number }).seed),
    );
    assert.deepEqual(seeds, [
      [1, 3],
      [2, 4],
    ]);
  });

  it("writes JUnit's XML, and packets that are a capture", () => {
    const folder = mkdtempSync(join(tmpdir(), "dialtone-sim-"));
    try {
      const [xml, packets] = [join(folder, "results.xml"), join(folder, "packets.pcapng")];
      sim([scenario("impatient"), "--seeds", "1..40", "--failures", "2", "--no-shrink", "--junit", xml]);
      assert.match(readFileSync(xml, "utf8"), /<testsuite name="[^"]+" tests="\d+" failures="[12]">/);
      const { status } = sim([scenario("echo"), "--seed", "1", "--pcap", packets]);
      assert.equal(status, 0);
      assert.equal(existsSync(packets) && readFileSync(packets).readUInt32LE(0), 0x0a0d0d0a);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["no file", [], /which scenario\?/],
    ["a file that is not there", ["nowhere.js"], /there is no file nowhere\.js/],
    ["a file without a scenario", [MAIN.replace("main.js", "version.js")], /default export must be a function/],
    ["seeds that are none", [scenario("echo"), "--seeds", "9..1"], /1\.\.100/],
    ["a shard that is none", [scenario("echo"), "--shard", "3"], /3\/16/],
    ["a trace of many", [scenario("echo"), "--trace"], /--seed N/],
    ["shards without a job", [scenario("echo"), "--shards", "4"], /JOB_COMPLETION_INDEX/],
  ];
  for (const [what, args, message] of mistakes) {
    it(`refuses ${what}`, () => {
      const { status, stderr } = sim(args, what.includes("job") ? { JOB_COMPLETION_INDEX: "" } : {});
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
    });
  }
});
