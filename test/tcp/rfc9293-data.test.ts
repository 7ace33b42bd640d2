import assert from "node:assert/strict";
import { test } from "node:test";
import { errno } from "../../src/api/errno.ts";
import { TCP_CLOSE, TCP_CLOSE_WAIT, TCP_ESTABLISHED } from "../../src/api/constants/tcp-option.ts";
import { ENDED, READABLE, URGENT, WRITABLE } from "../../src/stack/tcp/connection-owner.ts";
import { READ_DISCARD, READ_PEEK, WRITE_MORE, WRITE_URGENT } from "../../src/stack/tcp/contract.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { Peer, segmentText, texts } from "./peer.ts";
import { pattern, readAll, type Witness } from "./program.ts";

const settings = (changes: Partial<TcpSettings>): TcpSettings => Object.assign(new TcpSettings(), changes);
const write = (c: { write: TcpSettingsWrite }, length: number, flags = 0): number =>
  c.write(pattern(length), 0, length, flags);
type TcpSettingsWrite = (bytes: Uint8Array, offset: number, length: number, flags: number) => number;

test("§3.10.7.4: a segment out of the window is answered with where we are, and dropped", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: ".", seq: 1_000_000, ack: 1, length: 10 });
  assert.equal(segmentText(peer.one()), ". 1:1 ack 1");
  assert.equal(c.readableBytes, 0);
});

test("§3.10.7.4: what overlaps what is there is trimmed", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: ".", seq: 1, ack: 1, length: 10 });
  peer.send({ flags: ".", seq: 5, ack: 1, length: 10 });
  assert.equal(peer.take().at(-1)?.ack, 15);
  assert.equal(c.readableBytes, 14);
  const bytes = readAll(c);
  assert.deepEqual(
    [...bytes],
    Array.from({ length: 14 }, (_, i) => i + 1),
  );
});

test("§3.10.7.4: out-of-order segments wait for the hole to close", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: ".", seq: 11, ack: 1, length: 10 });
  peer.send({ flags: ".", seq: 31, ack: 1, length: 10 });
  assert.equal(c.readableBytes, 0);
  peer.send({ flags: ".", seq: 1, ack: 1, length: 10 });
  assert.equal(c.readableBytes, 20);
  peer.send({ flags: ".", seq: 21, ack: 1, length: 10 });
  assert.equal(c.readableBytes, 40);
  assert.equal(peer.take().at(-1)?.ack, 41);
  assert.deepEqual(
    [...readAll(c)],
    Array.from({ length: 40 }, (_, i) => i + 1),
  );
});

test("a FIN behind a hole counts when the hole has closed", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: "F.", seq: 11, ack: 1, length: 10 });
  assert.equal(c.state, TCP_ESTABLISHED);
  peer.send({ flags: ".", seq: 1, ack: 1, length: 10 });
  assert.equal(c.state, TCP_CLOSE_WAIT);
  assert.equal(peer.take().at(-1)?.ack, 22);
  const events = (c.owner as Witness).take();
  assert.equal(events & (READABLE | ENDED), READABLE | ENDED);
});

test("§3.10.7.4: a segment without ACK is dropped", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: "P", seq: 1, length: 10 });
  assert.equal(c.readableBytes, 0);
  assert.deepEqual(peer.take(), []);
});

test("§3.1 MUST-3: a segment with a wrong checksum is dropped", () => {
  const peer = new Peer();
  const { c } = peer.open();
  const { receive } = peer.host;
  peer.host.receive = (packet) => {
    packet.bytes[packet.end - 1] = 0xff ^ (packet.bytes[packet.end - 1] as number);
    receive.call(peer.host, packet);
  };
  peer.send({ flags: ".", seq: 1, ack: 1, length: 10 });
  assert.equal(c.readableBytes, 0);
  assert.deepEqual(peer.take(), []);
});

test("§3.8.6: the send window is kept to, and a whole segment that does not fit waits", () => {
  const peer = new Peer();
  const { c } = peer.open(new TcpSettings(), { scale: 0 });
  peer.send({ flags: ".", seq: 1, ack: 1, window: 2000 });
  write(c, 5000);
  assert.deepEqual(texts(peer.take()), [". 1:1001 ack 1", ". 1001:2001 ack 1"]);
  peer.send({ flags: ".", seq: 1, ack: 2001, window: 3000 });
  const rest = peer.take();
  assert.equal(rest[0]?.seq, 2001);
  assert.equal(texts(rest).at(-1)?.slice(-10), "5001 ack 1");
});

