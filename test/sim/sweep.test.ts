import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runSeed, simulated, sweep } from "../../src/sim.ts";
import { parseSeeds, parseShard, seedsOf } from "../../src/sim/sweep/seeds.ts";
import { shrink } from "../../src/sim/sweep/shrink.ts";
import echo from "./scenarios/echo.sim.ts";
import impatient from "./scenarios/impatient.sim.ts";

test("echo survives chaos, in one line of a test", simulated(echo, { seeds: "1..20" }));

describe("a sweep", () => {
  test("finds the seed with which a program fails, and the few faults that it takes", async () => {
    const { failures, runs } = await sweep(impatient, { seeds: "1..100" });
    const [failure] = failures;
    assert.ok(failure !== undefined && runs <= 100);
    assert.match(failure.message ?? "", /no answer within 100 ms/);
    assert.equal(failure.faults.length, 1);
    assert.match(failure.faults[0] ?? "", /is cut$/);
    // The same again, from what is told.
    const again = await runSeed(impatient, failure.seed, { onlyFaults: failure.onlyFaults });
    assert.equal(again.traceHash, failure.traceHash);
    assert.equal(again.status, "failed");
    await assert.rejects(simulated(impatient, { seeds: "1..100" })(), new RegExp(`seed ${failure.seed} failed`));
  });

  test("fails where the check at the end fails", async () => {
    const result = await runSeed(() => () => assert.fail("not as it should be"), 3);
    assert.equal(result.status, "failed");
    assert.match(result.message ?? "", /not as it should be/);
  });

  test("refuses chaos that is none", async () => {
    const { message } = await runSeed((_, { chaos }) => chaos({ faults: 1, withinMs: 1, kinds: ["fire" as never] }), 1);
    assert.match(message ?? "", /cut, partition|chaos\.kinds/);
  });
});

test("a shrinking keeps what is needed, and little else", async () => {
  const needed = [3, 11];
  const left = await shrink(16, async (only) => needed.every((one) => only.includes(one)));
  assert.deepEqual(left, needed);
  assert.deepEqual(await shrink(5, async () => true), []);
});

test("seeds and shards from text", () => {
  assert.deepEqual(parseSeeds("1,5..7"), [1, 5, 6, 7]);
  assert.throws(() => parseSeeds("7..1"), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => parseSeeds("x"), { message: /1\.\.100/ });
  const shards = [1, 2, 3].map((index) => seedsOf({ index, count: 3 }, parseSeeds("1..10")));
  assert.deepEqual(shards, [
    [1, 4, 7, 10],
    [2, 5, 8],
    [3, 6, 9],
  ]);
  assert.deepEqual(parseShard("3/16"), { index: 3, count: 16 });
  assert.throws(() => parseShard("17/16"), { message: /3\/16/ });
});
