import assert from "node:assert/strict";
import { test } from "node:test";
import {
  TCP_CLOSE,
  TCP_CLOSE_WAIT,
  TCP_CLOSING,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_LAST_ACK,
} from "../../src/api/constants/tcp-option.ts";
import { errno } from "../../src/api/errno.ts";
import { DRAINED, ENDED, FAILED } from "../../src/stack/tcp/connection-owner.ts";
import { TIME_WAIT_US } from "../../src/stack/tcp/time-wait.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { Peer, segmentText, texts } from "./peer.ts";
import { pattern, type Witness } from "./program.ts";

test("§3.6 figure 12: an active close, and TIME-WAIT for 60 seconds", () => {
  const peer = new Peer();
  const { c, listener } = peer.open();
  listener.close();
  c.close();
  assert.equal(segmentText(peer.one()), "F. 1:1 ack 1");
  assert.equal(c.state, TCP_FIN_WAIT1);
  peer.send({ flags: ".", seq: 1, ack: 2 });
  assert.equal(c.state, TCP_FIN_WAIT2);
  peer.send({ flags: "F.", seq: 1, ack: 2 });
  assert.equal(segmentText(peer.one()), ". 2:2 ack 2");
  assert.equal(peer.host.tcp.timeWaits.size, 1);
  peer.pass(TIME_WAIT_US - 1000);
  assert.equal(peer.host.tcp.timeWaits.size, 1);
  peer.pass(2000);
  assert.equal(peer.host.tcp.pairs.size, 0);
  assert.equal(peer.host.timers.size, 0);
});

test("§3.6 figure 12: a passive close", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: "F.", seq: 1, ack: 1 });
  assert.equal(segmentText(peer.one()), ". 1:1 ack 2");
  assert.equal(c.state, TCP_CLOSE_WAIT);
  assert.ok((c.owner as Witness).take() & ENDED);
  c.close();
  assert.equal(segmentText(peer.one()), "F. 1:1 ack 2");
  assert.equal(c.state, TCP_LAST_ACK);
  peer.send({ flags: ".", seq: 2, ack: 2 });
  assert.equal(c.state, TCP_CLOSE);
  assert.equal(peer.host.tcp.pairs.size, 0);
});

test("§3.6 figure 13: a simultaneous close", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.shutdownSend();
  assert.equal(segmentText(peer.one()), "F. 1:1 ack 1");
  peer.send({ flags: "F.", seq: 1, ack: 1 });
  assert.equal(segmentText(peer.one()), ". 2:2 ack 2");
  assert.equal(c.state, TCP_CLOSING);
  peer.send({ flags: ".", seq: 2, ack: 2 });
  assert.equal(c.state, TCP_CLOSE);
  assert.equal(peer.host.tcp.timeWaits.size, 1);
  assert.ok((c.owner as Witness).take() & DRAINED);
});

test("§3.6: a FIN that acknowledges ours goes straight to TIME-WAIT", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.shutdownSend();
  peer.take();
  peer.send({ flags: "F.", seq: 1, ack: 2 });
  assert.equal(segmentText(peer.one()), ". 2:2 ack 2");
  assert.equal(peer.host.tcp.timeWaits.size, 1);
});

test("§3.6 half-close: after our FIN the peer's data is still read, and acknowledged", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.shutdownSend();
  peer.send({ flags: ".", seq: 1, ack: 2 });
  peer.take();
  peer.send({ flags: ".", seq: 1, ack: 2, length: 10 });
  assert.equal(segmentText(peer.one()), ". 2:2 ack 11");
  assert.equal(c.readableBytes, 10);
  assert.equal(c.write(pattern(1), 0, 1, 0), -errno.EPIPE);
});

test("§3.6 half-close: after the peer's FIN our data still goes", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: "F.", seq: 1, ack: 1 });
  peer.take();
  assert.equal(c.write(pattern(5), 0, 5, 0), 5);
  assert.equal(segmentText(peer.one()), "P. 1:6 ack 2");
});

test("the FIN rides on the last data", () => {
  const peer = new Peer();
  const { c } = peer.open(Object.assign(new TcpSettings(), { noDelay: true }));
  c.settings.cork = true;
  c.write(pattern(5), 0, 5, 0);
  assert.deepEqual(peer.take(), []);
  c.shutdownSend();
  assert.equal(segmentText(peer.one()), "FP. 1:6 ack 1");
});

test("§3.6.1: data for a program that has closed is answered by a reset", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.close();
  peer.send({ flags: ".", seq: 1, ack: 2 });
  peer.take();
  peer.send({ flags: ".", seq: 1, ack: 2, length: 5 });
  assert.equal(segmentText(peer.one()), "R 2:2");
  assert.equal(peer.host.tcp.pairs.size, 0);
});

test("RFC 2525 §2.17: closing with unread data resets", () => {
  const peer = new Peer();
  const { c } = peer.open();
  peer.send({ flags: ".", seq: 1, ack: 1, length: 5 });
  peer.take();
  c.close();
  assert.equal(segmentText(peer.one()), "R. 1:1 ack 6");
  assert.equal(peer.host.tcp.pairs.size, 0);
});

