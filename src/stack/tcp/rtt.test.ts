import assert from "node:assert/strict";
import { test } from "node:test";
import { RoundTripTime } from "./rtt.ts";

const MIN_US = 200_000;
const MAX_US = 120_000_000;

test("RFC 6298 §2.1: one second before anything is measured", () => {
  assert.equal(new RoundTripTime().timeoutUs(MIN_US, MAX_US), 1_000_000);
});

test("RFC 6298 §2.2 and §2.3: the first sample, and the next", () => {
  const rtt = new RoundTripTime();
  rtt.sample(400_000, 0);
  assert.equal(rtt.smoothedUs, 400_000);
  assert.equal(rtt.variationUs, 200_000);
  assert.equal(rtt.timeoutUs(MIN_US, MAX_US), 1_200_000);
  rtt.sample(800_000, 1);
  assert.equal(rtt.variationUs, 250_000);
  assert.equal(rtt.smoothedUs, 450_000);
});

test("the timeout is 200 ms above a steady round trip, and at most what is allowed", () => {
  const rtt = new RoundTripTime();
  for (let i = 0; i < 100; i++) rtt.sample(50_000, i);
  assert.ok(Math.abs(rtt.timeoutUs(MIN_US, MAX_US) - 250_000) < 1);
  rtt.sample(1e9, 200);
  assert.equal(rtt.timeoutUs(MIN_US, MAX_US), MAX_US);
});

test("the least round trip is forgotten after five minutes", () => {
  const rtt = new RoundTripTime();
  rtt.sample(10, 0);
  rtt.sample(50, 299e6);
  assert.equal(rtt.leastUs, 10);
  rtt.sample(40, 301e6);
  assert.equal(rtt.leastUs, 40);
});
