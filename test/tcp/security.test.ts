import assert from "node:assert/strict";
import { test } from "node:test";
import { TCP_CLOSE, TCP_ESTABLISHED } from "../../src/api/constants/tcp-option.ts";
import { errno } from "../../src/api/errno.ts";
import type { Listener } from "../../src/stack/tcp/listener.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { Peer, segmentText, texts } from "./peer.ts";
import { listenOn, readAll } from "./program.ts";

const settings = (changes: Partial<TcpSettings>): TcpSettings => Object.assign(new TcpSettings(), changes);

test("RFC 5961 §3.2: a reset counts at the next number alone; another in the window is asked about", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: "R", seq: 100 });
  assert.equal(segmentText(peer.one()), ". 1:1 ack 1");
  assert.equal(c.state, TCP_ESTABLISHED);
  peer.send({ flags: "R", seq: 1_000_000 });
  assert.deepEqual(peer.take(), []);
  peer.send({ flags: "R", seq: 1 });
  assert.equal(c.state, TCP_CLOSE);
});

test("RFC 5961 §4.2: a SYN within a connection is asked about, whatever its number", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: "S", seq: 50 });
  assert.equal(segmentText(peer.one()), ". 1:1 ack 1");
  peer.pass(1e6);
  peer.send({ flags: "S", seq: 9_000_000 });
  assert.equal(segmentText(peer.one()), ". 1:1 ack 1");
  assert.equal(c.state, TCP_ESTABLISHED);
});

test("RFC 5961 §5.2: data whose acknowledgement is too old or too new is dropped, and answered", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: ".", seq: 1, ack: -1_000_000, length: 5 });
  assert.equal(segmentText(peer.one()), ". 1:1 ack 1");
  peer.pass(1e6);
  peer.send({ flags: ".", seq: 1, ack: 5, length: 5 });
  assert.equal(segmentText(peer.one()), ". 1:1 ack 1");
  assert.equal(c.readableBytes, 0);
});

test("RFC 5961 §7: challenge acknowledgements are few", () => {
  const peer = new Peer();
  peer.open();
  for (let i = 0; i < 1000; i++) peer.send({ flags: "S", seq: i });
  assert.equal(peer.take().length, 1);
});

test("RFC 6528: initial numbers of two pairs say nothing of each other, and grow with time for one", () => {
  const peer = new Peer();
  const { isn } = peer.host.tcp;
  const { address } = peer.host;
  const first = isn.generate(address, 1, peer.address, 80, 1e6);
  assert.equal((isn.generate(address, 1, peer.address, 80, 1e6 + 64) - first) | 0, 1000);
  const distances = new Set<number>();
  for (let port = 1; port <= 100; port++) {
    const here = isn.generate(address, port, peer.address, 80, 1e6);
    distances.add((isn.generate(address, port + 1, peer.address, 80, 1e6) - here) | 0);
  }
  assert.equal(distances.size, 100);
});

test("RFC 7323 §5.3 PAWS: a segment with an old timestamp is dropped and answered", () => {
  const peer = new Peer();
  const { c } = peer.open(new TcpSettings(), { timestamp: [1000, 0] });
  peer.send({ flags: ".", seq: 1, ack: 1, length: 5, timestamp: [2000, peer.lastTimestamp] });
  assert.equal(peer.take().at(-1)?.timestamp?.[1], 2000);
  peer.send({ flags: ".", seq: 6, ack: 1, length: 5, timestamp: [1500, peer.lastTimestamp] });
  assert.equal(segmentText(peer.one()), ". 1:1 ack 6");
  assert.equal(c.readableBytes, 5);
  // After 24 days the timestamp says nothing any more (§5.5).
  peer.pass(25 * 86_400e6);
  peer.send({ flags: ".", seq: 6, ack: 1, length: 5, timestamp: [1500, peer.lastTimestamp] });
  assert.equal(c.readableBytes, 10);
});

test("RFC 7323 §4.3: TS.Recent is of the segment that advanced the window, not of one behind a hole", () => {
  const peer = new Peer();
  peer.open(new TcpSettings(), { timestamp: [1000, 0] });
  peer.send({ flags: ".", seq: 1, ack: 1, length: 5, timestamp: [2000, 0] });
  peer.take();
  peer.send({ flags: ".", seq: 11, ack: 1, length: 5, timestamp: [2002, 0] });
  assert.equal(peer.one().timestamp?.[1], 2000);
  peer.send({ flags: ".", seq: 6, ack: 1, length: 5, timestamp: [2001, 0] });
  assert.equal(peer.one().timestamp?.[1], 2001);
});