test("§3.10.5: an abort resets", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.abort();
  assert.equal(segmentText(peer.one()), "R. 1:1 ack 1");
  assert.equal(c.state, TCP_CLOSE);
});

test("tcp_fin_timeout: an orphan leaves FIN-WAIT-2 after 60 seconds, or what TCP_LINGER2 says", () => {
  for (const seconds of [60, 5]) {
    const peer = new Peer();
    const { c } = peer.open(Object.assign(new TcpSettings(), { finWait2S: seconds }));
    c.close();
    peer.send({ flags: ".", seq: 1, ack: 2 });
    peer.take();
    peer.pass(seconds * 1e6 - 1000);
    assert.equal(c.state, TCP_FIN_WAIT2);
    peer.pass(2000);
    assert.equal(c.state, TCP_CLOSE);
    assert.deepEqual(peer.take(), []);
  }
});

test("a connection that only stopped sending stays in FIN-WAIT-2", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.shutdownSend();
  peer.send({ flags: ".", seq: 1, ack: 2 });
  peer.pass(600e6);
  assert.equal(c.state, TCP_FIN_WAIT2);
});

test("§3.10.7.4: in TIME-WAIT the peer's FIN is acknowledged again, and the wait begins anew", () => {
  const peer = new Peer();
  const { c, listener } = peer.open();
  listener.close();
  c.close();
  peer.send({ flags: "F.", seq: 1, ack: 2 });
  peer.take();
  peer.pass(50e6);
  peer.send({ flags: "F.", seq: 1, ack: 2 });
  assert.equal(segmentText(peer.one()), ". 2:2 ack 2");
  peer.pass(50e6);
  assert.equal(peer.host.tcp.timeWaits.size, 1);
  peer.pass(11e6);
  assert.equal(peer.host.tcp.timeWaits.size, 0);
});

test("RFC 1337: a reset does not end TIME-WAIT", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.close();
  peer.send({ flags: "F.", seq: 1, ack: 2 });
  peer.take();
  peer.send({ flags: "R", seq: 2 });
  assert.equal(peer.host.tcp.timeWaits.size, 1);
});

test("RFC 6191 and §3.10.7.4: a SYN that is newer takes a pair out of TIME-WAIT; an older one is acknowledged", () => {
  const peer = new Peer();
  const { c, listener } = peer.open();
  c.close();
  peer.send({ flags: "F.", seq: 1, ack: 2 });
  peer.take();
  peer.send({ flags: "S", seq: -5 });
  assert.equal(segmentText(peer.one()), ". 2:2 ack 2");
  assert.equal(peer.host.tcp.timeWaits.size, 1);
  peer.send({ flags: "S", seq: 100_000, mss: 1460 });
  assert.equal(segmentText(peer.one()), "S. 0:0 ack 100001");
  assert.equal(peer.host.tcp.timeWaits.size, 0);
  peer.send({ flags: ".", seq: 100_001, ack: 1 });
  assert.equal(listener.accept()?.state, TCP_ESTABLISHED);
});

test("RFC 6191: a call from the same pair may end TIME-WAIT after a second, when both had timestamps", () => {
  const peer = new Peer();
  const c = peer.called();
  peer.take();
  peer.send({ flags: "S.", seq: 0, ack: 1, timestamp: [7, 0] });
  c.close();
  peer.send({ flags: "F.", seq: 1, ack: 2, timestamp: [8, 0] });
  assert.equal(peer.host.tcp.timeWaits.size, 1);
  assert.ok(peer.host.tcp.isPairInUse(peer.host.address, 4000, peer.address, 80));
  assert.throws(() => peer.called(), /connect: -99/);
  peer.pass(1_100_000);
  assert.ok(!peer.host.tcp.isPairInUse(peer.host.address, 4000, peer.address, 80));
  assert.equal(peer.called().state, 2);
});

test("a reset in ESTABLISHED is ECONNRESET, in CLOSE-WAIT EPIPE", () => {
  for (const [closeFirst, code] of [
    [false, errno.ECONNRESET],
    [true, errno.EPIPE],
  ] as const) {
    const peer = new Peer();
    const { c } = peer.open();
    if (closeFirst) peer.send({ flags: "F.", seq: 1, ack: 1 });
    peer.send({ flags: "R", seq: closeFirst ? 2 : 1 });
    assert.ok((c.owner as Witness).take() & FAILED);
    assert.equal(c.takeError(), code);
    assert.equal(peer.host.tcp.pairs.size, 0);
  }
});

test("a listener that closes resets who waits for accept, and forgets handshakes", () => {
  const peer = new Peer();
  const { listener } = peer.open();
  peer.peerPort = 6000;
  peer.send({ flags: "S", seq: 0 });
  peer.send({ flags: ".", seq: 1, ack: 1 });
  peer.peerPort = 6001;
  peer.send({ flags: "S", seq: 0 });
  peer.take();
  assert.equal(listener.acceptable, 1);
  listener.close();
  assert.deepEqual(
    texts(peer.take()).map((text) => text.slice(0, 2)),
    ["R."],
  );
  assert.equal(peer.host.tcp.pairs.size, 1);
});
