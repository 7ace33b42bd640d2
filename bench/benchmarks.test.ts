import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { benchmarks } from "./benchmarks.ts";
import { programs, sources } from "./compile.ts";
import { dialtone } from "./peers.ts";

test("every benchmark has its load, and the peers that its ratios are taken to come first", () => {
  for (const { name, load, peers } of benchmarks) {
    assert.ok(existsSync(join(sources, "load", `${load}.c`)), name);
    // A timer is no part of C's loop.
    assert.equal(peers[0]?.name, name === "timer-lateness" ? "node" : "c", name);
    assert.equal(new Set(peers.map((peer) => peer.name)).size, peers.length, `${name}: a name stands for one peer`);
  }
});

test("every server of dialtone's is there to be started", () => {
  for (const { name, peers } of benchmarks) {
    for (const peer of peers.filter(({ label }) => label.startsWith("dialtone"))) {
      const command = peer.find(false);
      assert.ok(typeof command !== "string", `${name}: ${peer.name}`);
      const file = command.find((word) => word.startsWith(programs)) ?? "";
      assert.ok(existsSync(file), `${name}: ${peer.name}`);
    }
  }
});

test("a setting of the environment stands before the command, so that the process keeps its id", () => {
  assert.deepEqual(dialtone("x", "A=b"), ["env", "A=b", ...dialtone("x")]);
});
