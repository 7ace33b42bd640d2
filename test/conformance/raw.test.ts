import "./private-network.ts";
import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  ICMP6_ECHO_REPLY,
  ICMP6_ECHO_REQUEST,
  ICMP6_FILTER,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_FILTER,
  IP_HDRINCL,
  IP_PROTOCOL,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_RAW,
  IPPROTO_UDP,
  IPV6_CHECKSUM,
  MSG_DONTWAIT,
  SOCK_RAW,
  SOL_ICMPV6,
  SOL_RAW,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { checksum, echoRequest, header4, readEcho, readPacket4, type Echo } from "./icmp.ts";
import { bytes, datagramSocket, portOf, rejectsWith, text, throwsWith } from "./sockets.ts";

const LOOPBACK = { family: AF_INET, address: "127.0.0.1", port: 0 } as const;
const LOOPBACK6 = { family: AF_INET6, address: "::1", port: 0 } as const;
/** A protocol number for experiments, RFC 3692. */
const EXPERIMENT = 253;

/** Receives until the message is this conversation's: a raw socket hears everybody's. */
async function receiveEcho(t: Context, fd: number, version: 4 | 6, wanted: Partial<Echo>): Promise<Uint8Array> {
  const buffer = new Uint8Array(2048);
  for (;;) {
    const { bytes: length } = await t.kernel.recvfrom(fd, buffer);
    const packet = buffer.slice(0, length);
    const echo = readEcho(version === 4 ? readPacket4(packet).payload : packet);
    if (echo.type === wanted.type && echo.identifier === wanted.identifier) return packet;
  }
}

