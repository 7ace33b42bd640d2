import { ip, isPrivate } from "./private-network.ts";
import assert from "node:assert/strict";
import {
  AF_INET6,
  controlValue,
  IPPROTO_IPV6,
  IPV6_FL_A_GET,
  IPV6_FL_F_CREATE,
  IPV6_FL_S_EXCL,
  IPV6_FLOWINFO,
  IPV6_FLOWINFO_SEND,
  IPV6_FLOWLABEL_MGR,
  IPV6_PKTINFO,
  IPV6_RECVPKTINFO,
  IPV6_UNICAST_IF,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SO_BINDTODEVICE,
  SO_BINDTOIFINDEX,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type Inet6Address,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, datagramSocket, listener, portOf, rejectsWith, text, throwsWith } from "./sockets.ts";

// Two interfaces with one and the same address each: only the scope tells them apart.
if (isPrivate) {
  ip("link add one type veth peer name two");
  for (const name of ["one", "two"]) {
    ip(`link set ${name} addrgenmode none`);
    ip(`link set ${name} up`);
    ip(`addr add fe80::1/64 dev ${name} nodad`);
  }
}

function linkLocal(t: Context, name: string, port = 0): Inet6Address {
  return { family: AF_INET6, address: "fe80::1", port, scopeId: t.kernel.if_nametoindex(name) };
}

/** A lease of a flow label for ::1: RFC 3542 leaves it to the system, Linux asks for it so. */
function leaseLabel(t: Context, fd: number, label: number): void {
  t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, {
    destination: "::1",
    label,
    action: IPV6_FL_A_GET,
    share: IPV6_FL_S_EXCL,
    flags: IPV6_FL_F_CREATE,
  });
}

