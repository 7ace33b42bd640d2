import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpAddress } from "../../stack/ip/address.ts";
import { type Packet, PacketPool } from "../../stack/packet.ts";
import { ICMPV4_ECHO, ICMPV4_ECHO_REPLY, ICMPV4_UNREACHABLE, sealIcmpv4, verifyIcmpv4 } from "../../wire/icmpv4.ts";
import { IpHeader, isFragment, pseudoHeaderSumOf } from "../../wire/ip-header.ts";
import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ip-protocol.ts";
import { emitIpv4, parseIpv4 } from "../../wire/ipv4.ts";
import { OK } from "../../wire/reason.ts";
import { emitTcp, sealTcp, verifyTcp } from "../../wire/tcp.ts";
import { TCP_ACK, TCP_RST, TCP_SYN, TcpHeader } from "../../wire/tcp-header.ts";
import { emitUdp, sealUdp, UdpHeader, verifyUdp } from "../../wire/udp.ts";
import type { NatOptions } from "./behaviour.ts";
import { FILTERED, Nat, NO_PORT, UNKNOWN_ERROR, UNKNOWN_FRAGMENT, UNSOLICITED } from "./nat.ts";
import { SessionView } from "./session-view.ts";

const OUTSIDE = "203.0.113.1";
const HOST = "192.168.1.2";
const OTHER = "192.168.1.3";
const REMOTE = "198.51.100.7";
const STRANGER = "198.51.100.8";
const SECOND = 1_000_000;

const pool = new PacketPool();
const word = (text: string): number => IpAddress.parse(text).w3;
const text = (address: number): string => IpAddress.v4(address).toString();

/** A generator whose next words are known: 0, 1, 2, … */
function counting() {
  let next = 0;
  return { uint32: () => next++, fill: (bytes: Uint8Array) => void bytes.fill(0) };
}

function makeNat(options: NatOptions = {}): Nat {
  return new Nat(word(OUTSIDE), counting(), options);
}

interface Sent {
  readonly protocol: number;
  readonly from: string;
  readonly fromPort?: number;
  readonly to: string;
  readonly toPort?: number;
  readonly flags?: number;
  readonly icmpType?: number;
  readonly payload?: Uint8Array;
  /** Without a checksum, as UDP may be. */
  readonly unsummed?: boolean;
  readonly identification?: number;
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
}

function send(sent: Sent): Packet {
  const packet = pool.allocate(1500);
  assert(packet);
  const payload = sent.payload ?? new TextEncoder().encode("hello");
  const { view } = packet;
  const ip = new IpHeader();
  ip.protocol = sent.protocol;
  ip.hopLimit = 64;
  ip.source3 = word(sent.from);
  ip.destination3 = word(sent.to);
  ip.source2 = ip.destination2 = 0xffff;
  ip.identification = sent.identification ?? 1;
  ip.fragmentOffset = sent.fragmentOffset ?? 0;
  ip.moreFragments = sent.moreFragments ?? false;
  const headerBytes = { [PROTOCOL_TCP]: 20, [PROTOCOL_UDP]: 8, [PROTOCOL_ICMP]: 8 }[sent.protocol] ?? 0;
  packet.network = packet.start;
  const transport = emitIpv4(view, packet.start, ip, headerBytes + payload.length);
  packet.end = transport + headerBytes + payload.length;
  packet.bytes.set(payload, transport + headerBytes);
  ip.payloadStart = transport;
  ip.payloadEnd = packet.end;
  const sourcePort = sent.fromPort ?? 0;
  const destinationPort = sent.toPort ?? 0;
  if (sent.protocol === PROTOCOL_UDP) {
    emitUdp(view, transport, Object.assign(new UdpHeader(), { sourcePort, destinationPort }), payload.length);
    if (!sent.unsummed) sealUdp(view, transport, packet.end, pseudoHeaderSumOf(ip));
  } else if (sent.protocol === PROTOCOL_TCP) {
    const flags = sent.flags ?? TCP_ACK;
    emitTcp(view, transport, Object.assign(new TcpHeader(), { sourcePort, destinationPort, flags }));
    sealTcp(view, transport, packet.end, pseudoHeaderSumOf(ip));
  } else {
    const type = sent.icmpType ?? ICMPV4_ECHO;
    view.setUint32(transport, type << 24);
    view.setUint32(transport + 4, (type === ICMPV4_ECHO ? sourcePort : destinationPort) << 16);
    sealIcmpv4(view, transport, packet.end);
  }
  return packet;
}

const udp = (from: string, fromPort: number, to: string, toPort: number, more: Partial<Sent> = {}): Packet =>
  send({ protocol: PROTOCOL_UDP, from, fromPort, to, toPort, ...more });
