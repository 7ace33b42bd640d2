import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../src/stack/ip/address.ts";
import { Told, pattern, take, udp } from "./endpoints.ts";
import { ipv4, ipv6, udpDatagram, WireEnd } from "./wire-end.ts";

const A = "2001:db8::1";
const B = "2001:db8::2";
const datagram6 = udpDatagram(B, A, 5, 7, pattern(4));
const datagram4 = udpDatagram("10.0.0.2", "10.0.0.1", 5, 7, pattern(4));

/** An extension header of eight bytes. */
const extension = (next: number, ...rest: number[]): number[] => [
  next,
  0,
  ...rest,
  ...Array<number>(6 - rest.length).fill(0),
];
/** Type, code and the 32 bits behind the checksum of an ICMPv6 message. */
const icmp6 = (packet: Uint8Array | undefined): string => {
  assert.ok(packet, "no message");
  return `${packet[40]} ${packet[41]} ${new DataView(packet.buffer).getUint32(44)}`;
};

test("extension headers before the transport are read in their order: RFC 8200 §4.1", () => {
  const end = new WireEnd([`${A}/64`]);
  const server = udp(end.stack, A, 7);
  const headers = [...extension(60, 1, 4), ...extension(43, 1, 4), ...extension(60, 0, 0), ...extension(17, 1, 4)];
  assert.deepEqual(end.put(ipv6(B, A, 0, Uint8Array.from([...headers, ...datagram6]))), []);
  assert.deepEqual(take(server), pattern(4));
});

test("what is wrong with an IPv6 header is told, with where it is: RFC 8200 §4, RFC 4443 §3.4", () => {
  const put = (next: number, ...bytes: number[]): Uint8Array[] =>
    new WireEnd([`${A}/64`]).put(ipv6(B, A, next, Uint8Array.from([...bytes, ...datagram6])));
  // An unknown next header; a Hop-by-Hop header that is not the first.
  assert.equal(icmp6(put(200)[0]), "4 1 6");
  assert.equal(icmp6(put(60, ...extension(0, 1, 4), ...extension(17, 1, 4))[0]), "4 1 40");
  // A routing header that wants to be followed: its type is named.
  assert.equal(icmp6(put(43, ...extension(17, 0, 1))[0]), "4 0 42");
  // Unknown options, by the two highest bits of their type: skip, drop, report, report unless multicast.
  assert.equal(put(60, ...extension(17, 0x1e, 4)).length, 1);
  assert.equal(icmp6(put(60, ...extension(17, 0x1e, 4))[0]), "1 4 0");
  assert.deepEqual(put(60, ...extension(17, 0x5e, 4)), []);
  assert.equal(icmp6(put(60, ...extension(17, 0x9e, 4))[0]), "4 2 42");
  assert.equal(icmp6(put(60, ...extension(17, 0xde, 4))[0]), "4 2 42");
});

test("to a group only what RFC 4443 §2.4 e.3 allows is reported", () => {
  const put = (next: number, ...bytes: number[]): Uint8Array[] =>
    new WireEnd([`${A}/64`]).put(ipv6(B, "ff02::1", next, Uint8Array.from([...bytes, ...datagram6])));
  assert.deepEqual(put(200), []);
  assert.deepEqual(put(60, ...extension(17, 0xde, 4)), []);
  assert.equal(icmp6(put(60, ...extension(17, 0x9e, 4))[0]), "4 2 42");
  assert.deepEqual(put(17), []);
});

test("an unknown protocol and a closed port are unreachable: RFC 1122 §3.2.2.1", () => {
  const end = new WireEnd(["10.0.0.1/24"]);
  const type = (packets: Uint8Array[]): string => packets.map((packet) => `${packet[20]} ${packet[21]}`).join();
  assert.equal(type(end.put(ipv4("10.0.0.2", "10.0.0.1", { protocol: 200 }, pattern(8)))), "3 2");
  const [error] = end.put(ipv4("10.0.0.2", "10.0.0.1", { trafficClass: 8 }, datagram4));
  assert.ok(error);
  assert.equal(type([error]), "3 3");
  assert.equal(error[1], 0xc0, "precedence");
  assert.deepEqual(error.subarray(28), ipv4("10.0.0.2", "10.0.0.1", { trafficClass: 8 }, datagram4));
});

