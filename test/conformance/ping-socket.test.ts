import "./private-network.ts";
import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  controlValue,
  ICMP6_ECHO_REPLY,
  ICMP_ECHOREPLY,
  IP_RECVTTL,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  SO_PROTOCOL,
  SOCK_DGRAM,
  SOL_SOCKET,
} from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { echoRequest, readEcho } from "./icmp.ts";
import { bytes, rejectsWith, text } from "./sockets.ts";

const LOOPBACK = { family: AF_INET, address: "127.0.0.1", port: 0 } as const;
const LOOPBACK6 = { family: AF_INET6, address: "::1", port: 0 } as const;

conformance("ping sockets", (test) => {
  test("an echo request is answered, without any header of IP", { needs: ["ping"] }, async (t) => {
    const fd = t.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    assert.equal(t.kernel.getsockopt(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_ICMP);
    await t.kernel.sendto(fd, echoRequest(4, 0, 5, bytes("ping")), 0, LOOPBACK);
    const buffer = new Uint8Array(100);
    const { bytes: length, address } = await t.kernel.recvfrom(fd, buffer);
    assert.deepEqual(address, LOOPBACK);
    const echo = readEcho(buffer.subarray(0, length));
    assert.deepEqual([echo.type, echo.code, echo.sequence, text(echo.data)], [ICMP_ECHOREPLY, 0, 5, "ping"]);
  });

  test("the identifier is the socket's port", { needs: ["ping"] }, async (t) => {
    const fd = t.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    t.kernel.bind(fd, { ...LOOPBACK, port: 4711 });
    await t.kernel.connect(fd, LOOPBACK);
    await t.kernel.send(fd, echoRequest(4, 1, 1, bytes("")));
    const buffer = new Uint8Array(100);
    assert.equal(readEcho(buffer.subarray(0, await t.kernel.recv(fd, buffer))).identifier, 4711);
  });

  test("control messages tell the hops that were left", { needs: ["ping"] }, async (t) => {
    const fd = t.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_RECVTTL, true);
    await t.kernel.sendto(fd, echoRequest(4, 0, 5, bytes("ping")), 0, LOOPBACK);
    const { control } = await t.kernel.recvmsg(fd, { data: new Uint8Array(100) });
    assert.equal(controlValue(control, IPPROTO_IP, IP_TTL), 64);
  });

  test("only echo requests are sent", { needs: ["ping"] }, async (t) => {
    const fd = t.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    const reply = echoRequest(4, 0, 0, bytes(""));
    reply[0] = ICMP_ECHOREPLY;
    await rejectsWith(t.kernel.sendto(fd, reply, 0, LOOPBACK), "sendto", "EINVAL");
    await rejectsWith(t.kernel.sendto(fd, bytes("short"), 0, LOOPBACK), "sendto", "EINVAL");
  });

  test("ICMPv6 has them, too", { needs: ["ping", "ipv6"] }, async (t) => {
    const fd = t.socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
    await t.kernel.sendto(fd, echoRequest(6, 0, 6, bytes("six")), 0, LOOPBACK6);
    const buffer = new Uint8Array(100);
    const { bytes: length, address } = await t.kernel.recvfrom(fd, buffer);
    assert.deepEqual(address, LOOPBACK6);
    const echo = readEcho(buffer.subarray(0, length));
    assert.deepEqual([echo.type, echo.sequence, text(echo.data)], [ICMP6_ECHO_REPLY, 6, "six"]);
  });
});
