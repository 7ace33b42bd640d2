import assert from "node:assert/strict";
import {
  AF_NETLINK,
  MSG_PEEK,
  MSG_TRUNC,
  NETLINK_EXT_ACK,
  NETLINK_PKTINFO,
  NETLINK_ROUTE,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  SOCK_DGRAM,
  SOCK_RAW,
  sockaddrEncode,
  SOL_NETLINK,
  type AddressLike,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { rejectsWith, text, throwsWith } from "./sockets.ts";

// rtnetlink(7)
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const IFLA_IFNAME = 3;
const HEADER = 16; // sizeof(struct nlmsghdr)
const IFINFO = 16; // sizeof(struct ifinfomsg)
const ATTRIBUTE = 4; // sizeof(struct rtattr)

const KERNEL = { family: AF_NETLINK, portId: 0, groups: 0 } as const;

function request(type: number, flags: number, sequence: number): Uint8Array {
  const message = new Uint8Array(HEADER + IFINFO);
  const view = new DataView(message.buffer);
  view.setUint32(0, message.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST | flags, true);
  view.setUint32(8, sequence, true);
  return message;
}

interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

function* messagesIn(datagram: Uint8Array): Generator<NetlinkMessage> {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  for (let at = 0; at + HEADER <= datagram.length;) {
    const length = view.getUint32(at, true);
    yield {
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      body: datagram.slice(at + HEADER, at + length),
    };
    at += (length + 3) & ~3;
  }
}

/** The number and name of an interface, from RTM_NEWLINK. */
function interfaceIn({ body }: NetlinkMessage): { index: number; name: string } {
  const view = new DataView(body.buffer);
  for (let at = IFINFO; at + ATTRIBUTE <= body.length;) {
    const length = view.getUint16(at, true);
    if (view.getUint16(at + 2, true) === IFLA_IFNAME) {
      return { index: view.getInt32(4, true), name: text(body.subarray(at + ATTRIBUTE, at + length - 1)) };
    }
    at += (length + 3) & ~3;
  }
  return { index: view.getInt32(4, true), name: "" };
}

/** Asks for all interfaces, and receives until all have been told. */
async function dumpLinks(t: Context, fd: number, address: AddressLike): Promise<{ index: number; name: string }[]> {
  await t.kernel.sendto(fd, request(RTM_GETLINK, NLM_F_DUMP, 77), 0, address);
  const links: { index: number; name: string }[] = [];
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const { bytes, address: from } = await t.kernel.recvfrom(fd, buffer);
    assert.deepEqual(from, KERNEL);
    for (const message of messagesIn(buffer.subarray(0, bytes))) {
      assert.equal(message.sequence, 77);
      assert.equal(message.flags & NLM_F_MULTI, NLM_F_MULTI);
      if (message.type === NLMSG_DONE) return links;
      assert.equal(message.type, RTM_NEWLINK);
      links.push(interfaceIn(message));
    }
  }
}

conformance("netlink", (test) => {
  test("the interfaces are told, to a typed address", { needs: ["netlink"] }, async (t) => {
    const links = await dumpLinks(t, t.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), KERNEL);
    assert.deepEqual(
      links.find(({ name }) => name === "lo"),
      { index: t.kernel.if_nametoindex("lo"), name: "lo" },
    );
    assert.deepEqual(
      links.toSorted((a, b) => a.index - b.index),
      t.kernel.if_nameindex(),
    );
  });

  test("the interfaces are told, to the bytes of struct sockaddr_nl", { needs: ["netlink"] }, async (t) => {
    const address = new Uint8Array(12);
    new DataView(address.buffer).setUint16(0, AF_NETLINK, true);
    assert.deepEqual(address, sockaddrEncode(KERNEL));
    const fd = t.socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE);
    assert.ok((await dumpLinks(t, fd, address)).some(({ name }) => name === "lo"));
  });

  test("bind gives the socket a number; a number is one socket's", { needs: ["netlink"] }, (t) => {
    const fd = t.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    t.kernel.bind(fd, KERNEL);
    const own = t.kernel.getsockname(fd);
    assert.ok("portId" in own && own.portId !== 0);
    assert.equal(own.family, AF_NETLINK);
    const other = t.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    throwsWith(() => t.kernel.bind(other, own), "bind", "EADDRINUSE");
    assert.deepEqual(t.kernel.getpeername(fd), KERNEL);
  });

  test("a request of nothing is acknowledged", { needs: ["netlink"] }, async (t) => {
    const fd = t.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    t.kernel.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, true);
    await t.kernel.connect(fd, KERNEL);
    await t.kernel.send(fd, request(1000, NLM_F_ACK, 5));
    const buffer = new Uint8Array(4096);
    const peeked = await t.kernel.recv(fd, new Uint8Array(1), MSG_PEEK | MSG_TRUNC);
    const received = await t.kernel.recv(fd, buffer);
    assert.equal(peeked, received, "the length of what waits");
    const [answer] = messagesIn(buffer.subarray(0, received));
    assert.ok(answer !== undefined);
    assert.deepEqual([answer.type, answer.sequence], [NLMSG_ERROR, 5]);
    assert.equal(new DataView(answer.body.buffer).getInt32(0, true), -95, "EOPNOTSUPP: no such request");
  });

  test("recvmsg tells the group, as bytes", { needs: ["netlink"] }, async (t) => {
    const fd = t.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    t.kernel.setsockopt(fd, SOL_NETLINK, NETLINK_PKTINFO, true);
    await t.kernel.sendto(fd, request(RTM_GETLINK, NLM_F_DUMP, 1), 0, KERNEL);
    const { control, address } = await t.kernel.recvmsg(fd, { data: new Uint8Array(65_536) });
    assert.deepEqual(address, KERNEL);
    assert.deepEqual(control, [{ level: SOL_NETLINK, type: NETLINK_PKTINFO, value: new Uint8Array(4) }]);
  });

  test("errors: no such protocol, nobody there, an address of another family", { needs: ["netlink"] }, async (t) => {
    throwsWith(() => t.kernel.socket(AF_NETLINK, SOCK_RAW, 31), "socket", "EPROTONOSUPPORT");
    const fd = t.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    const nobody = { ...KERNEL, portId: 0x7ffffff0 };
    const code = process.getuid?.() === 0 ? "ECONNREFUSED" : "EPERM";
    await rejectsWith(t.kernel.sendto(fd, new Uint8Array(16), 0, nobody), "sendto", code);
    throwsWith(() => t.kernel.bind(fd, new Uint8Array(12)), "bind", "EINVAL");
  });
});
