import assert from "node:assert/strict";
import { test } from "node:test";
import {
  TCP_CA_CWR,
  TCP_CA_Disorder,
  TCP_CA_Loss,
  TCP_CA_Open,
  TCP_CA_Recovery,
  TCP_CLOSE,
  TCP_ESTABLISHED,
} from "../../src/api/constants/tcp-option.ts";
import { errno } from "../../src/api/errno.ts";
import type { Connection } from "../../src/stack/tcp/connection.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { Peer, texts, type Segment } from "./peer.ts";
import { pattern } from "./program.ts";

const MSS = 1000;
const RTT_US = 100_000;
const settings = (changes: Partial<TcpSettings>): TcpSettings => Object.assign(new TcpSettings(), changes);

/** A connection with a round trip of 100 ms and segments of 1000 bytes. */
function opened(changes: Partial<TcpSettings> = {}, syn: Partial<Segment> = {}): { peer: Peer; c: Connection } {
  const peer = new Peer();
  const c = peer.called(settings(changes));
  peer.take();
  peer.pass(RTT_US);
  peer.send({ flags: "S.", seq: 0, ack: 1, mss: MSS, scale: 7, sackPermitted: true, window: 65535, ...syn });
  peer.take();
  return { peer, c };
}

/** Writes so many segments; the peer has a round trip to answer. */
function send(peer: Peer, c: Connection, segments: number): Segment[] {
  c.write(pattern(segments * MSS), 0, segments * MSS, 0);
  return peer.take();
}

const at = (segment: number): number => 1 + segment * MSS;
const starts = (segments: readonly Segment[]): number[] =>
  segments.filter(({ length }) => (length ?? 0) > 0).map(({ seq }) => ((seq as number) - 1) / MSS);

test("RFC 6928: the first window is ten segments", () => {
  const { peer, c } = opened();
  assert.deepEqual(starts(send(peer, c, 20)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(c.info().sndCwnd, 10);
});

test("RFC 5681 §3.1: slow start grows the window by what is acknowledged", () => {
  const { peer, c } = opened();
  send(peer, c, 40);
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(10) });
  assert.equal(c.info().sndCwnd, 20);
  assert.equal(peer.take().length, 20);
});

test("RFC 5681 §3.1, RFC 7661: a window that is not filled does not grow", () => {
  const { peer, c } = opened();
  for (let i = 0; i < 10; i++) {
    send(peer, c, 1);
    peer.pass(RTT_US);
    peer.send({ flags: ".", seq: 1, ack: at(i + 1) });
  }
  assert.equal(c.info().sndCwnd, 10);
});

test("RFC 6298 §2: the timeout follows the round trip", () => {
  const { peer, c } = opened();
  assert.equal(c.info().rttUs, RTT_US);
  assert.equal(c.info().rttvarUs, RTT_US / 2);
  assert.equal(c.info().rtoUs, 300_000);
  send(peer, c, 1);
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(1) });
  assert.equal(c.info().rttvarUs, 37_500);
  assert.equal(c.info().rtoUs, 300_000);
});

test("RFC 6298 §5: the timeout doubles each time, and the first segment goes again", () => {
  const { peer, c } = opened({ tailLossProbe: false });
  send(peer, c, 3);
  const startUs = peer.nowUs;
  const times: number[] = [];
  for (let i = 0; i < 200 && times.length < 4; i++) {
    peer.pass(50_000);
    for (const segment of peer.take()) {
      assert.equal(segment.seq, 1);
      times.push(Math.round((peer.nowUs - startUs) / 1e5));
    }
  }
  assert.deepEqual(times, [3, 9, 21, 45]);
  assert.equal(c.info().caState, TCP_CA_Loss);
  assert.equal(c.info().sndCwnd, 1);
  assert.equal(c.info().backoff, 4);
  assert.equal(c.info().retransmits, 4);
});

test("RFC 6298 §3, Karn: what was sent twice is no measure, unless timestamps tell", () => {
  const { peer, c } = opened({ timestamps: false, tailLossProbe: false });
  send(peer, c, 1);
  peer.pass(310_000);
  assert.equal(peer.take().length, 1);
  peer.send({ flags: ".", seq: 1, ack: at(1) });
  assert.equal(c.info().rttUs, RTT_US);
});

test("§3.8.3 of RFC 9293: data is given up after fifteen retransmissions' time", () => {
  const { peer, c } = opened();
  send(peer, c, 1);
  peer.pass(900e6);
  assert.equal(c.state, TCP_ESTABLISHED);
  peer.pass(400e6);
  assert.equal(c.state, TCP_CLOSE);
  assert.equal(c.takeError(), errno.ETIMEDOUT);
});