test("no error is sent about an error, a fragment, a broadcast, a group, or from nowhere: RFC 1122 §3.2.2", () => {
  const silent = (from: string, to: string, header: object, payload = pattern(40)): void => {
    const end = new WireEnd(["10.0.0.1/24"]);
    assert.deepEqual(end.put(ipv4(from, to, header, payload)), [], `${from} ${to}`);
    end.stack.advance(60_000_000);
    assert.equal(end.stack.context.pool.inUse, 0);
  };
  silent("10.0.0.2", "10.0.0.255", { protocol: 200 });
  silent("10.0.0.2", "255.255.255.255", { protocol: 200 });
  silent("10.0.0.2", "224.0.0.1", { protocol: 200 });
  silent("0.0.0.0", "10.0.0.1", { protocol: 200 });
  silent("127.0.0.1", "10.0.0.1", { protocol: 200 });
  silent("10.0.0.255", "10.0.0.1", { protocol: 200 });
  silent("224.0.0.1", "10.0.0.1", { protocol: 200 });
  silent("10.0.0.2", "10.0.0.1", { protocol: 200, fragmentOffset: 8 });
  silent("10.0.0.2", "10.0.0.1", { protocol: 1 }, Uint8Array.of(3, 3, 0xfc, 0xfc, 0, 0, 0, 0));
  silent("10.0.0.2", "10.9.9.9", { protocol: 200 });
});

test("packets that nobody may send are dropped: RFC 1122 §3.2.1.3, RFC 4291 §2, RFC 4942 §2.2", () => {
  const end = new WireEnd(["10.0.0.1/24", `${A}/64`]);
  const server = udp(end.stack, "::", 7);
  for (const [from, to] of [
    ["127.0.0.1", "10.0.0.1"],
    ["10.0.0.2", "127.0.0.1"],
    ["240.0.0.1", "10.0.0.1"],
    ["255.255.255.255", "10.0.0.1"],
    ["0.0.0.1", "10.0.0.1"],
  ] as const) {
    end.put(ipv4(from, to, {}, udpDatagram(from, to, 5, 7, pattern(1))));
  }
  for (const [from, to] of [
    ["::1", A],
    ["ff02::1", A],
    [B, "::1"],
    [B, "::"],
  ] as const) {
    end.put(ipv6(from, to, 17, udpDatagram(from, to, 5, 7, pattern(1))));
  }
  const mapped = ipv6(B, A, 17, datagram6);
  mapped.fill(0, 8, 18);
  mapped.set([0xff, 0xff, 10, 0, 0, 2], 18);
  end.put(mapped);
  assert.equal(server.queue.count, 0);
  assert.equal(end.stack.ip.input.counters.addressErrors, 10);
});

test("IPv4 options: a bad one is reported, a source route refused, others pass: RFC 1122 §3.2.1.8", () => {
  const end = new WireEnd(["10.0.0.1/24"]);
  const server = udp(end.stack, "10.0.0.1", 7);
  const put = (...options: number[]): Uint8Array[] =>
    end.put(ipv4("10.0.0.2", "10.0.0.1", {}, datagram4, Uint8Array.from(options)));
  const [error] = put(7, 2, 4, 0);
  assert.deepEqual([error?.[20], error?.[21], error?.[24]], [12, 0, 21]);
  assert.deepEqual(put(131, 7, 4, 10, 0, 0, 9, 0), []);
  assert.equal(server.queue.count, 0);
  assert.deepEqual(put(148, 4, 0, 0), []);
  assert.deepEqual(put(7, 7, 4, 0, 0, 0, 0, 0), []);
  assert.equal(server.queue.count, 2);
});

test("a router writes itself into Record Route and Timestamp: RFC 1812 §5.3.13", () => {
  const end = new WireEnd(["10.0.0.1/24", "10.1.0.1/24"], { forwarding: true });
  end.stack.advance(5_000_000);
  const options = Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 68, 8, 5, 0, 0, 0, 0, 0, 0);
  end.stack.ip.redirects.isSending = false;
  const [forwarded] = end.put(ipv4("10.0.0.2", "10.1.0.2", {}, datagram4, options));
  assert.ok(forwarded);
  assert.deepEqual([...forwarded.subarray(20, 27)], [7, 7, 8, 10, 0, 0, 1]);
  assert.deepEqual([...forwarded.subarray(27, 35)], [68, 8, 9, 0, 0x80, 0, 0x13, 0x88]);
  // The header's checksum is right: the packet is taken again.
  assert.equal(end.put(forwarded).length, 1);
});