test("RFC 7323 §3.2 and §2.2: options that were not agreed are not used", () => {
  const peer = new Peer();
  const { c } = peer.open(new TcpSettings(), { scale: -1, sackPermitted: false });
  peer.send({ flags: ".", seq: 11, ack: 1, length: 5, window: 500 });
  const answer = peer.one();
  assert.equal(answer.timestamp, undefined);
  assert.equal(answer.sack, undefined);
  assert.equal(c.sndWnd, 500);
});

test("RFC 7323 §2.3: a shift count above 14 counts as 14", () => {
  const peer = new Peer();
  const { c } = peer.open(new TcpSettings(), { scale: 200 });
  assert.equal(c.info().sndWscale, 14);
});

test("RFC 2018 §4: the first block is of the segment that came last, the others of those before it", () => {
  const peer = new Peer();
  peer.open();
  const sack = (seq: number): readonly number[] | undefined => {
    peer.send({ flags: ".", seq, ack: 1, length: 10 });
    return peer.one().sack;
  };
  assert.deepEqual(sack(21), [21, 31]);
  assert.deepEqual(sack(61), [61, 71, 21, 31]);
  assert.deepEqual(sack(41), [41, 51, 61, 71, 21, 31]);
  assert.deepEqual(sack(31), [21, 51, 61, 71]);
});

test("RFC 2883 §4: what comes twice is reported first", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: ".", seq: 1, ack: 1, length: 20 });
  peer.take();
  peer.send({ flags: ".", seq: 1, ack: 1, length: 10 });
  assert.deepEqual(peer.one().sack, [1, 11]);
  peer.send({ flags: ".", seq: 31, ack: 1, length: 10 });
  peer.take();
  peer.send({ flags: ".", seq: 31, ack: 1, length: 10 });
  assert.deepEqual(peer.one().sack, [31, 41, 31, 41]);
  assert.equal(readAll(c).length, 20);
});

test("RFC 4987 §3.6: with a full SYN queue a cookie goes out, and its acknowledgement opens the connection", () => {
  const peer = new Peer();
  const listener = listenOn(peer.host, new TcpSettings(), 2);
  for (let port = 1000; port < 1010; port++) {
    peer.peerPort = port;
    peer.send({ flags: "S", seq: 0, mss: 1460, scale: 7, sackPermitted: true, timestamp: [50, 0] });
  }
  assert.equal(peer.take().length, 10);
  assert.equal(listener.pending, 2);
  // The last of them was answered by a cookie.
  peer.send({ flags: ".", seq: 1, ack: 1, window: 100, timestamp: [51, peer.lastTimestamp], length: 3 });
  const c = listener.accept();
  assert.ok(c !== undefined);
  assert.equal(c.state, TCP_ESTABLISHED);
  assert.equal(c.peerMss, 1460);
  assert.equal(c.info().options & 7, 7);
  assert.equal(c.info().sndWscale, 7);
  assert.equal(c.readableBytes, 3);
});

test("RFC 4987: a cookie that was not made, or is older than two minutes, is reset", () => {
  const peer = new Peer();
  const listener = listenOn(peer.host, settings({ synCookies: 2 }));
  peer.send({ flags: "S", seq: 0, mss: 1460 });
  peer.take();
  peer.send({ flags: ".", seq: 1, ack: 12_345 });
  assert.equal(segmentText(peer.one()), "R 12345:12345");
  peer.pass(130e6);
  peer.send({ flags: "S", seq: 0, mss: 1460 });
  const before = peer.iss as number;
  peer.pass(119e6);
  peer.iss = before;
  peer.send({ flags: ".", seq: 1, ack: 1 });
  assert.ok(peer.take().every(({ flags }) => flags === "R" || flags === "S."));
  assert.equal(listener.acceptable, 0);
});

test("a flood of SYNs keeps no more than the backlog, and a full accept queue answers none", () => {
  const peer = new Peer();
  const listener = listenOn(peer.host, settings({ synCookies: 0 }), 3);
  for (let port = 1000; port < 3000; port++) {
    peer.peerPort = port;
    peer.send({ flags: "S", seq: 0 });
  }
  assert.equal(listener.pending, 3);
  assert.ok(peer.host.tcp.pairs.size <= 3);
  assert.equal(peer.take().length, 3);
});

