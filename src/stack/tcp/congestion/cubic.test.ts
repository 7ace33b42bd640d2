import assert from "node:assert/strict";
import { test } from "node:test";
import { Cubic } from "./cubic.ts";
import { HyStart } from "./hystart.ts";
import { NewReno } from "./new-reno.ts";
import { CongestionWindow } from "./window.ts";

const RTT_US = 100_000;

function windowOf(size: number): CongestionWindow {
  const window = new CongestionWindow();
  window.size = size;
  return window;
}

/** Lets the window grow for a time. */
function grow(control: Cubic | NewReno, window: CongestionWindow, seconds: number): void {
  for (let us = 0; us < seconds * 1e6; us += RTT_US) control.grow(window, window.size, us, RTT_US);
}

test("RFC 9438 §4.6: a loss takes three tenths; §4.7: a flow that still falls aims lower", () => {
  const cubic = new Cubic();
  const window = windowOf(100);
  assert.equal(cubic.reduced(window), 70);
  window.size = window.threshold = 80;
  assert.equal(cubic.reduced(window), 56);
});

test("RFC 9438 §4.2: the window comes back to where the loss was after K seconds, and goes beyond", () => {
  const cubic = new Cubic();
  const window = windowOf(1000);
  window.threshold = cubic.reduced(window);
  window.size = window.threshold;
  // K = cbrt(1000 × 0.3 / 0.4) ≈ 9.1 s
  grow(cubic, window, 4);
  assert.ok(window.size > 850 && window.size < 970, `after 4 s: ${window.size}`);
  const later = new Cubic();
  const other = windowOf(1000);
  other.threshold = later.reduced(other);
  other.size = other.threshold;
  grow(later, other, 9);
  assert.ok(Math.abs(other.size - 1000) < 10, `at K: ${other.size}`);
  const last = new Cubic();
  const third = windowOf(1000);
  third.threshold = last.reduced(third);
  third.size = third.threshold;
  grow(last, third, 16);
  assert.ok(third.size > 1050, `beyond: ${third.size}`);
});

test("RFC 9438 §4.3: on a short path CUBIC is as fast as Reno", () => {
  const cubic = new Cubic();
  const window = windowOf(10);
  window.threshold = cubic.reduced(window);
  window.size = window.threshold;
  for (let us = 0; us < 100 * 1000; us += 1000) cubic.grow(window, window.size, us, 1000);
  assert.ok(window.size > 30, `${window.size}`);
});

test("RFC 5681 §3.1: Reno halves, and grows by a segment in a round trip", () => {
  const reno = new NewReno();
  const window = windowOf(20);
  window.threshold = reno.reduced(window);
  assert.equal(window.threshold, 10);
  window.size = 10;
  for (let i = 0; i < 10; i++) reno.grow(window, window.size);
  assert.equal(window.size, 20);
});

test("RFC 9406 §4.2: slow start goes gently when round trips rise, and ends after five such rounds", () => {
  const start = new HyStart();
  let sent = 10;
  let acknowledged = 0;
  const round = (rttUs: number): boolean => {
    let isOver = false;
    for (let i = 0; i < 10; i++) isOver = start.measured(rttUs, acknowledged, sent) || isOver;
    acknowledged = sent;
    sent += 10;
    return isOver;
  };
  assert.ok(!round(RTT_US));
  assert.ok(!round(RTT_US));
  assert.equal(start.increase(8), 8);
  assert.ok(!round(RTT_US + 20_000));
  assert.ok(start.isConservative);
  assert.equal(start.increase(8), 2);
  const rounds = [1, 2, 3, 4, 5].map(() => round(RTT_US + 20_000));
  assert.deepEqual(rounds, [false, false, false, false, true]);
});

test("RFC 9406 §4.2: a rise that goes away was no queue", () => {
  const start = new HyStart();
  let sent = 10;
  let acknowledged = 0;
  for (const rttUs of [RTT_US, RTT_US, RTT_US + 20_000, RTT_US]) {
    for (let i = 0; i < 10; i++) start.measured(rttUs, acknowledged, sent);
    acknowledged = sent;
    sent += 10;
  }
  assert.ok(!start.isConservative);
});