test("a timestamp request is answered with a time that is not since midnight: RFC 792", () => {
  const end = new WireEnd(["10.0.0.1/24"]);
  const request = new Uint8Array(20);
  request.set([13, 0, 0xf2, 0xff, 0, 0, 0, 0]);
  const [reply] = end.put(ipv4("10.0.0.2", "10.0.0.1", { protocol: 1 }, request));
  assert.equal(reply?.[20], 14);
  assert.equal((reply?.[32] ?? 0) & 0x80, 0x80);
});

test("padding of a frame is not the packet's", () => {
  const end = new WireEnd(["10.0.0.1/24"]);
  const server = udp(end.stack, "10.0.0.1", 7);
  const packet = ipv4("10.0.0.2", "10.0.0.1", {}, datagram4);
  end.put(Uint8Array.from([...packet, 1, 2, 3, 4, 5, 6]));
  assert.deepEqual(take(server), pattern(4));
});

test("raw sockets hear whatever is for their protocol, with IPv4's header without IPv6's: raw(7), RFC 3542 §3", () => {
  const end = new WireEnd(["10.0.0.1/24", `${A}/64`]);
  const v4 = end.stack.raw.open(new Told(), 4, 200);
  const v6 = end.stack.raw.open(new Told(), 6, 200);
  assert.ok(v4 && v6);
  const packet = ipv4("10.0.0.2", "10.0.0.1", { protocol: 200 }, pattern(9));
  assert.deepEqual(end.put(packet), [], "somebody wanted it");
  assert.deepEqual(take(v4), packet);
  end.put(ipv6(B, A, 200, pattern(9)));
  assert.deepEqual(take(v6), pattern(9));
  v4.connect(IpAddress.parse("10.0.0.3"));
  assert.equal(end.put(packet).length, 1);
  assert.equal(take(v4), undefined);
  v4.disconnect();
  v4.close();
  assert.equal(end.put(packet).length, 1);
  assert.equal(end.stack.context.pool.inUse, 0);
});

test("an ICMP filter keeps types away from a raw socket: raw(7)", () => {
  const end = new WireEnd(["10.0.0.1/24"]);
  const all = end.stack.raw.open(new Told(), 4, 1);
  const some = end.stack.raw.open(new Told(), 4, 1);
  assert.ok(all && some);
  some.blockedTypes[0] = 1 << 8;
  const echo = Uint8Array.of(8, 0, 0xf7, 0xff, 0, 0, 0, 0);
  assert.equal(end.put(ipv4("10.0.0.2", "10.0.0.1", { protocol: 1 }, echo)).length, 1);
  assert.deepEqual([all.queue.count, some.queue.count], [1, 0]);
});

test("with IP_HDRINCL the program writes the header, and the stack what it left out: raw(7)", () => {
  const end = new WireEnd(["10.0.0.1/24"]);
  const raw = end.stack.raw.open(new Told(), 4, 255);
  assert.ok(raw);
  const packet = ipv4("0.0.0.0", "10.0.0.2", { protocol: 99, hopLimit: 3 }, pattern(5));
  packet.fill(0, 2, 6);
  packet.fill(0, 10, 12);
  const made = end.stack.context.pool.allocate(packet.length);
  assert.ok(made);
  made.bytes.set(packet, made.start);
  made.end = made.start + packet.length;
  assert.equal(raw.send(made, { address: IpAddress.parse("10.0.0.2"), port: 0 }), 0);
  const [sent] = end.sent;
  assert.ok(sent);
  assert.equal(IpAddress.read(new DataView(sent.buffer), 12, 4).toString(), "10.0.0.1");
  assert.equal(sent[8], 3);
  assert.equal(new DataView(sent.buffer).getUint16(2), 25);
  assert.deepEqual(sent.subarray(20), pattern(5));
});
