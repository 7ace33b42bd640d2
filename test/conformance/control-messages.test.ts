import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  controlValue,
  IP_PKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  SO_RCVBUF,
  SO_RXQ_OVFL,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  SOL_SOCKET,
  UDP_GRO,
  UDP_SEGMENT,
  type ControlMessage,
  type Inet4Address,
  type Inet6Address,
  type ReceivedMessage,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, datagramSocket, portOf, rejectsWith, text, unixPair } from "./sockets.ts";

const ANY: Inet4Address = { family: AF_INET, address: "0.0.0.0", port: 0 };
const ANY6: Inet6Address = { family: AF_INET6, address: "::", port: 0 };

/** A bound socket that hears any address, and the loopback address by which it is reached. */
function receiver(t: Context, family: number): { fd: number; address: Inet4Address | Inet6Address } {
  const { fd, address } = datagramSocket(t, family === AF_INET ? ANY : ANY6);
  const port = portOf(address);
  return {
    fd,
    address: family === AF_INET ? { ...ANY, address: "127.0.0.1", port } : { ...ANY6, address: "::1", port },
  };
}

/** Sends one datagram with these control messages, and receives it. */
async function exchange(
  t: Context,
  to: { fd: number; address: Inet4Address | Inet6Address },
  control: ControlMessage[] = [],
): Promise<ReceivedMessage> {
  const sender = t.socket(to.address.family, SOCK_DGRAM);
  await t.kernel.sendmsg(sender, { data: bytes("x"), address: to.address, control });
  return t.kernel.recvmsg(to.fd, { data: new Uint8Array(8) });
}

/** Nanoseconds of this machine's clock. */
function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** The time lies between the two, give or take what the clocks' units differ by. */
function isBetween(before: bigint, timeNs: bigint | undefined, after: bigint): void {
  assert.ok(timeNs !== undefined, "there is a time");
  assert.ok(timeNs >= before - 10_000_000n && timeNs <= after + 10_000_000n, `${before} <= ${timeNs} <= ${after}`);
}