conformance("scopes and flows of IPv6", (test) => {
  test("the same address and port on two interfaces are two sockets", { needs: ["namespaces", "ipv6"] }, async (t) => {
    const one = datagramSocket(t, linkLocal(t, "one"));
    const two = datagramSocket(t, linkLocal(t, "two", portOf(one.address)));
    assert.deepEqual(two.address, linkLocal(t, "two", portOf(one.address)));
    for (const [{ fd, address }, word] of [
      [one, "to one"],
      [two, "to two"],
    ] as const) {
      await t.kernel.sendto(fd, bytes(word), 0, address);
      const buffer = new Uint8Array(10);
      assert.deepEqual(await t.kernel.recvfrom(fd, buffer), { bytes: 6, address }, "the sender's scope is told");
      assert.equal(text(buffer, 6), word);
    }
  });

  test("a stream connects within a scope", { needs: ["namespaces", "ipv6"] }, async (t) => {
    const { fd, address } = listener(t, linkLocal(t, "two"));
    const client = t.socket(AF_INET6, SOCK_STREAM);
    await t.kernel.connect(client, address);
    const { fd: server, address: peer } = await t.kernel.accept(fd);
    t.own(server);
    assert.deepEqual(peer, t.kernel.getsockname(client));
    assert.equal((peer as Inet6Address).scopeId, t.kernel.if_nametoindex("two"));
    assert.deepEqual(t.kernel.getpeername(client), address);
  });

  test("without its interface a link-local address is nowhere", { needs: ["namespaces", "ipv6"] }, async (t) => {
    const { scopeId: _, ...unscoped } = linkLocal(t, "one", 9);
    const fd = t.socket(AF_INET6, SOCK_DGRAM);
    throwsWith(() => t.kernel.bind(fd, unscoped), "bind", "EINVAL");
    throwsWith(() => t.kernel.bind(fd, { ...unscoped, scopeId: 999_999 }), "bind", "ENODEV");
    await rejectsWith(t.kernel.sendto(fd, bytes("x"), 0, { ...unscoped, scopeId: 999_999 }), "sendto", "ENETUNREACH");
  });

  test("a socket tied to an interface needs no scope", { needs: ["namespaces", "ipv6"] }, async (t) => {
    const receiver = datagramSocket(t, linkLocal(t, "two"));
    const { scopeId: _, ...unscoped } = linkLocal(t, "two", portOf(receiver.address));
    const byName = t.socket(AF_INET6, SOCK_DGRAM);
    t.kernel.setsockopt(byName, SOL_SOCKET, SO_BINDTODEVICE, "two");
    assert.equal(t.kernel.getsockopt(byName, SOL_SOCKET, SO_BINDTODEVICE), "two");
    const byNumber = t.socket(AF_INET6, SOCK_DGRAM);
    t.kernel.setsockopt(byNumber, SOL_SOCKET, SO_BINDTOIFINDEX, t.kernel.if_nametoindex("two"));
    const preferring = t.socket(AF_INET6, SOCK_DGRAM);
    t.kernel.setsockopt(preferring, IPPROTO_IPV6, IPV6_UNICAST_IF, t.kernel.if_nametoindex("two"));
    for (const fd of [byName, byNumber, preferring]) {
      await t.kernel.sendto(fd, bytes("tied"), 0, unscoped);
      const buffer = new Uint8Array(10);
      assert.equal(text(buffer, await t.kernel.recv(receiver.fd, buffer)), "tied");
    }
  });

  test("IPV6_PKTINFO tells the interface, and chooses it", { needs: ["namespaces", "ipv6"] }, async (t) => {
    const receiver = t.socket(AF_INET6, SOCK_DGRAM);
    t.kernel.setsockopt(receiver, IPPROTO_IPV6, IPV6_RECVPKTINFO, true);
    t.kernel.bind(receiver, { family: AF_INET6, address: "::", port: 0 });
    const port = portOf(t.kernel.getsockname(receiver));
    for (const name of ["one", "two"]) {
      const interfaceIndex = t.kernel.if_nametoindex(name);
      const { scopeId: _, ...unscoped } = linkLocal(t, name, port);
      await t.kernel.sendmsg(t.socket(AF_INET6, SOCK_DGRAM), {
        data: bytes("x"),
        address: unscoped,
        control: [{ level: IPPROTO_IPV6, type: IPV6_PKTINFO, value: { address: "::", interfaceIndex } }],
      });
      const { control, address } = await t.kernel.recvmsg(receiver, { data: new Uint8Array(1) });
      assert.deepEqual(controlValue(control, IPPROTO_IPV6, IPV6_PKTINFO), { address: "fe80::1", interfaceIndex });
      assert.equal((address as Inet6Address).scopeId, interfaceIndex);
    }
  });

  test("names know scopes", { needs: ["namespaces", "ipv6", "blocking"] }, (t) => {
    const index = t.kernel.if_nametoindex("one");
    assert.equal(t.kernel.if_indextoname(index), "one");
    assert.deepEqual(
      t.kernel
        .if_nameindex()
        .map(({ name }) => name)
        .toSorted(),
      ["lo", "one", "two"],
    );
    // The blocking twins resolve on this thread, in this network.
    const [found] = t.blocking.getaddrinfoSync("fe80::1%one", 7, { type: SOCK_DGRAM });
    assert.deepEqual(found?.address, linkLocal(t, "one", 7));
    const { node } = t.blocking.getnameinfoSync(linkLocal(t, "one", 7), NI_NUMERICHOST | NI_NUMERICSERV);
    assert.equal(node, "fe80::1%one");
  });

  test("a flow label that is leased is sent, received and told", { needs: ["ipv6"] }, async (t) => {
    const receiver = datagramSocket(t, { family: AF_INET6, address: "::1", port: 0 });
    t.kernel.setsockopt(receiver.fd, IPPROTO_IPV6, IPV6_FLOWINFO, true);
    const sender = t.socket(AF_INET6, SOCK_DGRAM);
    const label = 0x4_0000 | (process.pid & 0x3_ffff);
    leaseLabel(t, sender, label);
    t.kernel.setsockopt(sender, IPPROTO_IPV6, IPV6_FLOWINFO_SEND, true);
    await t.kernel.connect(sender, { ...(receiver.address as Inet6Address), flowInfo: label });
    assert.deepEqual(t.kernel.getpeername(sender), { ...receiver.address, flowInfo: label });
    await t.kernel.send(sender, bytes("flow"));
    const { control } = await t.kernel.recvmsg(receiver.fd, { data: new Uint8Array(10) });
    assert.deepEqual([control.length, control[0]?.level, control[0]?.type], [1, IPPROTO_IPV6, IPV6_FLOWINFO]);
    const value = control[0]?.value;
    assert.ok(value instanceof Uint8Array);
    const flowInfo = new DataView(value.buffer).getUint32(0);
    assert.equal(flowInfo & 0xf_ffff, label);
  });

  test("a flow label that is not leased is refused", { needs: ["ipv6"] }, async (t) => {
    const { address } = datagramSocket(t, { family: AF_INET6, address: "::1", port: 0 });
    const sender = t.socket(AF_INET6, SOCK_DGRAM);
    t.kernel.setsockopt(sender, IPPROTO_IPV6, IPV6_FLOWINFO_SEND, true);
    const flow = { ...(address as Inet6Address), flowInfo: 0x7777 };
    await rejectsWith(t.kernel.connect(sender, flow), "connect", "EINVAL");
    await rejectsWith(t.kernel.sendto(sender, bytes("x"), 0, flow), "sendto", "EINVAL");
  });
});
