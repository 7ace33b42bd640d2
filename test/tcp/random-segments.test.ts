import assert from "node:assert/strict";
import { test } from "node:test";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import type { Connection } from "../../src/stack/tcp/connection.ts";
import { Peer, type Segment } from "./peer.ts";
import { pattern } from "./program.ts";
import { SeededRandom } from "./seeded-random.ts";

const SEGMENTS = 300;
const SEEDS = 60;
/** Memory that one connection may have, whatever comes: its buffers' limits, and the next power of two above them. */
const MOST_BYTES = 2 * (6_291_456 + 4_194_304);

type Opener = (peer: Peer) => Connection | undefined;

/** How to bring a connection into each state. */
const STATES: Readonly<Record<string, Opener>> = {
  CLOSED: () => undefined,
  LISTEN: (peer) => {
    peer.open();
    return undefined;
  },
  "SYN-SENT": (peer) => peer.called(),
  "SYN-RECEIVED": (peer) => {
    const c = peer.called();
    peer.take();
    peer.send({ flags: "S", seq: 0, mss: 1460 });
    return c;
  },
  ESTABLISHED: (peer) => peer.open().c,
  "FIN-WAIT-1": (peer) => {
    const { c } = peer.open();
    c.shutdownSend();
    return c;
  },
  "FIN-WAIT-2": (peer) => {
    const { c } = peer.open();
    c.shutdownSend();
    peer.send({ flags: ".", seq: 1, ack: 2 });
    return c;
  },
  "CLOSE-WAIT": (peer) => {
    const { c } = peer.open();
    peer.send({ flags: "F.", seq: 1, ack: 1 });
    return c;
  },
  CLOSING: (peer) => {
    const { c } = peer.open();
    c.shutdownSend();
    peer.send({ flags: "F.", seq: 1, ack: 1 });
    return c;
  },
  "LAST-ACK": (peer) => {
    const { c } = peer.open();
    peer.send({ flags: "F.", seq: 1, ack: 1 });
    c.shutdownSend();
    return c;
  },
  "TIME-WAIT": (peer) => {
    const { c } = peer.open();
    c.shutdownSend();
    peer.send({ flags: "F.", seq: 1, ack: 2 });
    return undefined;
  },
};

/** A number that is often near where it counts. */
function near(random: SeededRandom, centre: number): number {
  const kind = random.below(6);
  if (kind === 0) return random.uint32() | 0;
  if (kind === 1) return centre + random.below(200_000) - 100_000;
  return centre + random.below(2000) - 100;
}

function randomSegment(random: SeededRandom): Segment {
  const letters = [".", ".", ".", ".", "P", "F", "S", "R", "U", "E", "W"];
  let flags = "";
  const count = 1 + random.below(3);
  for (let i = 0; i < count; i++) {
    const letter = letters[random.below(letters.length)] as string;
    if (!flags.includes(letter)) flags += letter;
  }
  const sack = Array.from({ length: 2 * random.below(4) }, () => near(random, 1));
  return {
    flags,
    seq: near(random, 1),
    ack: near(random, 1),
    length: random.chance(0.5) ? 0 : random.below(1460),
    window: random.chance(0.3) ? 0 : random.below(65536),
    urgent: random.below(65536),
    trafficClass: random.below(4),
    ...(random.chance(0.2) ? { mss: random.below(65536) } : {}),
    ...(random.chance(0.1) ? { scale: random.below(256) } : {}),
    ...(random.chance(0.1) ? { sackPermitted: true } : {}),
    ...(random.chance(0.4) ? { timestamp: [near(random, 0), near(random, 0)] as const } : {}),
    ...(sack.length > 0 ? { sack } : {}),
  };
}

function memoryOf(c: Connection | undefined): number {
  return c === undefined ? 0 : c.receive.memoryBytes + c.sendBuffer.memoryBytes;
}

function attack(seed: number, open: Opener): void {
  const random = new SeededRandom(seed);
  const peer = new Peer();
  const c = open(peer);
  const scratch = new Uint8Array(5000);
  for (let i = 0; i < SEGMENTS; i++) {
    peer.send(randomSegment(random));
    if (c !== undefined && random.chance(0.3)) c.write(pattern(3000), 0, random.below(3000), random.below(4));
    if (c !== undefined && random.chance(0.3)) c.read(scratch, 0, random.below(5000), random.below(4));
    if (c !== undefined && random.chance(0.05)) c.readUrgent(random.chance(0.5));
    if (random.chance(0.3)) peer.pass(random.below(1_000_000));
    if (c !== undefined) {
      const { queue } = c;
      assert.ok(queue.inFlight >= 0, `in flight ${queue.inFlight}`);
      assert.ok(queue.lostOut >= 0 && queue.sackedOut >= 0 && queue.retransmittedOut >= 0, "counts");
      assert.ok(c.congestion.size >= 1, "a window of nothing");
      assert.ok(memoryOf(c) <= MOST_BYTES, `${memoryOf(c)} bytes`);
      c.info();
    }
    assert.ok(peer.host.tcp.pairs.size <= 200);
    peer.sent.length = 0;
  }
  assert.equal(peer.host.pool.inUse, 0, "packets");
  assert.ok(peer.host.timers.size <= 200, "timers");
  c?.abort();
  peer.pass(400_000_000);
}

for (const [state, open] of Object.entries(STATES)) {
  test(`random segments in ${state} never throw, and leave nothing behind`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) attack(seed, open);
  });
}

test("settings of every kind survive random segments", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    attack(seed, (peer) => {
      const settings = Object.assign(new TcpSettings(), {
        urgentInline: seed % 2 === 0,
        timestamps: seed % 3 !== 0,
        selectiveAcknowledgement: seed % 5 !== 0,
        ecn: 1,
        keepAlive: seed % 2 === 1,
        userTimeoutMs: seed % 4 === 0 ? 5000 : 0,
      });
      return peer.open(settings, { flags: "SEW", timestamp: [1, 0] }).c;
    });
  }
});
