import { ip, isPrivate } from "./private-network.ts";
import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  controlValue,
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_PKTINFO,
  IP_RECVTTL,
  IP_TTL,
  IP_UNBLOCK_SOURCE,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_ADD_MEMBERSHIP,
  IPV6_DROP_MEMBERSHIP,
  IPV6_HOPLIMIT,
  IPV6_MULTICAST_ALL,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF,
  IPV6_MULTICAST_LOOP,
  IPV6_RECVHOPLIMIT,
  MCAST_JOIN_GROUP,
  MCAST_LEAVE_GROUP,
  MSG_DONTWAIT,
  SO_BROADCAST,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOL_SOCKET,
  type SocketAddress,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, datagramSocket, portOf, rejectsWith, text, throwsWith } from "./sockets.ts";

// A link with multicast, of which both ends are here: what leaves on one arrives at the other.
if (isPrivate) {
  ip("link add one type veth peer name two");
  for (const [name, address, address6] of [
    ["one", "10.9.0.1/24", "fe80::1/64"],
    ["two", "10.9.0.2/24", "fe80::2/64"],
  ]) {
    ip(`link set ${name} addrgenmode none`);
    ip(`link set ${name} up`);
    ip(`addr add ${address} brd + dev ${name}`);
    ip(`addr add ${address6} dev ${name} nodad`);
  }
}

const GROUP = "239.1.2.3";
const GROUP6 = "ff15::1:2:3";

/** A socket on any address, which hears only the groups that it joins. */
function member(t: Context, family: number, port = 0): number {
  const fd = t.socket(family, SOCK_DGRAM);
  t.kernel.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, true);
  if (family === AF_INET) {
    t.kernel.bind(fd, { family: AF_INET, address: "0.0.0.0", port });
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, false);
  } else {
    t.kernel.bind(fd, { family: AF_INET6, address: "::", port });
    t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, false);
  }
  return fd;
}

/** A socket that sends to groups on the loopback interface; for IPv6, which has no way to them there, on the link. */
function sender(t: Context, family: number): number {
  const fd = t.socket(family, SOCK_DGRAM);
  if (family === AF_INET) t.kernel.setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, "127.0.0.1");
  else t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, t.kernel.if_nametoindex("one"));
  return fd;
}

function group(t: Context, fd: number): SocketAddress {
  const address = t.kernel.getsockname(fd);
  const port = portOf(address);
  return address.family === AF_INET
    ? { family: AF_INET, address: GROUP, port }
    : { family: AF_INET6, address: GROUP6, port };
}

async function hears(t: Context, fd: number, word: string): Promise<void> {
  const buffer = new Uint8Array(100);
  assert.equal(text(buffer, await t.kernel.recv(fd, buffer)), word);
}

async function hearsNothing(t: Context, fd: number): Promise<void> {
  await rejectsWith(t.kernel.recv(fd, new Uint8Array(1), MSG_DONTWAIT), "recv", "EAGAIN");
}

conformance("broadcast", (test) => {
  test("without SO_BROADCAST a broadcast address is refused, with it all hear", {}, async (t) => {
    const receivers = [0, 1].map(() => datagramSocket(t, { family: AF_INET, address: "0.0.0.0", port: 0 }));
    const fd = t.socket(AF_INET, SOCK_DGRAM);
    for (const { fd: receiver, address } of receivers) {
      const everybody = { family: AF_INET, address: "127.255.255.255", port: portOf(address) } as const;
      t.kernel.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, false);
      await rejectsWith(t.kernel.sendto(fd, bytes("x"), 0, everybody), "sendto", "EACCES");
      await rejectsWith(t.kernel.connect(t.socket(AF_INET, SOCK_DGRAM), everybody), "connect", "EACCES");
      t.kernel.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, true);
      await t.kernel.sendto(fd, bytes("to all"), 0, everybody);
      await hears(t, receiver, "to all");
    }
  });

  test(
    "a network's broadcast crosses the link, and the packet's address tells",
    { needs: ["namespaces"] },
    async (t) => {
      const receiver = datagramSocket(t, { family: AF_INET, address: "0.0.0.0", port: 0 });
      t.kernel.setsockopt(receiver.fd, IPPROTO_IP, IP_PKTINFO, true);
      const fd = t.socket(AF_INET, SOCK_DGRAM);
      t.kernel.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, true);
      const everybody = { family: AF_INET, address: "10.9.0.255", port: portOf(receiver.address) } as const;
      await t.kernel.sendto(fd, bytes("to all"), 0, everybody);
      const { control } = await t.kernel.recvmsg(receiver.fd, { data: new Uint8Array(10) });
      assert.equal(controlValue(control, IPPROTO_IP, IP_PKTINFO)?.address, "10.9.0.255");
    },
  );
});