test("§3.8.6.1: a zero window is probed, with growing patience, and never given up while it is answered", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: ".", seq: 1, ack: 1, window: 0 });
  write(c, 100);
  assert.deepEqual(peer.take(), []);
  const gapsUs: number[] = [];
  let lastUs = peer.nowUs;
  for (let probes = 0; probes < 40;) {
    peer.pass(10_000);
    const segments = peer.take();
    if (segments.length === 0) continue;
    assert.equal(segmentText(segments[0] as never), ". 0:0 ack 1");
    gapsUs.push(peer.nowUs - lastUs);
    lastUs = peer.nowUs;
    probes++;
    peer.send({ flags: ".", seq: 1, ack: 1, window: 0 });
  }
  assert.ok((gapsUs[1] as number) > 1.5 * (gapsUs[0] as number));
  assert.ok(Math.max(...gapsUs) <= 120_010_000);
  assert.equal(c.state, TCP_ESTABLISHED);
  peer.send({ flags: ".", seq: 1, ack: 1, window: 512 });
  assert.equal(segmentText(peer.one()), "P. 1:101 ack 1");
});

test("§3.8.6.1: a zero window whose probes are not answered ends with ETIMEDOUT", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: ".", seq: 1, ack: 1, window: 0 });
  write(c, 100);
  peer.pass(3_000e6);
  assert.equal(c.state, TCP_CLOSE);
  assert.equal(c.takeError(), errno.ETIMEDOUT);
});

test("§3.8.6.2.1: a small window is not filled with small segments until the override timeout", () => {
  const peer = new Peer();
  const { c } = peer.open(new TcpSettings(), { scale: 0 });
  peer.send({ flags: ".", seq: 1, ack: 1, window: 10_000 });
  peer.take();
  peer.send({ flags: ".", seq: 1, ack: 1, window: 0 });
  peer.send({ flags: ".", seq: 2, ack: 1, window: 100 });
  write(c, 3000);
  assert.deepEqual(peer.take(), []);
  peer.pass(300_000);
  assert.equal(segmentText(peer.one()), ". 1:101 ack 1");
});

test("§3.8.6.2.2: the receiver's window closes, and opens again by half of its buffer", () => {
  const peer = new Peer();
  const { c } = peer.open(settings({ receiveBufferBytes: 20_000, receiveBufferFixed: true }), { scale: -1 });
  let seq = 1;
  for (let window = 10_000; window > 0;) {
    peer.send({ flags: ".", seq, ack: 1, length: Math.min(1000, window) });
    seq += Math.min(1000, window);
    peer.pass(50_000);
    window = peer.take().at(-1)?.window ?? window - 1000;
  }
  // Nothing was read: the last segment that fitted was acknowledged with a closed window.
  assert.ok(c.readableBytes > 8000);
  const scratch = new Uint8Array(500);
  c.read(scratch, 0, 500, 0);
  assert.deepEqual(peer.take(), []);
  readAll(c);
  const update = peer.take();
  assert.equal(update.length, 1);
  assert.ok((update[0]?.window ?? 0) >= 5000);
});

test("§3.8.6: the right edge of the window never goes back", () => {
  for (const receiveBufferFixed of [true, false]) {
    const peer = new Peer();
    const { c } = peer.open(settings({ receiveBufferBytes: 40_000, receiveBufferFixed }));
    const unit = 2 ** c.receiveWindow.scale;
    assert.equal(unit > 1, !receiveBufferFixed);
    let edge = 0;
    for (let i = 0; i < 12; i++) {
      peer.send({ flags: ".", seq: 1 + i * 1000, ack: 1, length: 1000 });
      peer.pass(50_000);
      for (const { ack = 0, window = 0 } of peer.take()) {
        assert.ok(ack + window * unit >= edge, `${ack} + ${window * unit} < ${edge}`);
        edge = ack + window * unit;
      }
    }
  }
});

test("data into a closed window is not taken, and its acknowledgement is", () => {
  const peer = new Peer();
  const { c } = peer.open(settings({ receiveBufferBytes: 4096, receiveBufferFixed: true }), { scale: -1 });
  write(c, 10);
  peer.send({ flags: ".", seq: 1, ack: 1, length: 1448 });
  peer.send({ flags: ".", seq: 1449, ack: 1, length: 600 });
  peer.pass(100_000);
  const before = c.readableBytes;
  peer.take();
  peer.send({ flags: ".", seq: 1 + before, ack: 11, length: 1000 });
  assert.ok(c.readableBytes <= 2048);
  assert.equal(c.unacknowledgedBytes, 0);
});