const tcp = (from: string, fromPort: number, to: string, toPort: number, flags: number): Packet =>
  send({ protocol: PROTOCOL_TCP, from, fromPort, to, toPort, flags });

/** Both ends of a packet, whose checksums are right. */
function ends(packet: Packet): string {
  const ip = new IpHeader();
  assert.equal(parseIpv4(packet.view, packet.network, packet.end, ip), OK, "the checksum of IPv4");
  const view = new SessionView().read(packet.view, packet.network, packet.end);
  if (!isFragment(ip)) assert(isSumRight(packet, ip), "the checksum of the transport");
  const [source, destination] = [IpAddress.sourceOf(ip), IpAddress.destinationOf(ip)];
  return `${source.toString()}:${view.sourcePort} > ${destination.toString()}:${view.destinationPort}`;
}

function isSumRight({ view }: Packet, ip: IpHeader): boolean {
  const { payloadStart, payloadEnd } = ip;
  if (ip.protocol === PROTOCOL_UDP) return verifyUdp(view, payloadStart, payloadEnd, pseudoHeaderSumOf(ip));
  if (ip.protocol === PROTOCOL_TCP) return verifyTcp(view, payloadStart, payloadEnd, pseudoHeaderSumOf(ip));
  return verifyIcmpv4(view, payloadStart, payloadEnd);
}

/** An ICMP error from `from` that quotes a packet. */
function errorAbout(quoted: Packet, from: string, to: string): Packet {
  const payload = quoted.bytes.slice(quoted.network, quoted.network + 28);
  return send({ protocol: PROTOCOL_ICMP, from, to, icmpType: ICMPV4_UNREACHABLE, payload });
}

/** What an ICMP error quotes. */
function quotedEnds(packet: Packet): string {
  const outer = new SessionView().read(packet.view, packet.network, packet.end);
  const { source, sourcePort, destination, destinationPort } = outer.readQuoted(new SessionView());
  return `${text(source)}:${sourcePort} > ${text(destination)}:${destinationPort}`;
}

