import assert from "node:assert/strict";
import { test } from "node:test";
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_SYN_RECV, TCP_SYN_SENT } from "../../src/api/constants/tcp-option.ts";
import { errno } from "../../src/api/errno.ts";
import { CONNECTED, FAILED } from "../../src/stack/tcp/connection-owner.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { Peer, segmentText, texts } from "./peer.ts";
import { listenOn, type Witness } from "./program.ts";

test("§3.5 figure 6: the three-way handshake of an active open, with Linux's options", () => {
  const peer = new Peer();
  const c = peer.called();
  const syn = peer.one();
  assert.equal(syn.flags, "S");
  assert.equal(syn.mss, 1460);
  assert.equal(syn.scale, 7);
  assert.equal(syn.window, 64240);
  assert.ok(syn.sackPermitted);
  assert.equal(syn.timestamp?.[1], 0);
  assert.equal(c.state, TCP_SYN_SENT);
  peer.send({ flags: "S.", seq: 0, ack: 1, mss: 1000, window: 1000 });
  assert.equal(segmentText(peer.one()), ". 1:1 ack 1");
  assert.equal(c.state, TCP_ESTABLISHED);
  assert.ok((c.owner as Witness).take() & CONNECTED);
  assert.equal(c.mss, 1000);
  assert.equal(c.sndWnd, 1000);
});

test("§3.5 figure 6: the three-way handshake of a passive open", () => {
  const peer = new Peer();
  const listener = listenOn(peer.host);
  peer.send({ flags: "S", seq: 0, window: 1000, mss: 1400 });
  const answer = peer.one();
  assert.equal(segmentText(answer), "S. 0:0 ack 1");
  assert.equal(answer.scale, undefined);
  assert.equal(answer.timestamp, undefined);
  assert.equal(answer.window, 64240);
  assert.equal(listener.acceptable, 0);
  peer.send({ flags: ".", seq: 1, ack: 1, window: 1000 });
  assert.deepEqual(peer.take(), []);
  assert.equal(listener.accept()?.state, TCP_ESTABLISHED);
});

test("§3.5 figure 7: a simultaneous open", () => {
  const peer = new Peer();
  const c = peer.called();
  peer.take();
  peer.send({ flags: "S", seq: 0, mss: 1460, window: 1000 });
  assert.equal(c.state, TCP_SYN_RECV);
  assert.equal(segmentText(peer.one()), "S. 0:0 ack 1");
  peer.send({ flags: ".", seq: 1, ack: 1, window: 1000 });
  assert.equal(c.state, TCP_ESTABLISHED);
});

test("§3.5 figure 8: an old duplicate SYN-ACK is reset, and the attempt goes on", () => {
  const peer = new Peer();
  const c = peer.called();
  peer.take();
  peer.send({ flags: "S.", seq: 90, ack: 77 });
  assert.equal(segmentText(peer.one()), "R 77:77");
  assert.equal(c.state, TCP_SYN_SENT);
  peer.send({ flags: "S.", seq: 0, ack: 1 });
  assert.equal(c.state, TCP_ESTABLISHED);
});

test("§3.5.2: a segment for nobody is reset, with numbers that are acceptable to its sender", () => {
  const peer = new Peer();
  peer.iss = 0;
  peer.send({ flags: ".", seq: 5, ack: 900 });
  assert.equal(segmentText(peer.one()), "R 900:900");
  peer.send({ flags: "S", seq: 5, length: 3 });
  assert.equal(segmentText(peer.one()), "R. 0:0 ack 9");
  peer.send({ flags: "R", seq: 5 });
  assert.deepEqual(peer.take(), []);
});

test("§3.10.7.3: a reset with an acceptable acknowledgement refuses the connection; without one it is ignored", () => {
  const peer = new Peer();
  const c = peer.called();
  peer.take();
  peer.send({ flags: "R", seq: 0 });
  assert.equal(c.state, TCP_SYN_SENT);
  peer.send({ flags: "R.", seq: 0, ack: 50 });
  assert.equal(c.state, TCP_SYN_SENT);
  peer.send({ flags: "R.", seq: 0, ack: 1 });
  assert.equal(c.state, TCP_CLOSE);
  assert.ok((c.owner as Witness).take() & FAILED);
  assert.equal(c.takeError(), errno.ECONNREFUSED);
  assert.equal(c.takeError(), 0);
});