test("§3.7.4 Nagle: a small segment waits while another is in flight; TCP_NODELAY does not wait", () => {
  const peer = new Peer();
  const { c } = peer.open();
  write(c, 10);
  write(c, 10);
  write(c, 10);
  assert.deepEqual(texts(peer.take()), ["P. 1:11 ack 1"]);
  peer.send({ flags: ".", seq: 1, ack: 11 });
  assert.deepEqual(texts(peer.take()), ["P. 11:31 ack 1"]);
  c.settings.noDelay = true;
  c.settingsChanged();
  write(c, 10);
  write(c, 10);
  assert.deepEqual(texts(peer.take()), ["P. 31:41 ack 1", "P. 41:51 ack 1"]);
});

test("tcp(7) TCP_CORK: only full segments leave, for 200 ms at most; MSG_MORE for one write", () => {
  const peer = new Peer();
  const { c } = peer.open(settings({ cork: true, noDelay: true }));
  write(c, 1470);
  assert.deepEqual(texts(peer.take()), [". 1:1461 ack 1"]);
  peer.send({ flags: ".", seq: 1, ack: 1461 });
  write(c, 5);
  assert.deepEqual(peer.take(), []);
  peer.pass(199_000);
  assert.deepEqual(peer.take(), []);
  peer.pass(2000);
  assert.deepEqual(texts(peer.take()), ["P. 1461:1476 ack 1"]);
  c.settings.cork = false;
  peer.send({ flags: ".", seq: 1, ack: 1476 });
  write(c, 5, WRITE_MORE);
  assert.deepEqual(peer.take(), []);
  write(c, 5);
  assert.deepEqual(texts(peer.take()), ["P. 1476:1486 ack 1"]);
});

test("§3.8.6.3 and RFC 5681 §4.2: at first every segment is acknowledged at once, then every second", () => {
  const peer = new Peer();
  const { c } = peer.open();
  let seq = 1;
  const send = (): number => {
    peer.send({ flags: ".", seq, ack: 1, length: 1460 });
    seq += 1460;
    readAll(c);
    return peer.take().length;
  };
  const quick = Array.from({ length: 16 }, send);
  assert.deepEqual(
    quick,
    Array.from({ length: 16 }, () => 1),
  );
  const later = Array.from({ length: 40 }, send).slice(-20);
  assert.equal(
    later.reduce((sum, count) => sum + count),
    10,
  );
});

test("§3.8.6.3: a delayed acknowledgement leaves within 200 ms", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.settings.quickAck = false;
  c.ack.quick = 0;
  c.ack.delayUs = 40_000;
  peer.send({ flags: ".", seq: 1, ack: 1, length: 100 });
  assert.deepEqual(peer.take(), []);
  peer.pass(200_000);
  assert.equal(segmentText(peer.one()), ". 1:1 ack 101");
});

test("an answer carries the acknowledgement", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.ack.quick = 0;
  c.ack.delayUs = 40_000;
  peer.send({ flags: ".", seq: 1, ack: 1, length: 100 });
  write(c, 10);
  assert.deepEqual(texts(peer.take()), ["P. 1:11 ack 101"]);
  peer.pass(150_000);
  assert.deepEqual(
    texts(peer.take()).filter((text) => text.startsWith(". ")),
    [],
  );
});

test("§3.8.5 and RFC 6093: urgent data is announced, and its pointer is behind the last urgent byte", () => {
  const peer = new Peer();
  const { c } = peer.open();
  write(c, 3, WRITE_URGENT);
  const segment = peer.one();
  assert.equal(segmentText(segment), "P.U 1:4 ack 1");
  assert.equal(segment.urgent, 3);
  assert.equal(c.write(pattern(2), 0, 2, 0), 2);
  peer.send({ flags: ".", seq: 1, ack: 4 });
  assert.ok(peer.take().every(({ flags }) => !flags.includes("U")));
});