describe("a network address translator", () => {
  for (const protocol of [PROTOCOL_UDP, PROTOCOL_TCP]) {
    it(`gives a session of protocol ${protocol} its outside address, and the answer the way back`, () => {
      const nat = makeNat();
      const question = send({ protocol, from: HOST, fromPort: 5000, to: REMOTE, toPort: 53, flags: TCP_SYN });
      assert.equal(nat.outbound(question, 0), undefined);
      assert.equal(ends(question), `${OUTSIDE}:5000 > ${REMOTE}:53`);
      const answer = send({ protocol, from: REMOTE, fromPort: 53, to: OUTSIDE, toPort: 5000 });
      assert.equal(nat.inbound(answer, 0), undefined);
      assert.equal(ends(answer), `${REMOTE}:53 > ${HOST}:5000`);
    });
  }

  it("translates the identifier of a ping", () => {
    const nat = makeNat();
    for (const [i, host] of [HOST, OTHER].entries()) {
      const question = send({ protocol: PROTOCOL_ICMP, from: host, fromPort: 77, to: REMOTE });
      assert.equal(nat.outbound(question, 0), undefined);
      const outside = i === 0 ? 77 : 1024;
      assert.equal(ends(question), `${OUTSIDE}:${outside} > ${REMOTE}:0`);
      const answer = send({
        protocol: PROTOCOL_ICMP,
        from: REMOTE,
        to: OUTSIDE,
        toPort: outside,
        icmpType: ICMPV4_ECHO_REPLY,
      });
      assert.equal(nat.inbound(answer, 0), undefined);
      assert.equal(ends(answer), `${REMOTE}:0 > ${host}:77`);
    }
  });

  it("keeps a datagram without a checksum without one", () => {
    const nat = makeNat();
    const packet = udp(HOST, 5000, REMOTE, 53, { unsummed: true });
    nat.outbound(packet, 0);
    assert.equal(packet.view.getUint16(packet.network + 26), 0);
  });

  it("gives the second host another port when both want the same", () => {
    const nat = makeNat();
    nat.outbound(udp(HOST, 5000, REMOTE, 53), 0);
    const second = udp(OTHER, 5000, REMOTE, 53);
    nat.outbound(second, 0);
    assert.equal(ends(second), `${OUTSIDE}:1024 > ${REMOTE}:53`);
  });

  it("says so when no port is left", () => {
    const nat = makeNat({ ports: [2000, 2001], preservePorts: false });
    assert.equal(nat.outbound(udp(HOST, 1, REMOTE, 53), 0), undefined);
    assert.equal(nat.outbound(udp(HOST, 2, REMOTE, 53), 0), undefined);
    assert.equal(nat.outbound(udp(HOST, 3, REMOTE, 53), 0), NO_PORT);
    assert.equal(nat.outbound(udp(HOST, 3, REMOTE, 53), 301 * SECOND), undefined, "the old ones have expired");
  });

  it("lets nobody in who was not asked", () => {
    assert.equal(makeNat().inbound(udp(STRANGER, 53, OUTSIDE, 5000), 0), UNSOLICITED);
  });

  it("lets a ping of its own address through to its stack", () => {
    const ping = send({ protocol: PROTOCOL_ICMP, from: STRANGER, fromPort: 9, to: OUTSIDE });
    assert.equal(makeNat().inbound(ping, 0), undefined);
    assert.equal(ends(ping), `${STRANGER}:9 > ${OUTSIDE}:0`);
  });

  const kinds = [
    ["full-cone", undefined, undefined, undefined],
    ["address-restricted", undefined, undefined, FILTERED],
    ["port-restricted", undefined, FILTERED, FILTERED],
  ] as const;
  for (const [kind, fromRemote, fromOtherPort, fromStranger] of kinds) {
    it(`${kind}: one mapping for all, and in comes who may`, () => {
      const nat = makeNat({ kind });
      nat.outbound(udp(HOST, 5000, REMOTE, 53), 0);
      const second = udp(HOST, 5000, REMOTE, 54);
      nat.outbound(second, 0);
      assert.equal(ends(second), `${OUTSIDE}:5000 > ${REMOTE}:54`);
      assert.equal(nat.inbound(udp(REMOTE, 53, OUTSIDE, 5000), 0), fromRemote);
      assert.equal(nat.inbound(udp(REMOTE, 99, OUTSIDE, 5000), 0), fromOtherPort);
      assert.equal(nat.inbound(udp(STRANGER, 53, OUTSIDE, 5000), 0), fromStranger);
    });
  }

  it("symmetric: a mapping for each whom it speaks to", () => {
    const nat = makeNat({ kind: "symmetric" });
    nat.outbound(udp(HOST, 5000, REMOTE, 53), 0);
    const second = udp(HOST, 5000, STRANGER, 53);
    nat.outbound(second, 0);
    assert.equal(ends(second), `${OUTSIDE}:1024 > ${STRANGER}:53`);
    assert.equal(nat.inbound(udp(STRANGER, 53, OUTSIDE, 5000), 0), FILTERED);
    assert.equal(nat.inbound(udp(STRANGER, 53, OUTSIDE, 1024), 0), undefined);
  });

  it("forgets an unused mapping, and not a used one", () => {
    const nat = makeNat({ udpTimeoutMs: 1000 });
    nat.outbound(udp(HOST, 5000, REMOTE, 53), 0);
    assert.equal(nat.inbound(udp(REMOTE, 53, OUTSIDE, 5000), 0.9 * SECOND), undefined);
    assert.equal(nat.inbound(udp(REMOTE, 53, OUTSIDE, 5000), 1.8 * SECOND), undefined);
    assert.equal(nat.inbound(udp(REMOTE, 53, OUTSIDE, 5000), 2.9 * SECOND), UNSOLICITED);
  });

  it("keeps an established connection for two hours, and one that was reset for minutes", () => {
    const nat = makeNat();
    nat.outbound(tcp(HOST, 5000, REMOTE, 80, TCP_SYN), 0);
    nat.inbound(tcp(REMOTE, 80, OUTSIDE, 5000, TCP_SYN | TCP_ACK), 0);
    nat.outbound(tcp(HOST, 5000, REMOTE, 80, TCP_ACK), 0);
    assert.equal(nat.inbound(tcp(REMOTE, 80, OUTSIDE, 5000, TCP_ACK), 7000 * SECOND), undefined);
    nat.inbound(tcp(REMOTE, 80, OUTSIDE, 5000, TCP_RST), 7000 * SECOND);
    assert.equal(nat.inbound(tcp(REMOTE, 80, OUTSIDE, 5000, TCP_ACK), 7241 * SECOND), UNSOLICITED);
  });

  it("turns round what an inside host sends to another's outside endpoint", () => {
    const nat = makeNat({ kind: "full-cone" });
    nat.outbound(udp(OTHER, 6000, REMOTE, 53), 0);
    const packet = udp(HOST, 5000, OUTSIDE, 6000);
    assert.equal(nat.fromInside(packet, 0), undefined);
    assert.equal(ends(packet), `${OUTSIDE}:5000 > ${OTHER}:6000`);
    const answer = udp(OTHER, 6000, OUTSIDE, 5000);
    assert.equal(nat.fromInside(answer, 0), undefined);
    assert.equal(ends(answer), `${OUTSIDE}:6000 > ${HOST}:5000`);
    const without = makeNat({ kind: "full-cone", hairpin: false });
    without.outbound(udp(OTHER, 6000, REMOTE, 53), 0);
    assert.equal(without.fromInside(udp(HOST, 5000, OUTSIDE, 6000), 0), UNSOLICITED);
  });

  it("forwards a port that was set up, also for the answers", () => {
    const nat = makeNat();
    nat.forwardPort(PROTOCOL_TCP, 80, word(HOST), 8080);
    const packet = tcp(STRANGER, 4000, OUTSIDE, 80, TCP_SYN);
    assert.equal(nat.inbound(packet, 0), undefined);
    assert.equal(ends(packet), `${STRANGER}:4000 > ${HOST}:8080`);
    const answer = tcp(HOST, 8080, STRANGER, 4000, TCP_SYN | TCP_ACK);
    assert.equal(nat.outbound(answer, 0), undefined);
    assert.equal(ends(answer), `${OUTSIDE}:80 > ${STRANGER}:4000`);
  });

  it("translates what an ICMP error quotes, both ways", () => {
    const nat = makeNat();
    const question = udp(HOST, 5000, REMOTE, 53);
    nat.outbound(question, 0);
    const errorIn = errorAbout(question, STRANGER, OUTSIDE);
    assert.equal(nat.inbound(errorIn, 0), undefined);
    assert.equal(quotedEnds(errorIn), `${HOST}:5000 > ${REMOTE}:53`);
    assert.match(ends(errorIn), /> 192\.168\.1\.2:/);
    const answer = udp(REMOTE, 53, OUTSIDE, 5000);
    nat.inbound(answer, 0);
    const errorOut = errorAbout(answer, HOST, REMOTE);
    assert.equal(nat.outbound(errorOut, 0), undefined);
    assert.equal(quotedEnds(errorOut), `${REMOTE}:53 > ${OUTSIDE}:5000`);
    assert.match(ends(errorOut), /^203\.0\.113\.1:/);
    assert.equal(nat.inbound(errorAbout(udp(OUTSIDE, 1, REMOTE, 2), STRANGER, OUTSIDE), 0), UNKNOWN_ERROR);
  });

  it("sends the later fragments of a datagram after the first", () => {
    const nat = makeNat();
    nat.outbound(udp(HOST, 5000, REMOTE, 53, { moreFragments: true, identification: 9 }), 0);
    const later = udp(HOST, 0, REMOTE, 0, { fragmentOffset: 8, identification: 9 });
    assert.equal(nat.outbound(later, 0), undefined);
    assert.match(ends(later), /^203\.0\.113\.1:/);
    const unknown = udp(HOST, 0, REMOTE, 0, { fragmentOffset: 8, identification: 10 });
    assert.equal(nat.outbound(unknown, 0), UNKNOWN_FRAGMENT);
    nat.inbound(udp(REMOTE, 53, OUTSIDE, 5000, { moreFragments: true, identification: 3 }), 0);
    const answer = udp(REMOTE, 0, OUTSIDE, 0, { fragmentOffset: 8, identification: 3 });
    assert.equal(nat.inbound(answer, 0), undefined);
    assert.match(ends(answer), /> 192\.168\.1\.2:/);
  });

  it("leaves what the translator itself says as it is, and lets the answers in", () => {
    const nat = makeNat();
    const own = udp(OUTSIDE, 7000, REMOTE, 53);
    assert.equal(nat.outbound(own, 0), undefined);
    assert.equal(ends(own), `${OUTSIDE}:7000 > ${REMOTE}:53`);
    assert.equal(nat.inbound(udp(REMOTE, 53, OUTSIDE, 7000), 0), undefined);
    const host = udp(HOST, 7000, REMOTE, 53);
    nat.outbound(host, 0);
    assert.equal(ends(host), `${OUTSIDE}:1024 > ${REMOTE}:53`);
  });

  it("refuses options that are none", () => {
    assert.throws(() => makeNat({ kind: "conical" as never }), { code: "ERR_INVALID_ARG_VALUE", message: /full-cone/ });
    assert.throws(() => makeNat({ ports: [0, 10] }), { code: "ERR_OUT_OF_RANGE" });
    assert.throws(() => makeNat({ udpTimeoutMs: 0 }), { code: "ERR_OUT_OF_RANGE", message: /udpTimeoutMs/ });
  });
});
