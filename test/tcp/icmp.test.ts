import assert from "node:assert/strict";
import { test } from "node:test";
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_SYN_SENT } from "../../src/api/constants/tcp-option.ts";
import { errno } from "../../src/api/errno.ts";
import { IpHeader } from "../../src/wire/ip-header.ts";
import { IcmpError, PACKET_TOO_BIG, SOURCE_QUENCH, UNREACHABLE } from "../../src/stack/icmp/error.ts";
import type { Connection } from "../../src/stack/tcp/connection.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { Peer } from "./peer.ts";
import { pattern } from "./program.ts";

/** An ICMP error that quotes a segment of the connection. */
function report(peer: Peer, c: Connection, sequence: number, changes: Partial<IcmpError>): void {
  const error = Object.assign(new IcmpError(), { kind: UNREACHABLE, errno: errno.EHOSTUNREACH }, changes);
  const ip = new IpHeader();
  ip.source2 = ip.destination2 = 0xffff;
  ip.source3 = c.local.w3;
  ip.destination3 = c.remote.w3;
  const packet = peer.host.pool.allocate(8);
  assert.ok(packet !== undefined);
  packet.transport = packet.start;
  packet.end = packet.start + 8;
  packet.view.setUint16(packet.start, c.localPort);
  packet.view.setUint16(packet.start + 2, c.remotePort);
  packet.view.setInt32(packet.start + 4, sequence);
  peer.host.tcp.error(error, ip, packet);
  packet.release();
}

test("tcp(7): an ICMP error ends a call that is not answered yet", () => {
  const peer = new Peer();
  const c = peer.called();
  report(peer, c, c.iss, {});
  assert.equal(c.state, TCP_CLOSE);
  assert.equal(c.takeError(), errno.EHOSTUNREACH);
});

test("RFC 5927 §4.1: an error that quotes nothing in flight is not believed", () => {
  const peer = new Peer();
  const c = peer.called();
  report(peer, c, c.iss + 5, {});
  report(peer, c, c.iss - 1, {});
  assert.equal(c.state, TCP_SYN_SENT);
});

test("RFC 9293 §3.9.2.2: in a connection an error is kept, and told when it times out", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.write(pattern(10), 0, 10, 0);
  report(peer, c, c.sndUna, {});
  assert.equal(c.state, TCP_ESTABLISHED);
  peer.pass(3000e6);
  assert.equal(c.takeError(), errno.EHOSTUNREACH);
});

test("IP_RECVERR: in a connection an error is told at once", () => {
  const peer = new Peer();
  const { c } = peer.open(Object.assign(new TcpSettings(), { receiveErrors: true }));
  c.write(pattern(10), 0, 10, 0);
  report(peer, c, c.sndUna, {});
  assert.equal(c.takeError(), errno.EHOSTUNREACH);
});

test("RFC 6633: source quench is ignored", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.write(pattern(10), 0, 10, 0);
  report(peer, c, c.sndUna, { kind: SOURCE_QUENCH });
  assert.equal(c.info().sndCwnd, 10);
  assert.equal(c.takeError(), 0);
});

test("RFC 1191 §6.4 and RFC 8201 §5.4: a packet that was too big goes again in smaller segments", () => {
  const peer = new Peer();
  const { c } = peer.open();
  c.write(pattern(2920), 0, 2920, 0);
  assert.deepEqual(
    peer.take().map(({ length }) => length),
    [1460, 1460],
  );
  report(peer, c, c.sndUna, { kind: PACKET_TOO_BIG, info: 1000, errno: errno.EMSGSIZE });
  assert.deepEqual(
    peer.take().map(({ seq, length }) => [seq, length]),
    [
      [1, 960],
      [961, 960],
      [1921, 960],
      [2881, 40],
    ],
  );
});