conformance("control messages", (test) => {
  test("none is asked for, none comes", {}, async (t) => {
    assert.deepEqual((await exchange(t, receiver(t, AF_INET))).control, []);
  });

  test("IP_PKTINFO tells the address that was called, and answers from it", {}, async (t) => {
    const { fd, address } = receiver(t, AF_INET);
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_PKTINFO, true);
    const called = { ...address, address: "127.0.0.42" } as Inet4Address;
    const client = t.socket(AF_INET, SOCK_DGRAM);
    await t.kernel.sendto(client, bytes("?"), 0, called);
    const { control, address: caller } = await t.kernel.recvmsg(fd, { data: new Uint8Array(1) });
    const info = controlValue(control, IPPROTO_IP, IP_PKTINFO);
    const interfaceIndex = t.kernel.if_nametoindex("lo");
    assert.deepEqual(info, { interfaceIndex, localAddress: "127.0.0.42", address: "127.0.0.42" });
    await t.kernel.sendmsg(fd, { data: bytes("!"), address: caller, control });
    assert.deepEqual((await t.kernel.recvfrom(client, new Uint8Array(1))).address, called);
  });

  test("IPV6_PKTINFO tells the address that was called, and answers from it", { needs: ["ipv6"] }, async (t) => {
    const { fd, address } = receiver(t, AF_INET6);
    t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, true);
    const client = t.socket(AF_INET6, SOCK_DGRAM);
    await t.kernel.sendto(client, bytes("?"), 0, address);
    const { control, address: caller } = await t.kernel.recvmsg(fd, { data: new Uint8Array(1) });
    const interfaceIndex = t.kernel.if_nametoindex("lo");
    assert.deepEqual(controlValue(control, IPPROTO_IPV6, IPV6_PKTINFO), { address: "::1", interfaceIndex });
    await t.kernel.sendmsg(fd, { data: bytes("!"), address: caller, control });
    assert.deepEqual((await t.kernel.recvfrom(client, new Uint8Array(1))).address, address);
  });

  test("a source address that is not the machine's is refused", { needs: ["ipv6"] }, async (t) => {
    const four = { interfaceIndex: 0, localAddress: "192.0.2.1", address: "0.0.0.0" };
    const from4 = [{ level: IPPROTO_IP, type: IP_PKTINFO, value: four }];
    // EINVAL before Linux 6.16
    await assert.rejects(exchange(t, receiver(t, AF_INET), from4), {
      code: /^(EINVAL|ENETUNREACH)$/,
      syscall: "sendmsg",
    });
    const six = { interfaceIndex: 0, address: "2001:db8::1" };
    const from6 = [{ level: IPPROTO_IPV6, type: IPV6_PKTINFO, value: six }];
    await rejectsWith(exchange(t, receiver(t, AF_INET6), from6), "sendmsg", "EINVAL");
  });

  test("IP_TTL and IP_TOS are one packet's, and are told", {}, async (t) => {
    const to = receiver(t, AF_INET);
    t.kernel.setsockopt(to.fd, IPPROTO_IP, IP_RECVTTL, true);
    t.kernel.setsockopt(to.fd, IPPROTO_IP, IP_RECVTOS, true);
    const { control } = await exchange(t, to, [
      { level: IPPROTO_IP, type: IP_TTL, value: 33 },
      { level: IPPROTO_IP, type: IP_TOS, value: 0x28 },
    ]);
    assert.equal(controlValue(control, IPPROTO_IP, IP_TTL), 33);
    assert.equal(controlValue(control, IPPROTO_IP, IP_TOS), 0x28);
    const plain = await exchange(t, to);
    assert.equal(controlValue(plain.control, IPPROTO_IP, IP_TTL), 64);
    assert.equal(controlValue(plain.control, IPPROTO_IP, IP_TOS), 0);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    t.kernel.setsockopt(sender, IPPROTO_IP, IP_TTL, 5);
    await t.kernel.sendto(sender, bytes("x"), 0, to.address);
    const own = await t.kernel.recvmsg(to.fd, { data: new Uint8Array(1) });
    assert.equal(controlValue(own.control, IPPROTO_IP, IP_TTL), 5, "the socket's own");
  });

  test("IPV6_HOPLIMIT and IPV6_TCLASS are one packet's, and are told", { needs: ["ipv6"] }, async (t) => {
    const to = receiver(t, AF_INET6);
    t.kernel.setsockopt(to.fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, true);
    t.kernel.setsockopt(to.fd, IPPROTO_IPV6, IPV6_RECVTCLASS, true);
    const { control } = await exchange(t, to, [
      { level: IPPROTO_IPV6, type: IPV6_HOPLIMIT, value: 44 },
      { level: IPPROTO_IPV6, type: IPV6_TCLASS, value: 0x68 },
    ]);
    assert.equal(controlValue(control, IPPROTO_IPV6, IPV6_HOPLIMIT), 44);
    assert.equal(controlValue(control, IPPROTO_IPV6, IPV6_TCLASS), 0x68);
  });

  test("a dual-stack socket tells of IPv4 packets in IPv6's words", { needs: ["ipv6"] }, async (t) => {
    const { fd, address } = receiver(t, AF_INET6);
    t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, true);
    await t.kernel.sendto(t.socket(AF_INET, SOCK_DGRAM), bytes("x"), 0, {
      family: AF_INET,
      address: "127.0.0.3",
      port: address.port,
    });
    const { control } = await t.kernel.recvmsg(fd, { data: new Uint8Array(1) });
    assert.equal(controlValue(control, IPPROTO_IPV6, IPV6_PKTINFO)?.address, "::ffff:127.0.0.3");
  });

  test("SO_TIMESTAMP and SO_TIMESTAMPNS stamp what arrives", {}, async (t) => {
    for (const option of [SO_TIMESTAMP, SO_TIMESTAMPNS] as const) {
      const to = receiver(t, AF_INET);
      t.kernel.setsockopt(to.fd, SOL_SOCKET, option, true);
      const before = nowNs();
      const { control } = await exchange(t, to);
      isBetween(before, controlValue(control, SOL_SOCKET, option), nowNs());
    }
  });

  test("SO_TIMESTAMPING gives the software's time, and no hardware's", {}, async (t) => {
    const to = receiver(t, AF_INET);
    const flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    t.kernel.setsockopt(to.fd, SOL_SOCKET, SO_TIMESTAMPING, flags);
    const before = nowNs();
    let stamps: { readonly softwareNs: bigint; readonly hardwareNs: bigint } | undefined;
    // The kernel begins to take the time of packets a moment after the first socket has asked for it.
    while ((stamps?.softwareNs ?? 0n) === 0n) {
      const { control } = await exchange(t, to);
      stamps = controlValue(control, SOL_SOCKET, SO_TIMESTAMPING);
    }
    isBetween(before, stamps?.softwareNs, nowNs());
    assert.equal(stamps?.hardwareNs, 0n);
  });

  test("UDP_SEGMENT cuts one send into datagrams", {}, async (t) => {
    const { fd, address } = receiver(t, AF_INET);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    const data = bytes("aaaaabbbbbcc");
    const control = [{ level: IPPROTO_UDP, type: UDP_SEGMENT, value: 5 }];
    assert.equal(await t.kernel.sendmsg(sender, { data, address, control }), 12);
    const received: string[] = [];
    const buffer = new Uint8Array(100);
    for (let count = 0; count < 3; count += 1) received.push(text(buffer, await t.kernel.recv(fd, buffer)));
    assert.deepEqual(received, ["aaaaa", "bbbbb", "cc"]);
    await rejectsWith(t.kernel.recv(fd, buffer, MSG_DONTWAIT), "recv", "EAGAIN");
    // udp(7): at most 64 datagrams (128 since Linux 6.9), each as small as its header allows.
    const many = { data: new Uint8Array(200), address, control: [{ ...control[0], value: 1 } as ControlMessage] };
    await rejectsWith(t.kernel.sendmsg(sender, many), "sendmsg", "EINVAL");
  });

  test("UDP_GRO gives what was cut in one piece, and the size of the cuts", {}, async (t) => {
    const { fd, address } = receiver(t, AF_INET);
    t.kernel.setsockopt(fd, IPPROTO_UDP, UDP_GRO, true);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    t.kernel.setsockopt(sender, IPPROTO_UDP, UDP_SEGMENT, 1000);
    await t.kernel.sendto(sender, new Uint8Array(4500), 0, address);
    const { bytes: length, control } = await t.kernel.recvmsg(fd, { data: new Uint8Array(65_536) });
    assert.equal(length, 4500);
    assert.equal(controlValue(control, IPPROTO_UDP, UDP_GRO), 1000);
  });

  test("SO_RXQ_OVFL tells how many datagrams had no room", {}, async (t) => {
    const { fd, address } = receiver(t, AF_INET);
    t.kernel.setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, true);
    t.kernel.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, 1);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    for (let count = 0; count < 20; count += 1) await t.kernel.sendto(sender, new Uint8Array(1000), 0, address);
    let kept = 0;
    const buffer = { data: new Uint8Array(1000) };
    for (; await t.kernel.recvmsg(fd, buffer, MSG_DONTWAIT).catch(() => undefined); kept += 1);
    assert.ok(kept < 20, `${kept} kept`);
    await t.kernel.sendto(sender, new Uint8Array(1), 0, address);
    const { control } = await t.kernel.recvmsg(fd, buffer);
    assert.equal(controlValue(control, SOL_SOCKET, SO_RXQ_OVFL), 20 - kept);
  });

  test("bytes are taken and given for any kind", {}, async (t) => {
    const to = receiver(t, AF_INET);
    t.kernel.setsockopt(to.fd, IPPROTO_IP, IP_RECVTTL, true);
    const value = new Uint8Array(Int32Array.of(21).buffer);
    const { control } = await exchange(t, to, [{ level: IPPROTO_IP, type: IP_TTL, value }]);
    assert.equal(controlValue(control, IPPROTO_IP, IP_TTL), 21);
  });

  test("what has no room is cut, and MSG_CTRUNC tells", {}, async (t) => {
    const { fd, address } = receiver(t, AF_INET);
    for (const option of [IP_PKTINFO, IP_RECVTTL] as const) t.kernel.setsockopt(fd, IPPROTO_IP, option, true);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    // IP_PKTINFO takes 32 bytes, IP_TTL 24 behind them.
    for (const [controlBytes, count] of [
      [0, 0],
      [15, 0],
      [31, 1],
      [32, 1],
      [56, 2],
    ] as const) {
      await t.kernel.sendto(sender, bytes("x"), 0, address);
      const { control, flags } = await t.kernel.recvmsg(fd, { data: new Uint8Array(1), controlBytes });
      assert.equal(control.filter(({ value }) => !(value instanceof Uint8Array)).length, count);
      assert.equal(flags & MSG_CTRUNC, count === 2 ? 0 : MSG_CTRUNC);
    }
  });

  test("malformed control messages are refused by the kernel, and nothing is sent", { needs: ["unix"] }, async (t) => {
    const to = receiver(t, AF_INET);
    const malformed: ControlMessage[] = [
      { level: IPPROTO_IP, type: IP_TTL, value: new Uint8Array(3) },
      { level: IPPROTO_IP, type: IP_TTL, value: 256 },
      { level: IPPROTO_IP, type: 4242, value: new Uint8Array(4) },
      { level: SOL_SOCKET, type: 4242, value: new Uint8Array(4) },
      { level: IPPROTO_UDP, type: UDP_SEGMENT, value: new Uint8Array(4) },
    ];
    for (const message of malformed) await rejectsWith(exchange(t, to, [message]), "sendmsg", "EINVAL");
    await rejectsWith(t.kernel.recv(to.fd, new Uint8Array(1), MSG_DONTWAIT), "recv", "EAGAIN");
    const [one] = unixPair(t);
    const unknown = [{ level: SOL_SOCKET, type: 4242, value: new Uint8Array(4) }];
    await rejectsWith(t.kernel.sendmsg(one, { data: bytes("x"), control: unknown }), "sendmsg", "EINVAL");
  });

  test("a wrong value is refused before the call", {}, async (t) => {
    const to = receiver(t, AF_INET);
    const wrong = [{ level: IPPROTO_IP, type: IP_TTL, value: "64" as unknown as number }];
    await assert.rejects(exchange(t, to, wrong), {
      code: "ERR_INVALID_ARG_TYPE",
      message: /"message\.control\[0\]\.value"/,
    });
  });
});
