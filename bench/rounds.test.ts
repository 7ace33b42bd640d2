import assert from "node:assert/strict";
import { test } from "node:test";
import { median } from "./median.ts";
import type { Peer } from "./peers.ts";
import { figure, table } from "./table.ts";
import { summarise, type LoadOptions, type LoadReport } from "./rounds.ts";

const options: LoadOptions = { mode: "echo", connections: 50, size: 64, seconds: 1, warmUpSeconds: 0 };

const peer = (name: string): Peer => ({ name, label: name, command: [name] });

const report = (requestsPerSecond: number): LoadReport => ({
  ...options,
  requests: requestsPerSecond,
  requestsPerSecond,
  p50Us: 1,
  p99Us: 2,
  maxUs: 3,
  errors: 0,
  open: 50,
  loadBusy: 0.5,
  othersBusy: 0,
  serverCpuUs: 2 * requestsPerSecond,
  serverRssKib: 2048,
  serverRssBeforeKib: 1024,
});

test("the median of an even number of values lies between the two in the middle", () => {
  assert.equal(median([9, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([NaN, 7]), 7);
  assert.ok(Number.isNaN(median([])));
});

test("a ratio is taken inside a round, so that a slow round does not bend it", () => {
  const [c, ours] = summarise(
    [
      { peer: peer("c"), rounds: [report(100), report(50), report(200)] },
      { peer: peer("serve"), rounds: [report(90), report(45), report(180)] },
    ],
    options,
  );
  assert.equal(c?.toC, 1);
  assert.equal(ours?.toC, 0.9);
  assert.ok(Number.isNaN(ours?.toNode));
  assert.equal(ours?.requestsPerSecond, 90);
  assert.equal(ours?.serverCpuUsPerRequest, 2);
  assert.equal(ours?.cpuToC, 1);
});

test("a round that failed is told and left out of the figures", () => {
  const [, ours] = summarise(
    [
      { peer: peer("c"), rounds: [report(100), report(100)] },
      { peer: peer("serve"), rounds: ["it did not start", report(80)] },
    ],
    options,
  );
  assert.deepEqual(ours?.failures, ["it did not start"]);
  assert.equal(ours?.toC, 0.8);
});

test("a table's figures line up on the right", () => {
  assert.equal(table(1, ["peer", "n"], [["c", "12"]]), "| peer |  n |\n| ---- | -: |\n| c    | 12 |");
  assert.equal(figure(NaN, 2), "–");
});
