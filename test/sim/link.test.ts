import assert from "node:assert/strict";
import { test } from "node:test";
import { BandwidthTrace, Internet, type LinkSettings } from "../../src/sim.ts";
import { type Arrival, arrivalsOf, wire } from "./wire-end.ts";

const times = (arrivals: readonly Arrival[]): number[] => arrivals.map(({ timeMs }) => timeMs);
const numbers = (arrivals: readonly Arrival[]): number[] => arrivals.map(({ number }) => number);
const isSorted = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value >= (values[i - 1] as number));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test("a delay is the time on the way", async () => {
  assert.deepEqual(times(await arrivalsOf({ delayMs: 20 }, 3)), [20, 20, 20]);
  assert.deepEqual(times(await arrivalsOf({}, 1)), [0]);
});

test("a bandwidth sends one frame after the other: 1000 bytes at 8 Mbit/s take a millisecond", async () => {
  assert.deepEqual(times(await arrivalsOf({ bandwidthMbps: 8, delayMs: 10 }, 3)), [11, 12, 13]);
});

test("each direction has its own settings, and those of the link where it has none", async () => {
  const internet = new Internet();
  const { near, far } = wire(internet, { delayMs: 5, there: { delayMs: 1 }, back: { bandwidthMbps: 8 } });
  near.send(1, 1000);
  far.send(1, 1000);
  await internet.run();
  assert.deepEqual([times(far.arrivals), times(near.arrivals)], [[1], [6]]);
});

test("a queue of packets holds so many beside the one that is being sent", async () => {
  assert.deepEqual(numbers(await arrivalsOf({ bandwidthMbps: 8, queuePackets: 3 }, 10)), [0, 1, 2, 3]);
  assert.deepEqual(numbers(await arrivalsOf({ bandwidthMbps: 8, queuePackets: 0 }, 10)), [0]);
  assert.equal((await arrivalsOf({ bandwidthMbps: 8 }, 500)).length, 101);
});

test("a queue of bytes holds so many", async () => {
  assert.deepEqual(numbers(await arrivalsOf({ bandwidthMbps: 8, queueBytes: 2999 }, 10)), [0, 1, 2]);
  assert.equal((await arrivalsOf({ bandwidthMbps: 8, queueBytes: 1e9 }, 500)).length, 500);
});

test("a frame longer than the link carries is lost: the MTU counts from the IP header on", async () => {
  assert.equal((await arrivalsOf({ mtu: 986 }, 2)).length, 2);
  assert.equal((await arrivalsOf({ mtu: 985 }, 2)).length, 0);
});

test("jitter changes the time on the way, and without reordering nobody overtakes", async () => {
  const arrivals = await arrivalsOf({ delayMs: 50, jitterMs: 20 }, 500, 1);
  assert.ok(isSorted(numbers(arrivals)));
  const overtaking = await arrivalsOf({ delayMs: 50, jitterMs: 20, reordering: true }, 500, 1);
  assert.ok(!isSorted(numbers(overtaking)));
  assert.equal(overtaking.length, 500);
  for (const { timeMs, number } of overtaking) assert.ok(Math.abs(timeMs - number - 50) <= 20);
});

/** The times on the way of 20,000 frames, in milliseconds. */
async function delaysOf(delayMs: LinkSettings["delayMs"]): Promise<number[]> {
  const arrivals = await arrivalsOf({ delayMs, reordering: true }, 20_000, 1);
  return arrivals.map(({ timeMs, number }) => timeMs - number);
}

test("a uniform delay is between its ends, and their middle on average", async () => {
  const delays = await delaysOf({ distribution: "uniform", fromMs: 10, toMs: 30 });
  assert.ok(delays.every((delay) => delay >= 10 && delay <= 30));
  assert.ok(Math.abs(mean(delays) - 20) < 0.2);
});

test("a normal delay has its mean and its deviation", async () => {
  const delays = await delaysOf({ distribution: "normal", meanMs: 100, deviationMs: 10 });
  assert.ok(Math.abs(mean(delays) - 100) < 0.3);
  const deviation = Math.sqrt(mean(delays.map((delay) => (delay - 100) ** 2)));
  assert.ok(Math.abs(deviation - 10) < 0.3, `${deviation}`);
});

test("a Pareto delay has its least, its mean of shape / (shape - 1) times that, and a long tail", async () => {
  const delays = await delaysOf({ distribution: "pareto", fromMs: 10, shape: 3 });
  assert.ok(Math.min(...delays) >= 10);
  assert.ok(Math.abs(mean(delays) - 15) < 0.3);
  assert.ok(Math.max(...delays) > 100);
  const cut = await delaysOf({ distribution: "pareto", fromMs: 10, shape: 3, toMs: 40 });
  assert.ok(Math.max(...cut) <= 40);
});

test("a table's delays are those that were measured", async () => {
  const delays = await delaysOf({ distribution: "table", valuesMs: [1, 2, 7] });
  assert.deepEqual(
    [...new Set(delays)].sort((a, b) => a - b),
    [1, 2, 7],
  );
});

test("random loss takes its share", async () => {
  const { length } = await arrivalsOf({ loss: 0.1 }, 20_000);
  assert.ok(Math.abs(length - 18_000) < 200, `${length}`);
  assert.equal((await arrivalsOf({ loss: 1 }, 100)).length, 0);
});

