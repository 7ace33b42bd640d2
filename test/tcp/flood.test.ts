import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_RANGES } from "../../src/stack/tcp/reassembly.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { Peer, PEER_PORT } from "./peer.ts";
import { listenOn, pattern } from "./program.ts";

const BACKLOG = 128;
const HOUR_US = 3_600_000_000;

test("a flood of SYNs from all ports leaves the backlog's handshakes, their timers, and room for who is honest", () => {
  const peer = new Peer();
  const listener = listenOn(peer.host, new TcpSettings(), BACKLOG);
  const { tcp, timers, pool } = peer.host;
  for (let round = 0; round < 3; round++) {
    for (let port = 1; port < 20_000; port++) {
      peer.peerPort = port;
      peer.send({ flags: "S", seq: round, mss: 1460, sackPermitted: true, scale: 7 });
      peer.sent.length = 0;
    }
    assert.equal(listener.pending, BACKLOG);
    assert.ok(tcp.pairs.size <= BACKLOG);
    assert.ok(timers.size <= BACKLOG);
    assert.equal(pool.inUse, 0);
  }
  // RFC 4987 §3.6: one that answers is let in, though nothing of it was kept.
  peer.peerPort = 50_000;
  peer.send({ flags: "S", seq: 0, mss: 1460 });
  peer.take();
  peer.send({ flags: ".", seq: 1, ack: 1 });
  assert.equal(listener.acceptable, 1);
  listener.accept()?.abort();
  peer.pass(HOUR_US);
  assert.equal(tcp.pairs.size, 0);
  assert.equal(timers.size, 0);
});

test("a flood of bytes with holes between them is bounded in ranges and in memory, and the stream goes on", () => {
  const peer = new Peer();
  const { c } = peer.open();
  const limit = c.settings.receiveBufferLimitBytes;
  const bytes = pattern(60_000);
  for (let round = 0; round < 3; round++) {
    for (let at = 1; at < 40_000; at += 2) {
      peer.send({ flags: ".", seq: 1 + at, ack: 1, length: 1, bytes: bytes.subarray(at, at + 1) });
      peer.sent.length = 0;
    }
    assert.ok(c.receive.ranges.count <= MAX_RANGES);
    assert.ok(c.receive.memoryBytes <= 2 * limit);
    assert.equal(peer.host.pool.inUse, 0);
  }
  assert.equal(c.receive.ranges.count, MAX_RANGES);
  for (let at = 0; at < 50_000; at += 1000) {
    peer.send({ flags: ".", seq: 1 + at, ack: 1, length: 1000, bytes: bytes.subarray(at, at + 1000) });
  }
  assert.equal(c.receive.ranges.count, 0);
  const into = new Uint8Array(60_000);
  const count = c.read(into, 0, into.length, 0);
  assert.equal(count, 50_000);
  assert.deepEqual(into.subarray(0, count), bytes.subarray(0, count));
});

test("a peer that looks at no window fills the receive buffer and no more, in order or behind a hole", () => {
  for (const first of [0, 1460]) {
    const peer = new Peer();
    const { c } = peer.open();
    for (let at = first; at < 8_000_000; at += 1460) {
      peer.send({ flags: ".", seq: 1 + at, ack: 1, length: 1460 });
      peer.sent.length = 0;
    }
    assert.ok(c.readableBytes <= c.settings.receiveBufferBytes);
    assert.ok(c.receive.memoryBytes <= 2 * c.settings.receiveBufferBytes);
    assert.ok(c.settings.receiveBufferBytes <= c.settings.receiveBufferLimitBytes);
    assert.equal(peer.host.pool.inUse, 0);
  }
});

test("a program that writes to a peer that acknowledges nothing fills the send buffer and no more", () => {
  const peer = new Peer();
  const { c } = peer.open();
  const chunk = new Uint8Array(65_536);
  let written = 0;
  for (let i = 0; i < 1000; i++) {
    written += c.write(chunk, 0, chunk.length, 0);
    peer.sent.length = 0;
  }
  assert.equal(written, c.settings.sendBufferBytes);
  assert.ok(c.sendBuffer.memoryBytes <= 2 * c.settings.sendBufferBytes);
  // tcp_retries2 gives up, and all of it goes.
  peer.pass(HOUR_US);
  assert.equal(c.isSendEnded, true);
  assert.equal(c.sendBuffer.memoryBytes, 0);
  assert.equal(peer.host.tcp.pairs.size, 0);
  assert.equal(peer.host.pool.inUse, 0);
});

test("connections that are opened and closed without end leave TIME-WAIT alone, and that for a minute", () => {
  const peer = new Peer();
  const listener = listenOn(peer.host);
  for (let port = 1000; port < 6000; port++) {
    peer.peerPort = port;
    peer.send({ flags: "S", seq: 0, mss: 1460 });
    peer.take();
    peer.send({ flags: ".", seq: 1, ack: 1 });
    listener.accept()?.close();
    peer.send({ flags: "F.", seq: 1, ack: 2 });
    peer.sent.length = 0;
  }
  const { tcp, timers, pool } = peer.host;
  assert.equal(tcp.timeWaits.size, 5000);
  assert.equal(tcp.pairs.size, 5000);
  assert.ok(timers.size <= 2);
  peer.pass(61_000_000);
  assert.equal(tcp.pairs.size, 0);
  assert.equal(timers.size, 0);
  assert.equal(pool.inUse, 0);
  peer.peerPort = PEER_PORT;
});