test("RFC 5482, TCP_USER_TIMEOUT: data that is not acknowledged ends the connection", () => {
  const { peer, c } = opened({ userTimeoutMs: 3000 });
  send(peer, c, 1);
  peer.pass(2e6);
  assert.equal(c.state, TCP_ESTABLISHED);
  peer.pass(8e6);
  assert.equal(c.takeError(), errno.ETIMEDOUT);
});

test("RFC 6675 and RFC 8985: three SACKed segments show a loss, which is sent again", () => {
  const { peer, c } = opened();
  send(peer, c, 10);
  peer.pass(RTT_US);
  for (const count of [1, 2, 3]) peer.send({ flags: ".", seq: 1, ack: at(0), sack: [at(1), at(1 + count)] });
  assert.deepEqual(starts(peer.take()), [0]);
  const info = c.info();
  assert.equal(info.caState, TCP_CA_Recovery);
  assert.equal(info.lost, 1);
  assert.equal(info.sacked, 3);
  assert.equal(info.sndSsthresh, 7);
  assert.equal(info.totalRetrans, 1);
});

test("RFC 8985 §6.2: one SACK that is late enough shows a loss, without three duplicates", () => {
  const { peer, c } = opened();
  send(peer, c, 2);
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(0), sack: [at(1), at(2)] });
  assert.equal(c.info().caState, TCP_CA_Disorder);
  assert.deepEqual(starts(peer.take()), []);
  // The reordering window: a quarter of the least round trip.
  peer.pass(RTT_US / 4 + 1);
  assert.deepEqual(starts(peer.take()), [0]);
  assert.equal(c.info().caState, TCP_CA_Recovery);
});

test("RFC 8985 §6.2 step 2: a retransmission that is lost is found by what was sent after it", () => {
  const { peer, c } = opened();
  send(peer, c, 20);
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(0), sack: [at(1), at(10)] });
  const again = starts(peer.take());
  assert.equal(again[0], 0);
  assert.ok(again.length > 1, "recovery lets new data go");
  peer.pass(RTT_US);
  // What was sent behind the retransmission has come, the retransmission has not.
  peer.send({ flags: ".", seq: 1, ack: at(0), sack: [at(1), at(10 + again.length - 1)] });
  peer.pass(RTT_US);
  assert.ok(starts(peer.take()).includes(0));
});

test("RFC 6937: in recovery the window falls in proportion to what is delivered", () => {
  const { peer, c } = opened();
  c.congestion.size = 40;
  c.settings.sendBufferBytes = 100_000;
  send(peer, c, 60);
  peer.pass(RTT_US);
  let sent = 0;
  for (let i = 1; i <= 23; i++) {
    peer.send({ flags: ".", seq: 1, ack: at(0), sack: [at(1), at(1 + i)] });
    sent += starts(peer.take()).length;
  }
  // ssthresh is 28: of 23 delivered segments 28/40 leave, and two more before recovery.
  assert.equal(sent, 2 + Math.ceil((28 * 21) / 40));
});

test("RFC 6675 §5: recovery ends when all that was out is acknowledged, at the threshold", () => {
  const { peer, c } = opened();
  send(peer, c, 10);
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(0), sack: [at(1), at(10)] });
  peer.take();
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(10) });
  assert.equal(c.info().caState, TCP_CA_Open);
  assert.equal(c.info().sndCwnd, 7);
});

test("RFC 6582: without SACK three duplicates begin recovery, and a partial acknowledgement sends the next", () => {
  const { peer, c } = opened({ selectiveAcknowledgement: false });
  send(peer, c, 10);
  peer.pass(RTT_US);
  for (let i = 0; i < 3; i++) peer.send({ flags: ".", seq: 1, ack: at(0), window: 511 });
  assert.deepEqual(starts(peer.take()), []);
  for (let i = 0; i < 3; i++) peer.send({ flags: ".", seq: 1, ack: at(0), window: 511 });
  assert.deepEqual(starts(peer.take()), [0]);
  assert.equal(c.info().caState, TCP_CA_Recovery);
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(4), window: 511 });
  assert.deepEqual(starts(peer.take())[0], 4);
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(10), window: 511 });
  peer.send({ flags: ".", seq: 1, ack: at(10), window: 512 });
  assert.equal(c.info().lost, 0);
});

