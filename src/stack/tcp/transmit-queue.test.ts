import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { LOST, RETRANSMITTED, SACKED, segmentsOf, TransmitQueue } from "./transmit-queue.ts";

const MSS = 100;

/** The counts, reckoned from the records. */
function recount(queue: TransmitQueue): number[] {
  const sums = [0, 0, 0, 0];
  for (let i = 0; i < queue.length; i++) {
    const packets = queue.packets(i);
    for (const [place, flag] of [0, SACKED, LOST, RETRANSMITTED].entries()) {
      if (flag === 0 || (queue.flags(i) & flag) !== 0) sums[place] = (sums[place] as number) + packets;
    }
    assert.ok(((queue.end(i) - queue.start(i)) | 0) > 0, "a record has bytes");
    if (i > 0) assert.equal(queue.start(i), queue.end(i - 1), "records follow each other");
  }
  return sums;
}

test("whatever is done to the records, the counts are theirs", () => {
  const step = fc.tuple(fc.nat(6), fc.nat(1000), fc.nat(1000));
  fc.assert(
    fc.property(fc.integer(), fc.array(step, { maxLength: 200 }), (first, steps) => {
      const queue = new TransmitQueue();
      let next = first | 0;
      for (const [what, a, b] of steps) {
        const index = queue.length === 0 ? 0 : a % queue.length;
        const bytes = queue.length === 0 ? 0 : (queue.end(index) - queue.start(index)) | 0;
        if (what <= 1) {
          const end = (next + 1 + b) | 0;
          queue.push(next, end, a, 0, segmentsOf(1 + b, MSS), 0, 0);
          next = end;
        } else if (queue.length === 0) continue;
        else if (what === 2) queue.mark(index, [SACKED, LOST, RETRANSMITTED][b % 3] as number);
        else if (what === 3) queue.unmark(index, [SACKED, LOST, RETRANSMITTED][b % 3] as number);
        else if (what === 4 && bytes > 1) queue.split(index, (queue.start(index) + 1 + (b % (bytes - 1))) | 0, MSS);
        else if (what === 5) queue.shift();
        else if (index > 0 && queue.flags(index) === queue.flags(index - 1)) queue.joinWithBefore(index);
        const counts = [queue.packetsOut, queue.sackedOut, queue.lostOut, queue.retransmittedOut];
        assert.deepEqual(counts, recount(queue));
        if (queue.length > 0) assert.equal(queue.find(queue.start(queue.length - 1)), queue.length - 1);
      }
    }),
  );
});

test("a part of the first record is acknowledged", () => {
  const queue = new TransmitQueue();
  queue.push(0, 950, 0, 0, 10, 0, 0);
  assert.equal(queue.trim(250, MSS), 3);
  assert.equal(queue.packetsOut, 7);
  assert.equal(queue.start(0), 250);
});