test("§3.10.7.2: a listener resets an acknowledgement, ignores a reset, and drops a SYN with a FIN", () => {
  const peer = new Peer();
  peer.iss = 0;
  const listener = listenOn(peer.host);
  peer.send({ flags: ".", seq: 1, ack: 33 });
  assert.equal(segmentText(peer.one()), "R 33:33");
  peer.send({ flags: "R", seq: 1 });
  peer.send({ flags: "SF", seq: 1 });
  peer.send({ flags: "", seq: 1 });
  assert.deepEqual(peer.take(), []);
  assert.equal(listener.pending, 0);
});

const giveUp = {
  "§3.8.3: the SYN is sent again after 1, 3, 7, 15, 31 and 63 seconds, and given up after 127": {
    synLinearTimeouts: 0,
    resent: [1, 3, 7, 15, 31, 63],
    givenUpS: 127,
  },
  "as Linux has it, the first four timeouts of a SYN do not back off": {
    synLinearTimeouts: 4,
    resent: [1, 2, 3, 4, 5, 7, 11, 19, 35, 67],
    givenUpS: 131,
  },
};
for (const [name, { synLinearTimeouts, resent, givenUpS }] of Object.entries(giveUp))
  void test(name, () => {
    const peer = new Peer();
    const c = peer.called(Object.assign(new TcpSettings(), { synLinearTimeouts }));
    const startUs = peer.nowUs;
    peer.take();
    for (const seconds of resent) {
      peer.pass(startUs + seconds * 1e6 - peer.nowUs);
      assert.deepEqual(texts(peer.take()), ["S 0:0"], `${seconds} s`);
    }
    peer.pass(startUs + (givenUpS - 0.1) * 1e6 - peer.nowUs);
    assert.equal(c.state, TCP_SYN_SENT);
    peer.pass(200_000);
    assert.equal(c.takeError(), errno.ETIMEDOUT);
    assert.deepEqual(peer.take(), []);
  });

test("tcp(7) TCP_SYNCNT: as long as so many retransmissions take, the SYN is sent again", () => {
  const peer = new Peer();
  const c = peer.called(Object.assign(new TcpSettings(), { synRetries: 2 }));
  peer.pass(6.9e6);
  assert.equal(c.state, TCP_SYN_SENT);
  peer.pass(0.2e6);
  // The first, and one each second to the fifth; the next would leave at the seventh, when it is over.
  assert.equal(peer.take().length, 6);
  assert.equal(c.takeError(), errno.ETIMEDOUT);
});

test("the SYN-ACK is sent again five times, and then the handshake is forgotten", () => {
  const peer = new Peer();
  const listener = listenOn(peer.host);
  peer.send({ flags: "S", seq: 0 });
  peer.pass(62e6);
  assert.equal(peer.take().length, 6);
  assert.equal(listener.pending, 1);
  peer.pass(3e6);
  assert.equal(listener.pending, 0);
  assert.equal(peer.host.tcp.pairs.size, 0);
});

test("a SYN that comes again is answered again, with the same numbers", () => {
  const peer = new Peer();
  listenOn(peer.host);
  peer.send({ flags: "S", seq: 0 });
  const { iss } = peer;
  peer.send({ flags: "S", seq: 0 });
  assert.deepEqual(texts(peer.take()), ["S. 0:0 ack 1", "S. 0:0 ack 1"]);
  assert.equal(peer.iss, iss);
});

test("§3.10.7.4: in SYN-RECEIVED an unacceptable acknowledgement is reset, and a reset ends the handshake", () => {
  const peer = new Peer();
  const listener = listenOn(peer.host);
  peer.send({ flags: "S", seq: 0 });
  peer.take();
  peer.send({ flags: ".", seq: 1, ack: 70 });
  assert.equal(segmentText(peer.one()), "R 70:70");
  assert.equal(listener.pending, 1);
  peer.send({ flags: "R", seq: 1 });
  assert.equal(listener.pending, 0);
});

test("§3.7.1: without an MSS option a segment holds 536 bytes", () => {
  const peer = new Peer();
  const { c } = peer.open(new TcpSettings(), { mss: -1 });
  assert.equal(c.mss, 536);
});

test("§3.10.7.3: data in the SYN-ACK is acknowledged and read", () => {
  const peer = new Peer();
  const c = peer.called();
  peer.take();
  peer.send({ flags: "S.", seq: 0, ack: 1, length: 4 });
  assert.equal(peer.take().at(-1)?.ack, 5);
  assert.equal(c.readableBytes, 4);
});