test("RFC 8985 §7: a lost tail is probed after two round trips, by the last segment", () => {
  const { peer, c } = opened();
  send(peer, c, 3);
  peer.pass(2 * RTT_US + 3000);
  assert.deepEqual(starts(peer.take()), [2]);
  assert.equal(c.info().caState, TCP_CA_Open);
  // The probe shows that the others are lost.
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(0), sack: [at(2), at(3)] });
  assert.deepEqual(starts(peer.take()), [0]);
  peer.send({ flags: ".", seq: 1, ack: at(1), sack: [at(2), at(3)] });
  assert.deepEqual(starts(peer.take()), [1]);
});

test("RFC 8985 §7.3: the probe is new data where there is some", () => {
  const { peer, c } = opened({}, { window: 65535 });
  send(peer, c, 20);
  peer.pass(2 * RTT_US + 3000);
  assert.deepEqual(starts(peer.take()), [10]);
});

test("RFC 8985 §7.4: a probe that repaired a loss reduces the window; one that was not needed does not", () => {
  for (const needed of [true, false]) {
    const { peer, c } = opened();
    send(peer, c, 3);
    peer.pass(2 * RTT_US + 3000);
    assert.deepEqual(starts(peer.take()), [2]);
    if (needed) {
      peer.send({ flags: ".", seq: 1, ack: at(3) });
      send(peer, c, 1);
      peer.send({ flags: ".", seq: 1, ack: at(4) });
      assert.equal(c.info().sndCwnd, 7);
    } else {
      peer.send({ flags: ".", seq: 1, ack: at(3) });
      peer.send({ flags: ".", seq: 1, ack: at(3), sack: [at(2), at(3)] });
      assert.equal(c.info().sndCwnd, 10);
      assert.equal(c.info().dsackDups, 1);
    }
  }
});

test("RFC 5682: a timeout is found spurious when the originals are acknowledged", () => {
  const { peer, c } = opened({ timestamps: false, tailLossProbe: false });
  send(peer, c, 10);
  peer.pass(310_000);
  assert.equal(c.info().caState, TCP_CA_Loss);
  peer.take();
  peer.send({ flags: ".", seq: 1, ack: at(2) });
  send(peer, c, 2);
  peer.send({ flags: ".", seq: 1, ack: at(6) });
  assert.equal(c.info().caState, TCP_CA_Open);
  assert.ok(c.info().sndCwnd >= 10);
});

test("RFC 3522 and 4015: an echo from before the retransmission takes the reduction back", () => {
  const { peer, c } = opened({ tailLossProbe: false }, { timestamp: [500, 0] });
  const sent = send(peer, c, 10);
  const echo = sent[0]?.timestamp?.[0] as number;
  peer.pass(310_000);
  assert.equal(c.info().caState, TCP_CA_Loss);
  peer.take();
  // Timestamps take twelve bytes of each segment.
  peer.send({ flags: ".", seq: 1, ack: 1 + 10 * (MSS - 12), timestamp: [600, echo] });
  assert.equal(c.info().caState, TCP_CA_Open);
  assert.ok(c.info().sndCwnd >= 10);
});

test("RFC 3708: when every retransmission is reported as a duplicate, the reduction is taken back", () => {
  const { peer, c } = opened();
  send(peer, c, 10);
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(0), sack: [at(1), at(10)] });
  assert.deepEqual(starts(peer.take()), [0]);
  peer.send({ flags: ".", seq: 1, ack: at(10), sack: [at(0), at(1)] });
  assert.ok(c.info().sndCwnd >= 10);
  assert.equal(c.info().dsackDups, 1);
});

test("RFC 2018 §8: a receiver that forgets what it had is sent it again after a timeout", () => {
  const { peer, c } = opened();
  send(peer, c, 4);
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(0), sack: [at(1), at(4)] });
  peer.take();
  peer.send({ flags: ".", seq: 1, ack: at(1) });
  for (let i = 0; i < 50 && c.info().caState !== TCP_CA_Loss; i++) peer.pass(100_000);
  assert.ok(starts(peer.take()).includes(1));
  peer.pass(10e6);
  assert.equal(c.info().sacked, 0);
});

test("RFC 2018 §5: blocks of what was never sent change nothing", () => {
  const { peer, c } = opened();
  send(peer, c, 4);
  peer.send({ flags: ".", seq: 1, ack: at(0), sack: [at(4), at(8), at(3), at(2), at(900), at(901)] });
  assert.equal(c.info().sacked, 0);
});