conformance("raw sockets", (test) => {
  test("an echo request is answered, and received with its IP header", { needs: ["raw"] }, async (t) => {
    const fd = t.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    const identifier = process.pid & 0xffff;
    assert.equal(await t.kernel.sendto(fd, echoRequest(4, identifier, 7, bytes("are you there?")), 0, LOOPBACK), 22);
    const packet = readPacket4(await receiveEcho(t, fd, 4, { type: ICMP_ECHOREPLY, identifier }));
    assert.deepEqual(
      [packet.version, packet.totalLength, packet.protocol, packet.source, packet.destination],
      [4, 42, IPPROTO_ICMP, "127.0.0.1", "127.0.0.1"],
    );
    assert.equal(checksum(packet.header), 0, "the header's checksum is right");
    assert.equal(checksum(packet.payload), 0, "the message's, too");
    const { code, sequence, data } = readEcho(packet.payload);
    assert.deepEqual([code, sequence, text(data)], [0, 7, "are you there?"]);
  });

  test("the address tells the source, and its port is 0", { needs: ["raw"] }, async (t) => {
    const fd = t.socket(AF_INET, SOCK_RAW, EXPERIMENT);
    t.kernel.bind(fd, { ...LOOPBACK, address: "127.0.0.5" });
    await t.kernel.sendto(fd, bytes("x"), 0, { ...LOOPBACK, address: "127.0.0.5" });
    const { bytes: length, address } = await t.kernel.recvfrom(fd, new Uint8Array(100));
    assert.equal(length, 21);
    assert.deepEqual(address, { family: AF_INET, address: "127.0.0.5", port: 0 });
  });

  test("ICMP_FILTER passes replies alone", { needs: ["raw"] }, async (t) => {
    const filtered = t.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    t.kernel.setsockopt(filtered, SOL_RAW, ICMP_FILTER, { pass: [ICMP_ECHOREPLY] });
    const { block } = t.kernel.getsockopt(filtered, SOL_RAW, ICMP_FILTER);
    assert.ok(block.includes(ICMP_ECHO) && !block.includes(ICMP_ECHOREPLY));
    const identifier = (process.pid + 1) & 0xffff;
    for (const sequence of [1, 2]) {
      await t.kernel.sendto(filtered, echoRequest(4, identifier, sequence, bytes("")), 0, LOOPBACK);
    }
    for (const sequence of [1, 2]) {
      const buffer = new Uint8Array(100);
      const length = await t.kernel.recv(filtered, buffer);
      const echo = readEcho(readPacket4(buffer.subarray(0, length)).payload);
      assert.deepEqual([echo.type, echo.sequence], [ICMP_ECHOREPLY, sequence]);
    }
  });

  test("IP_HDRINCL: the program writes the header, the kernel what it leaves 0", { needs: ["raw"] }, async (t) => {
    const receiver = datagramSocket(t);
    const fd = t.socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_HDRINCL, true);
    const data = bytes("by hand");
    const udp = new Uint8Array(8 + data.length);
    const view = new DataView(udp.buffer);
    view.setUint16(0, 4242);
    view.setUint16(2, portOf(receiver.address));
    view.setUint16(4, udp.length);
    udp.set(data, 8);
    const fields = { protocol: IPPROTO_UDP, timeToLive: 3, source: "127.0.0.77", destination: "127.0.0.1" };
    await t.kernel.sendmsg(fd, { data: [header4(fields), udp], address: LOOPBACK });
    const buffer = new Uint8Array(100);
    const { bytes: length, address } = await t.kernel.recvfrom(receiver.fd, buffer);
    assert.equal(text(buffer, length), "by hand");
    assert.deepEqual(address, { family: AF_INET, address: "127.0.0.77", port: 4242 });
    const packet = new Uint8Array(100);
    const seen = readPacket4(packet.subarray(0, await t.kernel.recv(fd, packet)));
    assert.deepEqual([seen.timeToLive, seen.totalLength, checksum(seen.header)], [3, 35, 0]);
  });

  test("IPPROTO_RAW sends with headers, and receives nothing", { needs: ["raw"] }, async (t) => {
    const fd = t.socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    assert.equal(t.kernel.getsockopt(fd, IPPROTO_IP, IP_HDRINCL), true);
    assert.equal(t.kernel.getsockopt(fd, IPPROTO_IP, IP_PROTOCOL), IPPROTO_RAW);
    const receiver = t.socket(AF_INET, SOCK_RAW, EXPERIMENT);
    const fields = { protocol: EXPERIMENT, timeToLive: 64, source: "127.0.0.1", destination: "127.0.0.1" };
    await t.kernel.sendto(fd, Buffer.concat([header4(fields), bytes("hi")]), 0, LOOPBACK);
    assert.equal(await t.kernel.recv(receiver, new Uint8Array(100)), 22);
    await rejectsWith(t.kernel.recv(fd, new Uint8Array(1), MSG_DONTWAIT), "recv", "EAGAIN");
    await rejectsWith(t.kernel.sendto(fd, bytes("short"), 0, LOOPBACK), "sendto", "EINVAL");
  });

  test("a connected raw socket hears its peer alone", { needs: ["raw"] }, async (t) => {
    const fd = t.socket(AF_INET, SOCK_RAW, EXPERIMENT);
    await t.kernel.connect(fd, { ...LOOPBACK, address: "127.0.0.6" });
    const [peer, other] = ["127.0.0.6", "127.0.0.7"].map((address) => {
      const sender = t.socket(AF_INET, SOCK_RAW, EXPERIMENT);
      t.kernel.bind(sender, { ...LOOPBACK, address });
      t.kernel.setsockopt(sender, IPPROTO_IP, IP_TTL, 9);
      return sender;
    }) as [number, number];
    const { address: here } = t.kernel.getsockname(fd) as { address: string };
    await t.kernel.sendto(other, bytes("no"), 0, { ...LOOPBACK, address: here });
    await t.kernel.sendto(peer, bytes("yes"), 0, { ...LOOPBACK, address: here });
    const buffer = new Uint8Array(100);
    const packet = readPacket4(buffer.subarray(0, await t.kernel.recv(fd, buffer)));
    assert.deepEqual([text(packet.payload), packet.timeToLive], ["yes", 9]);
  });

  test("ICMPv6 is received without its header, its checksum is the kernel's", { needs: ["raw", "ipv6"] }, async (t) => {
    const fd = t.socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    t.kernel.setsockopt(fd, SOL_ICMPV6, ICMP6_FILTER, { pass: [ICMP6_ECHO_REPLY] });
    const { block } = t.kernel.getsockopt(fd, SOL_ICMPV6, ICMP6_FILTER);
    assert.equal(block.length, 255);
    const identifier = process.pid & 0xffff;
    await t.kernel.sendto(fd, echoRequest(6, identifier, 9, bytes("v6")), 0, LOOPBACK6);
    const reply = await receiveEcho(t, fd, 6, { type: ICMP6_ECHO_REPLY, identifier });
    assert.deepEqual([readEcho(reply).sequence, text(readEcho(reply).data)], [9, "v6"]);
    const loopback = new Uint8Array(16);
    loopback[15] = 1;
    const pseudo = Uint8Array.of(0, 0, 0, reply.length, 0, 0, 0, IPPROTO_ICMPV6); // RFC 8200 section 8.1
    assert.equal(checksum(loopback, loopback, pseudo, reply), 0);
  });

  test("an ICMP6_FILTER that blocks a type passes the others", { needs: ["raw", "ipv6"] }, async (t) => {
    const fd = t.socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    t.kernel.setsockopt(fd, SOL_ICMPV6, ICMP6_FILTER, { block: [ICMP6_ECHO_REPLY] });
    const identifier = (process.pid + 2) & 0xffff;
    await t.kernel.sendto(fd, echoRequest(6, identifier, 1, bytes("")), 0, LOOPBACK6);
    const request = await receiveEcho(t, fd, 6, { type: ICMP6_ECHO_REQUEST, identifier });
    assert.equal(readEcho(request).type, ICMP6_ECHO_REQUEST);
    await rejectsWith(t.kernel.recv(fd, new Uint8Array(100), MSG_DONTWAIT), "recv", "EAGAIN");
  });

  test("IPV6_CHECKSUM has the kernel write and check the sum", { needs: ["raw", "ipv6"] }, async (t) => {
    const checked = t.socket(AF_INET6, SOCK_RAW, EXPERIMENT);
    const plain = t.socket(AF_INET6, SOCK_RAW, EXPERIMENT);
    assert.equal(t.kernel.getsockopt(plain, IPPROTO_IPV6, IPV6_CHECKSUM), -1);
    t.kernel.setsockopt(checked, IPPROTO_IPV6, IPV6_CHECKSUM, 2);
    await t.kernel.sendto(plain, bytes("no sum"), 0, LOOPBACK6);
    await t.kernel.sendto(checked, Uint8Array.of(1, 2, 0, 0, 5, 6), 0, LOOPBACK6);
    const buffer = new Uint8Array(100);
    assert.equal(text(buffer, await t.kernel.recv(plain, buffer)), "no sum");
    assert.equal(await t.kernel.recv(plain, buffer), 6);
    assert.notDeepEqual(buffer.subarray(2, 4), new Uint8Array(2), "the sum was written");
    assert.equal(await t.kernel.recv(checked, buffer), 6, "what has no right sum is dropped before");
    assert.deepEqual([...buffer.subarray(0, 2), ...buffer.subarray(4, 6)], [1, 2, 5, 6]);
  });

  test("errors: a raw stream, an odd offset, the checksum of ICMPv6", { needs: ["raw", "ipv6"] }, (t) => {
    throwsWith(() => t.kernel.socket(AF_INET, SOCK_RAW, 0), "socket", "EPROTONOSUPPORT");
    const fd = t.socket(AF_INET6, SOCK_RAW, EXPERIMENT);
    throwsWith(() => t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, 3), "setsockopt", "EINVAL");
    const icmp = t.socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    throwsWith(() => t.kernel.setsockopt(icmp, IPPROTO_IPV6, IPV6_CHECKSUM, 2), "setsockopt", "EINVAL");
    throwsWith(() => t.kernel.setsockopt(fd, SOL_ICMPV6, ICMP6_FILTER, { block: [1] }), "setsockopt", "EOPNOTSUPP");
  });
});