test("listen(2): backlog + 1 connections wait for accept; the next handshake ends when there is room", () => {
  const peer = new Peer();
  const listener = listenOn(peer.host, new TcpSettings(), 1);
  for (const port of [1, 2, 3]) {
    peer.peerPort = port;
    peer.send({ flags: "S", seq: 0, mss: 1000 });
    if (port < 3) peer.send({ flags: ".", seq: 1, ack: 1 });
  }
  peer.take();
  assert.equal(listener.acceptable, 2);
  // The third asks again.
  peer.send({ flags: "S", seq: 0, mss: 1000 });
  assert.deepEqual(peer.take(), []);
  assert.ok(listener.accept() !== undefined);
  peer.send({ flags: "S", seq: 0, mss: 1000 });
  assert.equal(peer.one().flags, "S.");
  peer.send({ flags: ".", seq: 1, ack: 1 });
  assert.equal(listener.acceptable, 2);
});

/** One handshake waits for its end, and the accept queue is full: the last one came by a cookie. */
function overflowing(changes: Partial<TcpSettings>): { peer: Peer; listener: Listener } {
  const peer = new Peer();
  const listener = listenOn(peer.host, settings(changes), 1);
  const syn = (port: number): number => {
    peer.peerPort = port;
    peer.send({ flags: "S", seq: 0, mss: 1460 });
    return peer.iss as number;
  };
  syn(1);
  peer.send({ flags: ".", seq: 1, ack: 1 });
  const waiting = syn(2);
  syn(3);
  peer.send({ flags: ".", seq: 1, ack: 1 });
  assert.equal(listener.acceptable, 2);
  assert.equal(listener.pending, 1);
  peer.take();
  peer.peerPort = 2;
  peer.iss = waiting;
  return { peer, listener };
}

test("a handshake that ends while the accept queue is full is left waiting, and ends later", () => {
  const { peer, listener } = overflowing({});
  peer.send({ flags: ".", seq: 1, ack: 1 });
  assert.deepEqual(peer.take(), []);
  assert.equal(listener.acceptable, 2);
  listener.accept();
  peer.pass(1.1e6);
  assert.equal(segmentText(peer.one()), "S. 0:0 ack 1");
  peer.send({ flags: ".", seq: 1, ack: 1 });
  assert.equal(listener.acceptable, 2);
  assert.equal(listener.pending, 0);
});

test("tcp_abort_on_overflow: a handshake that ends while the accept queue is full is reset", () => {
  const { peer, listener } = overflowing({ abortOnOverflow: true });
  peer.send({ flags: ".", seq: 1, ack: 1 });
  assert.equal(segmentText(peer.one()), "R 1:1");
  assert.equal(listener.pending, 0);
});

test("TCP_DEFER_ACCEPT: a connection is accepted when data has come", () => {
  const peer = new Peer();
  const listener = listenOn(peer.host, settings({ deferAcceptS: 5 }));
  peer.send({ flags: "S", seq: 0 });
  peer.send({ flags: ".", seq: 1, ack: 1 });
  assert.equal(listener.acceptable, 0);
  peer.send({ flags: "P.", seq: 1, ack: 1, length: 4 });
  assert.equal(listener.accept()?.readableBytes, 4);
});

test("RFC 9293 §3.8.4: keep-alive asks after the idle time, and gives up after so many probes", () => {
  const peer = new Peer();
  const { c } = peer.open(settings({ keepAlive: true, keepAliveIdleS: 10, keepAliveIntervalS: 2, keepAliveProbes: 3 }));
  peer.pass(9.9e6);
  assert.deepEqual(peer.take(), []);
  peer.pass(200_000);
  assert.equal(segmentText(peer.one()), ". 0:0 ack 1");
  peer.send({ flags: ".", seq: 1, ack: 1 });
  peer.pass(10.1e6);
  assert.deepEqual(texts(peer.take()), [". 0:0 ack 1"]);
  peer.pass(4.1e6);
  assert.equal(peer.take().length, 2);
  peer.pass(2.1e6);
  assert.deepEqual(texts(peer.take()), ["R. 1:1 ack 1"]);
  assert.equal(c.takeError(), errno.ETIMEDOUT);
});

test("SO_KEEPALIVE can be turned on later", () => {
  const peer = new Peer();
  const { c } = peer.open(settings({ keepAliveIdleS: 10 }));
  peer.pass(30e6);
  assert.deepEqual(peer.take(), []);
  c.settings.keepAlive = true;
  c.settingsChanged();
  peer.pass(1000);
  assert.equal(segmentText(peer.one()), ". 0:0 ack 1");
});