test("§3.8.5: the urgent byte is read out of line, reads stop at the mark, and sockatmark tells it", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: "PU.", seq: 1, ack: 1, length: 5, urgent: 3 });
  assert.ok((c.owner as Witness).take() & URGENT);
  assert.ok(c.hasUrgent);
  assert.equal(c.readUrgent(true), 3);
  assert.equal(c.readUrgent(false), 3);
  assert.equal(c.readUrgent(false), -errno.EINVAL);
  const into = new Uint8Array(10);
  assert.ok(!c.isAtMark);
  assert.equal(c.read(into, 0, 10, 0), 2);
  assert.ok(c.isAtMark);
  assert.equal(c.read(into, 0, 10, 0), 2);
  assert.deepEqual([...into.subarray(0, 2)], [4, 5]);
});

test("SO_OOBINLINE: the urgent byte stays in the stream", () => {
  const peer = new Peer();
  const { c } = peer.open(settings({ urgentInline: true }));
  peer.send({ flags: "PU.", seq: 1, ack: 1, length: 5, urgent: 3 });
  assert.equal(c.readUrgent(false), -errno.EINVAL);
  const into = new Uint8Array(10);
  assert.equal(c.read(into, 0, 10, 0), 2);
  assert.ok(c.isAtMark);
  assert.equal(c.read(into, 0, 10, 0), 3);
  assert.deepEqual([...into.subarray(0, 3)], [3, 4, 5]);
});

test("an urgent byte that is announced and has not come is EAGAIN", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: "U.", seq: 1, ack: 1, length: 2, urgent: 5 });
  assert.ok(!c.hasUrgent);
  assert.equal(c.readUrgent(false), -errno.EAGAIN);
});

test("recv(2) MSG_PEEK and MSG_TRUNC: bytes that stay, and bytes that are dropped", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: ".", seq: 1, ack: 1, length: 5 });
  const into = new Uint8Array(5);
  assert.equal(c.read(into, 0, 2, READ_PEEK), 2);
  assert.equal(c.read(into, 0, 2, READ_DISCARD), 2);
  assert.deepEqual([...into], [1, 2, 0, 0, 0]);
  assert.equal(c.read(into, 0, 5, 0), 3);
  assert.deepEqual([...into.subarray(0, 3)], [3, 4, 5]);
});

test("poll(2): a full send buffer is not writable, until a third of it is free", () => {
  const peer = new Peer();
  const { c } = peer.open(settings({ sendBufferBytes: 9000, sendBufferFixed: true }));
  (c.owner as Witness).take();
  assert.equal(write(c, 10_000), 9000);
  assert.equal(c.writableBytes, 0);
  peer.take();
  peer.send({ flags: ".", seq: 1, ack: 1461 });
  assert.equal((c.owner as Witness).take() & WRITABLE, 0);
  peer.send({ flags: ".", seq: 1, ack: 4381 });
  assert.ok((c.owner as Witness).take() & WRITABLE);
  assert.ok(c.writableBytes > 0);
});

test("TCP_NOTSENT_LOWAT: unsent bytes make the socket unwritable", () => {
  const peer = new Peer();
  const { c } = peer.open(settings({ notSentLowWaterBytes: 1000 }));
  peer.send({ flags: ".", seq: 1, ack: 1, window: 0 });
  write(c, 1500);
  assert.equal(c.unsentBytes, 1500);
  assert.equal(c.writableBytes, 0);
});

test("the send buffer grows with the congestion window, and the receive buffer with what is read", () => {
  const peer = new Peer();
  const { c } = peer.open();
  const sendBefore = c.settings.sendBufferBytes;
  assert.equal(sendBefore, 87_040);
  c.congestion.size = 40;
  write(c, 100);
  peer.send({ flags: ".", seq: 1, ack: 101 });
  assert.equal(c.settings.sendBufferBytes, 4 * sendBefore);
  const receiveBefore = c.settings.receiveBufferBytes;
  c.receiveWindow.rttUs = 1000;
  for (let i = 0; i < 200; i++) {
    peer.send({ flags: ".", seq: 1 + i * 1460, ack: 101, length: 1460 });
    if (i % 40 !== 39) continue;
    peer.pass(2000);
    readAll(c);
  }
  assert.ok(c.settings.receiveBufferBytes > receiveBefore);
});

test("tcp(7) TCP_MAXSEG: the largest segment, both ways", () => {
  const peer = new Peer();
  const c = peer.called(settings({ maximumSegmentBytes: 700 }));
  assert.equal(peer.one().mss, 700);
  peer.send({ flags: "S.", seq: 0, ack: 1, mss: 1460 });
  assert.equal(c.mss, 700);
});
