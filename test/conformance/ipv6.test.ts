import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Inet6Address,
} from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import {
  ANY_PORT,
  ANY_PORT6,
  bytes,
  datagramSocket,
  listener,
  portOf,
  receiveAll,
  tcpPair,
  text,
  throwsWith,
} from "./sockets.ts";

const EVERYWHERE: Inet6Address = { family: AF_INET6, address: "::", port: 0 };

conformance("IPv6", (test) => {
  test("a connection over ::1 has IPv6 names", { needs: ["ipv6"] }, async (t) => {
    const [client, server] = await tcpPair(t, ANY_PORT6);
    const name = t.kernel.getsockname(client);
    assert.deepEqual(name, { ...ANY_PORT6, port: portOf(name) });
    assert.deepEqual(t.kernel.getpeername(server), name);
    await t.kernel.send(client, bytes("six"));
    assert.equal(text(await receiveAll(t, server, 3)), "six");
  });

  test("datagrams over ::1 tell their sender", { needs: ["ipv6"] }, async (t) => {
    const one = datagramSocket(t, ANY_PORT6);
    const other = datagramSocket(t, ANY_PORT6);
    await t.kernel.sendto(one.fd, bytes("hi"), 0, other.address);
    const buffer = new Uint8Array(8);
    assert.deepEqual(await t.kernel.recvfrom(other.fd, buffer), { bytes: 2, address: one.address });
  });

  test("a dual-stack listener takes IPv4 callers by their mapped addresses", { needs: ["ipv6"] }, async (t) => {
    const fd = t.socket(AF_INET6, SOCK_STREAM);
    t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, false);
    t.kernel.bind(fd, EVERYWHERE);
    t.kernel.listen(fd);
    const port = portOf(t.kernel.getsockname(fd));
    const client = t.socket(AF_INET, SOCK_STREAM);
    await t.kernel.connect(client, { ...ANY_PORT, port });
    const accepted = await t.kernel.accept(fd);
    t.own(accepted.fd);
    const from = portOf(t.kernel.getsockname(client));
    assert.deepEqual(accepted.address, { family: AF_INET6, address: "::ffff:127.0.0.1", port: from });
    assert.deepEqual(t.kernel.getsockname(accepted.fd), { family: AF_INET6, address: "::ffff:127.0.0.1", port });
    await t.kernel.connect(t.socket(AF_INET6, SOCK_STREAM), { ...ANY_PORT6, port });
    t.own((await t.kernel.accept(fd)).fd);
  });

  test("an IPv6 socket calls an IPv4 listener by its mapped address", { needs: ["ipv6"] }, async (t) => {
    const { fd, address } = listener(t);
    const client = t.socket(AF_INET6, SOCK_STREAM);
    const mapped = { family: AF_INET6, address: "::ffff:127.0.0.1", port: portOf(address) } as const;
    await t.kernel.connect(client, mapped);
    assert.deepEqual(t.kernel.getpeername(client), mapped);
    const accepted = await t.kernel.accept(fd);
    t.own(accepted.fd);
    assert.deepEqual(accepted.address, { ...ANY_PORT, port: portOf(t.kernel.getsockname(client)) });
  });

  test("IPV6_V6ONLY leaves the port to IPv4, and its callers", { needs: ["ipv6"] }, async (t) => {
    const [six, four] = [t.socket(AF_INET6, SOCK_STREAM), t.socket(AF_INET, SOCK_STREAM)];
    // Another program may have the port on IPv4; this socket has it before it is looked at.
    t.kernel.bind(four, { family: AF_INET, address: "0.0.0.0", port: 0 });
    const port = portOf(t.kernel.getsockname(four));
    t.kernel.setsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, true);
    t.kernel.bind(six, { ...EVERYWHERE, port });
    t.kernel.listen(six);
    const client = t.socket(AF_INET, SOCK_STREAM);
    await assert.rejects(t.kernel.connect(client, { ...ANY_PORT, port }), { code: "ECONNREFUSED" });
    t.kernel.listen(four);
    await t.kernel.connect(client, { ...ANY_PORT, port });
  });

  test("a dual-stack listener takes the port of IPv4 too", { needs: ["ipv6"] }, (t) => {
    const fd = t.socket(AF_INET6, SOCK_STREAM);
    t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, false);
    t.kernel.bind(fd, EVERYWHERE);
    t.kernel.listen(fd);
    const port = portOf(t.kernel.getsockname(fd));
    const four = t.socket(AF_INET, SOCK_STREAM);
    throwsWith(() => t.kernel.bind(four, { family: AF_INET, address: "0.0.0.0", port }), "bind", "EADDRINUSE");
  });

  test("a V6ONLY socket cannot call a mapped address", { needs: ["ipv6"] }, async (t) => {
    const { address } = listener(t);
    const client = t.socket(AF_INET6, SOCK_STREAM);
    t.kernel.setsockopt(client, IPPROTO_IPV6, IPV6_V6ONLY, true);
    const mapped = { family: AF_INET6, address: "::ffff:127.0.0.1", port: portOf(address) } as const;
    await assert.rejects(t.kernel.connect(client, mapped), {
      code: "ENETUNREACH",
      syscall: "connect",
      address: "::ffff:127.0.0.1",
      port: portOf(address),
      message: `connect ENETUNREACH [::ffff:127.0.0.1]:${portOf(address)}`,
    });
  });

  test(
    "a mapped datagram arrives at an IPv4 socket, whose answer comes from a mapped address",
    { needs: ["ipv6"] },
    async (t) => {
      const four = datagramSocket(t);
      const six = t.socket(AF_INET6, SOCK_DGRAM);
      const mapped = { family: AF_INET6, address: "::ffff:127.0.0.1", port: portOf(four.address) } as const;
      await t.kernel.sendto(six, bytes("?"), 0, mapped);
      const buffer = new Uint8Array(8);
      const { address } = await t.kernel.recvfrom(four.fd, buffer);
      assert.deepEqual(address, { ...ANY_PORT, port: portOf(t.kernel.getsockname(six)) });
      await t.kernel.sendto(four.fd, bytes("!"), 0, address);
      assert.deepEqual((await t.kernel.recvfrom(six, buffer)).address, mapped);
    },
  );

  test("a link-local address without its interface cannot be bound", { needs: ["ipv6"] }, (t) => {
    const fd = t.socket(AF_INET6, SOCK_STREAM);
    throwsWith(() => t.kernel.bind(fd, { family: AF_INET6, address: "fe80::1", port: 0 }), "bind", "EINVAL");
  });

  test("an IPv4 address cannot be bound to an IPv6 socket", { needs: ["ipv6"] }, (t) => {
    throwsWith(() => t.kernel.bind(t.socket(AF_INET6, SOCK_STREAM), ANY_PORT), "bind", "EINVAL");
  });
});