test("RFC 3168 §6.1.2: an echoed mark reduces the window once in a round trip, and CWR says so", () => {
  const { peer, c } = opened({ ecn: 1 }, { flags: "S.E" });
  assert.equal(c.info().options & 8, 8);
  const data = send(peer, c, 40);
  assert.ok(data.every(({ trafficClass }) => trafficClass === 2));
  peer.pass(RTT_US);
  peer.send({ flags: ".E", seq: 1, ack: at(2) });
  assert.equal(c.info().caState, TCP_CA_CWR);
  assert.equal(c.info().sndSsthresh, 7);
  peer.send({ flags: ".E", seq: 1, ack: at(6) });
  const marked = peer.take().filter(({ flags }) => flags.includes("W"));
  assert.equal(marked.length, 1);
  assert.equal(c.info().sndSsthresh, 7);
});

test("RFC 3168 §6.1.3: a mark is echoed until the peer says CWR", () => {
  const peer = new Peer();
  const { c } = peer.open(settings({ ecn: 1 }), { flags: "SEW" });
  assert.ok(c.ecn.isOn);
  const ack = (segment: Partial<Segment>): string => {
    peer.send({ flags: ".", ack: 1, length: 10, ...segment });
    return peer.take().at(-1)?.flags ?? "";
  };
  assert.equal(ack({ seq: 1, trafficClass: 2 }), ".");
  assert.equal(ack({ seq: 11, trafficClass: 3 }), ".E");
  assert.equal(ack({ seq: 21, trafficClass: 2 }), ".E");
  assert.equal(ack({ seq: 31, trafficClass: 2, flags: ".W" }), ".");
});

test("RFC 3168 §6.1.1: ECN is asked for and granted as tcp_ecn says", () => {
  for (const [ecn, answer] of [
    [0, "S."],
    [1, "S.E"],
    [2, "S.E"],
  ] as const) {
    const peer = new Peer();
    peer.open(settings({ ecn }));
    peer.peerPort++;
    peer.send({ flags: "SEW", seq: 0 });
    assert.equal(peer.one().flags, answer);
    const caller = new Peer();
    caller.called(settings({ ecn }));
    assert.equal(caller.one().flags, ecn === 1 ? "SEW" : "S");
  }
});

test("RFC 5681 §4.1: after a long pause the window begins again", () => {
  const { peer, c } = opened();
  send(peer, c, 40);
  for (const upTo of [10, 30, 40]) {
    peer.pass(RTT_US);
    peer.send({ flags: ".", seq: 1, ack: at(upTo) });
    peer.take();
  }
  assert.ok(c.info().sndCwnd > 20);
  peer.pass(20e6);
  assert.equal(send(peer, c, 40).length, 10);
});

test("RFC 1191 §6.4: an ICMP error makes segments smaller, and what was too large goes again at once", () => {
  const { peer, c } = opened({}, { mss: 1460 });
  c.write(pattern(2920), 0, 2920, 0);
  assert.equal(peer.take().length, 2);
  c.path.mtu = 1240;
  c.push();
  const again = peer.take();
  assert.deepEqual(
    again.map(({ seq, length }) => [seq, length]),
    [
      [1, 1200],
      [1201, 1200],
      [2401, 520],
    ],
  );
  assert.equal(c.info().pmtu, 1240);
  assert.equal(c.info().sndSsthresh, 0x7fffffff);
});

test("RFC 4821 §7.7: after timeouts in a row smaller segments are tried", () => {
  const { peer, c } = opened({ mtuProbing: 1 }, { mss: 1460 });
  c.write(pattern(1460), 0, 1460, 0);
  peer.pass(30e6);
  const lengths = peer.take().map(({ length }) => length);
  assert.ok(lengths.includes(1024), lengths.join(" "));
  assert.ok(lengths.includes(512), lengths.join(" "));
  assert.ok(c.mss <= 1024);
});

test("tcp(7) TCP_INFO: what was sent, lost and held back", () => {
  const { peer, c } = opened();
  send(peer, c, 12);
  peer.pass(RTT_US);
  peer.send({ flags: ".", seq: 1, ack: at(10), length: 100 });
  const info = c.info();
  assert.equal(info.bytesAcked, 10_001, "the SYN counts, as in Linux");
  assert.equal(info.bytesReceived, 100);
  assert.equal(info.dataSegsOut, 12);
  assert.equal(info.dataSegsIn, 1);
  assert.equal(info.unacked, 2);
  assert.equal(info.delivered, 11);
  assert.equal(info.minRttUs, RTT_US);
  assert.equal(info.busyTimeUs, RTT_US);
  assert.equal(info.deliveryRate, 100_000);
});

test("thin streams: TCP_THIN_LINEAR_TIMEOUTS does not double", () => {
  const { peer, c } = opened({ thinLinearTimeouts: true, tailLossProbe: false });
  send(peer, c, 1);
  peer.pass(1.6e6);
  assert.equal(texts(peer.take()).length, 5);
});
