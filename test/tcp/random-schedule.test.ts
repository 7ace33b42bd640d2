import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection } from "../../src/stack/tcp/connection.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { faultyWire, randomBadness } from "./faulty-wire.ts";
import { Host, Network } from "./network.ts";
import { connectTo, listenOn, pattern, Witness } from "./program.ts";
import { SeededRandom } from "./seeded-random.ts";

const RUNS = 1000;
const MOST_BYTES = 200_000;

/** One direction of a connection: a program that writes all it has, and one that reads. */
class Flow {
  readonly #from: () => Connection | undefined;
  readonly #to: () => Connection | undefined;
  readonly #random: SeededRandom;
  readonly bytes: Uint8Array;
  #written = 0;
  read = 0;
  isEnded = false;
  #isClosed = false;
  readonly #scratch = new Uint8Array(65536);

  constructor(from: () => Connection | undefined, to: () => Connection | undefined, random: SeededRandom) {
    this.#from = from;
    this.#to = to;
    this.#random = random;
    this.bytes = pattern(random.below(MOST_BYTES), random.below(1 << 20));
  }

  move(): void {
    this.#write();
    this.#read();
  }

  #write(): void {
    const from = this.#from();
    if (from === undefined || !from.isOpen || this.#isClosed || this.#random.chance(0.3)) return;
    const most = 1 + this.#random.below(this.#random.chance(0.5) ? 100 : 60_000);
    const count = Math.min(most, this.bytes.length - this.#written);
    const taken = count === 0 ? 0 : from.write(this.bytes, this.#written, count, 0);
    if (taken > 0) this.#written += taken;
    if (this.#written === this.bytes.length) {
      this.#isClosed = true;
      from.shutdownSend();
    }
  }

  #read(): void {
    const to = this.#to();
    if (to === undefined || this.isEnded || this.#random.chance(0.3)) return;
    const most = 1 + this.#random.below(this.#scratch.length);
    const count = to.read(this.#scratch, 0, most, 0);
    if (count > 0) {
      const expected = this.bytes.subarray(this.read, this.read + count);
      const got = Buffer.from(this.#scratch.buffer, 0, count);
      assert.ok(got.equals(expected), `bytes ${this.read} to ${this.read + count}`);
      this.read += count;
    } else if (to.isReceiveEnded && to.readableBytes === 0) {
      this.isEnded = true;
    }
  }
}

function settings(random: SeededRandom): TcpSettings {
  return Object.assign(new TcpSettings(), {
    noDelay: random.chance(0.5),
    selectiveAcknowledgement: random.chance(0.8),
    timestamps: random.chance(0.8),
    windowScaling: random.chance(0.8),
    congestion: random.chance(0.5) ? "cubic" : "reno",
    ecn: random.below(3),
    tailLossProbe: random.chance(0.8),
    receiveBufferBytes: random.chance(0.3) ? 4096 + random.below(20_000) : 131072,
    receiveBufferFixed: random.chance(0.3),
    keepAlive: random.chance(0.2),
  });
}

/** Runs a whole connection over a bad wire. */
function play(seed: number): void {
  const random = new SeededRandom(seed);
  const network = new Network(seed);
  const badness = randomBadness(random);
  network.fault = faultyWire(random, badness);
  const mtu = 600 + random.below(9000);
  const a = new Host(network, "10.0.0.1", mtu);
  const b = new Host(network, "10.0.0.2", mtu);
  const listener = listenOn(b, settings(random));
  const client = connectTo(a, b, settings(random));
  let server: Connection | undefined;
  const up = new Flow(
    () => client,
    () => server,
    random,
  );
  const down = new Flow(
    () => server,
    () => client,
    random,
  );
  const isDone = (c: Connection): boolean => c.isClosed && c.readableBytes === 0;
  const isOver = (): boolean =>
    (up.isEnded && down.isEnded) || (isDone(client) && (server === undefined || isDone(server)));
  const turn = (): boolean => {
    server ??= listener.accept();
    if (server !== undefined) server.owner ??= new Witness();
    up.move();
    down.move();
    return isOver();
  };
  // A program may let its turn pass while nothing else happens; but not so often.
  for (let turns = 0; turns < 100 && !isOver(); turns++) network.run(turn, 4e9);
  const errors = [client.takeError(), server?.takeError() ?? 0];
  const what = `seed ${seed}, errors ${errors.join(" ")}, ${JSON.stringify(badness)}`;
  if (errors[0] === 0 && errors[1] === 0) {
    assert.equal(up.read, up.bytes.length, `${what}: up`);
    assert.equal(down.read, down.bytes.length, `${what}: down`);
  }
  client.close();
  server?.close();
  listener.close();
  network.run(() => false, 1e9);
  assert.equal(a.tcp.pairs.size + b.tcp.pairs.size, 0, `${what}: pairs`);
  assert.equal(a.timers.size + b.timers.size, 0, `${what}: timers`);
  assert.equal(network.pool.inUse, 0, `${what}: packets`);
}

for (let first = 1; first <= RUNS; first += 100) {
  test(`over a bad wire every byte arrives once and in order, or the socket says why not: seeds from ${first}`, () => {
    for (let seed = first; seed < first + 100; seed++) play(seed);
  });
}