conformance("multicast", (test) => {
  test("a member hears the group until it leaves", {}, async (t) => {
    const fd = member(t, AF_INET);
    const from = sender(t, AF_INET);
    await t.kernel.sendto(from, bytes("before"), 0, group(t, fd));
    await hearsNothing(t, fd);
    const membership = { group: GROUP, interfaceAddress: "127.0.0.1" };
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership);
    await t.kernel.sendto(from, bytes("joined"), 0, group(t, fd));
    await hears(t, fd, "joined");
    throwsWith(() => t.kernel.setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership), "setsockopt", "EADDRINUSE");
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, membership);
    await t.kernel.sendto(from, bytes("after"), 0, group(t, fd));
    await hearsNothing(t, fd);
    throwsWith(
      () => t.kernel.setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, membership),
      "setsockopt",
      "EADDRNOTAVAIL",
    );
  });

  test("all members on a port hear, those of other groups do not", {}, async (t) => {
    const one = member(t, AF_INET);
    const other = member(t, AF_INET, portOf(t.kernel.getsockname(one)));
    const stranger = member(t, AF_INET, portOf(t.kernel.getsockname(one)));
    const membership = { group: GROUP, interfaceIndex: t.kernel.if_nametoindex("lo") };
    t.kernel.setsockopt(one, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership);
    t.kernel.setsockopt(other, IPPROTO_IP, MCAST_JOIN_GROUP, membership);
    t.kernel.setsockopt(stranger, IPPROTO_IP, IP_ADD_MEMBERSHIP, { ...membership, group: "239.3.2.1" });
    await t.kernel.sendto(sender(t, AF_INET), bytes("members"), 0, group(t, one));
    await hears(t, one, "members");
    await hears(t, other, "members");
    await hearsNothing(t, stranger);
    t.kernel.setsockopt(other, IPPROTO_IP, MCAST_LEAVE_GROUP, membership);
    await t.kernel.sendto(sender(t, AF_INET), bytes("one left"), 0, group(t, one));
    await hears(t, one, "one left");
    await hearsNothing(t, other);
  });

  test("with IP_MULTICAST_ALL a socket hears what others joined", {}, async (t) => {
    const joined = member(t, AF_INET);
    t.kernel.setsockopt(joined, IPPROTO_IP, IP_ADD_MEMBERSHIP, { group: GROUP, interfaceAddress: "127.0.0.1" });
    const listening = member(t, AF_INET, portOf(t.kernel.getsockname(joined)));
    t.kernel.setsockopt(listening, IPPROTO_IP, IP_MULTICAST_ALL, true);
    assert.equal(t.kernel.getsockopt(listening, IPPROTO_IP, IP_MULTICAST_ALL), true);
    await t.kernel.sendto(sender(t, AF_INET), bytes("overheard"), 0, group(t, joined));
    await hears(t, listening, "overheard");
  });

  test("a member for one sender does not hear another; a blocked sender is not heard", {}, async (t) => {
    const fd = member(t, AF_INET);
    const source = { group: GROUP, source: "127.0.0.8", interfaceAddress: "127.0.0.1" };
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, source);
    const [right, wrong] = ["127.0.0.8", "127.0.0.9"].map((address) => {
      const from = sender(t, AF_INET);
      t.kernel.bind(from, { family: AF_INET, address, port: 0 });
      return from;
    }) as [number, number];
    await t.kernel.sendto(wrong, bytes("wrong"), 0, group(t, fd));
    await t.kernel.sendto(right, bytes("right"), 0, group(t, fd));
    await hears(t, fd, "right");
    await hearsNothing(t, fd);
    const open = member(t, AF_INET);
    t.kernel.setsockopt(open, IPPROTO_IP, IP_ADD_MEMBERSHIP, { group: GROUP, interfaceAddress: "127.0.0.1" });
    t.kernel.setsockopt(open, IPPROTO_IP, IP_BLOCK_SOURCE, source);
    await t.kernel.sendto(right, bytes("blocked"), 0, group(t, open));
    await hearsNothing(t, open);
    t.kernel.setsockopt(open, IPPROTO_IP, IP_UNBLOCK_SOURCE, source);
    await t.kernel.sendto(right, bytes("heard"), 0, group(t, open));
    await hears(t, open, "heard");
  });

  test("IP_MULTICAST_TTL is the packet's, 1 unless set", {}, async (t) => {
    const fd = member(t, AF_INET);
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, { group: GROUP, interfaceAddress: "127.0.0.1" });
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_RECVTTL, true);
    const from = sender(t, AF_INET);
    const seen: (number | undefined)[] = [];
    for (const hops of [1, 7]) {
      if (hops !== 1) t.kernel.setsockopt(from, IPPROTO_IP, IP_MULTICAST_TTL, hops);
      await t.kernel.sendto(from, bytes("x"), 0, group(t, fd));
      const { control } = await t.kernel.recvmsg(fd, { data: new Uint8Array(1) });
      seen.push(controlValue(control, IPPROTO_IP, IP_TTL));
    }
    assert.deepEqual(seen, [1, 7]);
  });

  test("without IP_MULTICAST_LOOP the machine does not hear itself", { needs: ["namespaces"] }, async (t) => {
    const fd = member(t, AF_INET);
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, { group: GROUP, interfaceAddress: "10.9.0.1" });
    const from = t.socket(AF_INET, SOCK_DGRAM);
    t.kernel.setsockopt(from, IPPROTO_IP, IP_MULTICAST_IF, t.kernel.if_nametoindex("one"));
    assert.equal(t.kernel.getsockopt(from, IPPROTO_IP, IP_MULTICAST_LOOP), true);
    t.kernel.setsockopt(from, IPPROTO_IP, IP_MULTICAST_LOOP, false);
    await t.kernel.sendto(from, bytes("mute"), 0, group(t, fd));
    await hearsNothing(t, fd);
    t.kernel.setsockopt(from, IPPROTO_IP, IP_MULTICAST_LOOP, true);
    await t.kernel.sendto(from, bytes("loud"), 0, group(t, fd));
    await hears(t, fd, "loud");
  });

  test("errors: an address that is no group, an interface that is not there", {}, (t) => {
    const fd = member(t, AF_INET);
    const join = (membership: { group: string; interfaceIndex?: number; interfaceAddress?: string }): (() => void) => {
      return () => t.kernel.setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership);
    };
    throwsWith(join({ group: "127.0.0.1", interfaceAddress: "127.0.0.1" }), "setsockopt", "EINVAL");
    throwsWith(join({ group: GROUP, interfaceIndex: 999_999 }), "setsockopt", "ENODEV");
    throwsWith(join({ group: GROUP, interfaceAddress: "192.0.2.1" }), "setsockopt", "ENODEV");
  });

  test("IPv6: a member hears the group until it leaves", { needs: ["ipv6", "namespaces"] }, async (t) => {
    const fd = member(t, AF_INET6);
    const from = sender(t, AF_INET6);
    assert.equal(t.kernel.getsockopt(from, IPPROTO_IPV6, IPV6_MULTICAST_IF), t.kernel.if_nametoindex("one"));
    const membership = { group: GROUP6, interfaceIndex: t.kernel.if_nametoindex("two") };
    t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership);
    await t.kernel.sendto(from, bytes("joined"), 0, group(t, fd));
    await hears(t, fd, "joined");
    throwsWith(
      () => t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership),
      "setsockopt",
      "EADDRINUSE",
    );
    t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, membership);
    await t.kernel.sendto(from, bytes("after"), 0, group(t, fd));
    t.kernel.setsockopt(fd, IPPROTO_IPV6, MCAST_JOIN_GROUP, membership);
    await t.kernel.sendto(from, bytes("again"), 0, group(t, fd));
    await hears(t, fd, "again");
  });

  test("IPv6: hops and the loop are the sender's choice", { needs: ["ipv6", "namespaces"] }, async (t) => {
    const fd = member(t, AF_INET6);
    const membership = { group: GROUP6, interfaceIndex: t.kernel.if_nametoindex("one") };
    t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership);
    t.kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, true);
    const from = sender(t, AF_INET6);
    assert.equal(t.kernel.getsockopt(from, IPPROTO_IPV6, IPV6_MULTICAST_LOOP), true);
    t.kernel.setsockopt(from, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 5);
    await t.kernel.sendto(from, bytes("x"), 0, group(t, fd));
    const { control } = await t.kernel.recvmsg(fd, { data: new Uint8Array(1) });
    assert.equal(controlValue(control, IPPROTO_IPV6, IPV6_HOPLIMIT), 5);
    t.kernel.setsockopt(from, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, false);
    await t.kernel.sendto(from, bytes("mute"), 0, group(t, fd));
    await hearsNothing(t, fd);
  });
});