test("Gilbert and Elliott's loss comes in bursts", async () => {
  const arrivals = await arrivalsOf({ loss: { fails: 0.01, recovers: 0.2 } }, 50_000);
  const gaps = arrivals.slice(1).map(({ number }, i) => number - (arrivals[i] as Arrival).number - 1);
  const bursts = gaps.filter((gap) => gap > 0);
  // A share of 0.01 / (0.01 + 0.2), in bursts of 1 / 0.2 on average.
  assert.ok(Math.abs(1 - arrivals.length / 50_000 - 0.0476) < 0.005);
  assert.ok(Math.abs(mean(bursts) - 5) < 0.6, `${mean(bursts)}`);
});

test("duplication has frames arrive twice", async () => {
  const arrivals = await arrivalsOf({ duplication: 0.5 }, 1000);
  assert.ok(arrivals.length > 1400 && arrivals.length < 1600);
  assert.equal(new Set(numbers(arrivals)).size, 1000);
});

test("corruption turns bits over, behind the Ethernet header", async () => {
  const arrivals = await arrivalsOf({ corruption: 0.5 }, 1000);
  const broken = arrivals.filter(({ isWhole }) => !isWhole).length;
  assert.equal(arrivals.length, 1000);
  assert.ok(broken > 400 && broken < 600);
});

test("a measured bandwidth drives a link, round after round", async () => {
  const trace = new BandwidthTrace([
    { forMs: 10, mbps: 8 },
    { forMs: 10, mbps: 0 },
    { forMs: 10, mbps: 16 },
  ]);
  const arrivals = times(await arrivalsOf({ bandwidthMbps: trace, queuePackets: 1000 }, 45));
  // Ten frames in the first step, none in the second, two a millisecond in the third; then again.
  assert.deepEqual(arrivals.slice(0, 12), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20.5, 21]);
  assert.deepEqual(arrivals.slice(28, 32), [29.5, 30, 31, 32]);
  assert.equal(arrivals[40], 50.5);
});

test("packet-delivery traces are read: a line is a millisecond in which 1500 bytes may leave", async () => {
  const trace = BandwidthTrace.parse("1\n1\n5\n");
  const arrivals = times(await arrivalsOf({ bandwidthMbps: trace, queuePackets: 1000 }, 9));
  // 4500 bytes in 5 milliseconds: 3000 in the first, 1500 in the fifth.
  assert.deepEqual(
    arrivals.map((ms) => Math.ceil(ms)),
    [1, 1, 1, 5, 6, 6, 6, 10, 10],
  );
});

test("what is no link is refused, and the setting named", () => {
  const refused = (settings: object, message: RegExp): void => {
    assert.throws(() => wire(new Internet(), settings), message);
  };
  refused({ delayMs: -1 }, /"delayMs".*at least 0|"delayMs"/);
  refused({ delayMs: "20" }, /"delayMs" argument must be a number/);
  refused({ delayMs: { distribution: "gamma" } }, /"uniform", "normal", "pareto" or "table"/);
  refused({ delayMs: { distribution: "uniform", fromMs: 3, toMs: 2 } }, /"delayMs.toMs"/);
  refused({ delayMs: { distribution: "table", valuesMs: [] } }, /at least one time/);
  refused({ loss: 2 }, /"loss" is out of range.*from 0 to 1/);
  refused({ loss: { fails: 0.1, recovers: 7 } }, /"loss.recovers"/);
  refused({ bandwidthMbps: 0 }, /"bandwidthMbps"/);
  refused({ mtu: 67 }, /"mtu" is out of range. It must be a number of bytes from 68 to 65535/);
  refused({ delay: 20 }, /"settings" argument must be delayMs, .*Received "delay"/);
  refused({ there: { los: 0.1 } }, /Received "los"/);
  assert.throws(() => new BandwidthTrace([{ forMs: 1, mbps: 0 }]), /at least one step with a rate/);
  assert.throws(() => BandwidthTrace.parse("1\ntwo\n"), /whole milliseconds/);
  assert.throws(() => BandwidthTrace.parse("2\n1\n"), /times that grow/);
});

test("a cut cable loses what is on its way, and a mended one carries again", async () => {
  const internet = new Internet();
  const { near, far, link } = wire(internet, { delayMs: 20 });
  near.send(1, 1000);
  internet.at(10, () => link.cut());
  internet.at(15, () => near.send(1, 1000));
  internet.at(20, () => link.mend());
  internet.at(25, () => near.send(1, 1000));
  await internet.run({ forMs: 100 });
  assert.deepEqual(numbers(far.arrivals), [2]);
  assert.deepEqual(link.there.counters.dropped, { unplugged: 2 });
  assert.equal(internet.context.pool.inUse, 0);
});

test("settings can change on the way", async () => {
  const internet = new Internet();
  const { near, far, link } = wire(internet, { delayMs: 20 });
  near.send(1, 1000);
  internet.at(5, () => link.set({ delayMs: 1, reordering: true }));
  internet.at(10, () => near.send(1, 1000));
  await internet.run({ forMs: 100 });
  assert.deepEqual(
    far.arrivals.map(({ number, timeMs }) => [number, timeMs]),
    [
      [1, 11],
      [0, 20],
    ],
  );
});
