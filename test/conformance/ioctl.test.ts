import assert from "node:assert/strict";
import {
  AF_INET,
  FD_CLOEXEC,
  FIOCLEX,
  FIONBIO,
  FIONCLEX,
  FIONREAD,
  F_GETFD,
  F_GETFL,
  IFF_LOOPBACK,
  IFF_UP,
  inet_ntop,
  MSG_DONTWAIT,
  MSG_OOB,
  O_NONBLOCK,
  SIOCATMARK,
  SIOCGIFADDR,
  SIOCGIFCONF,
  SIOCGIFFLAGS,
  SIOCGIFHWADDR,
  SIOCGIFINDEX,
  SIOCGIFMTU,
  SIOCGIFNAME,
  SIOCGIFNETMASK,
  SIOCGSKNS,
  SIOCINQ,
  SIOCOUTQ,
  SIOCOUTQNSD,
  SO_OOBINLINE,
  SOCK_DGRAM,
  SOCK_STREAM,
  sockaddrDecode,
  SOL_SOCKET,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, datagramSocket, rejectsWith, tcpPair, text, throwsWith, unixPair } from "./sockets.ts";

/** `struct ifreq`, netdevice(7): a name of 16 bytes, then the answer. */
const IFREQ_SIZE = 40;
const ANSWER = 16;
const ARPHRD_LOOPBACK = 772;

function ifreq(name: string): Uint8Array {
  const request = new Uint8Array(IFREQ_SIZE);
  request.set(bytes(name));
  return request;
}

/** What the interface answers. */
function ask(t: Context, request: number, name: string): DataView {
  const memory = ifreq(name);
  assert.equal(t.kernel.ioctl(t.socket(AF_INET, SOCK_DGRAM), request, memory), 0);
  return new DataView(memory.buffer, ANSWER);
}

function inetAddress(t: Context, request: number): string {
  const { buffer, byteOffset } = ask(t, request, "lo");
  const address = sockaddrDecode(new Uint8Array(buffer, byteOffset, 16));
  assert.ok("address" in address);
  return address.address;
}

conformance("ioctl", (test) => {
  test("FIONREAD tells what can be received: bytes of a stream, the next datagram", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    assert.equal(t.kernel.ioctl(server, FIONREAD), 0);
    await t.kernel.send(client, bytes("hello "));
    await t.kernel.send(client, bytes("you"));
    assert.equal(t.kernel.ioctl(server, FIONREAD), 9);
    await t.kernel.recv(server, new Uint8Array(4));
    assert.equal(t.kernel.ioctl(server, SIOCINQ), 5);
    const { fd, address } = datagramSocket(t);
    for (const word of ["seven..", "3.."]) await t.kernel.sendto(fd, bytes(word), 0, address);
    assert.equal(t.kernel.ioctl(fd, FIONREAD), 7);
  });

  test("SIOCOUTQ tells what the other end has not taken yet", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    assert.equal(t.kernel.ioctl(one, SIOCOUTQ), 0);
    await t.kernel.send(one, new Uint8Array(1000));
    assert.ok(t.kernel.ioctl(one, SIOCOUTQ) >= 1000);
    await t.kernel.recv(other, new Uint8Array(1000));
    assert.equal(t.kernel.ioctl(one, SIOCOUTQ), 0);
  });

  test("SIOCOUTQNSD tells what has not been sent", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const data = new Uint8Array(65_536);
    let unsent = 0;
    for (let count = 0; count < 1000 && unsent === 0; count += 1) {
      if ((await t.kernel.send(client, data, MSG_DONTWAIT).catch(() => 0)) === 0) break;
      unsent = t.kernel.ioctl(client, SIOCOUTQNSD);
    }
    assert.ok(unsent > 0, "the window of the peer, who does not read, is full");
    assert.ok(t.kernel.ioctl(client, SIOCOUTQ) >= unsent);
    assert.ok(t.kernel.ioctl(server, FIONREAD) > 0);
  });

  test("SIOCATMARK tells where the urgent data was", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    t.kernel.setsockopt(server, SOL_SOCKET, SO_OOBINLINE, true);
    await t.kernel.send(client, bytes("ab"));
    await t.kernel.send(client, bytes("!"), MSG_OOB);
    await t.kernel.send(client, bytes("cd"));
    assert.equal(t.kernel.ioctl(server, SIOCATMARK), 0);
    const buffer = new Uint8Array(10);
    assert.equal(text(buffer, await t.kernel.recv(server, buffer)), "ab", "a receive stops at the mark");
    assert.equal(t.kernel.ioctl(server, SIOCATMARK), 1);
    assert.equal(text(buffer, await t.kernel.recv(server, buffer)), "!cd");
    assert.equal(t.kernel.ioctl(server, SIOCATMARK), 0);
  });

  test("FIONBIO sets O_NONBLOCK and takes it back", {}, async (t) => {
    const { fd } = datagramSocket(t);
    t.kernel.ioctl(fd, FIONBIO, true);
    assert.equal(t.kernel.fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    await rejectsWith(t.kernel.recv(fd, new Uint8Array(1)), "recv", "EAGAIN");
    t.kernel.ioctl(fd, FIONBIO, false);
    assert.equal(t.kernel.fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  });

  test("FIOCLEX and FIONCLEX set and clear close-on-exec, without an argument", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.ioctl(fd, FIONCLEX);
    assert.equal(t.kernel.fcntl(fd, F_GETFD), 0);
    t.kernel.ioctl(fd, FIOCLEX);
    assert.equal(t.kernel.fcntl(fd, F_GETFD), FD_CLOEXEC);
  });

  test("an interface's address, mask, flags, MTU, hardware address and number", {}, (t) => {
    assert.equal(inetAddress(t, SIOCGIFADDR), "127.0.0.1");
    assert.equal(inetAddress(t, SIOCGIFNETMASK), "255.0.0.0");
    const flags = ask(t, SIOCGIFFLAGS, "lo").getInt16(0, true);
    assert.equal(flags & (IFF_UP | IFF_LOOPBACK), IFF_UP | IFF_LOOPBACK);
    assert.ok(ask(t, SIOCGIFMTU, "lo").getInt32(0, true) >= 1280);
    const hardware = ask(t, SIOCGIFHWADDR, "lo");
    assert.equal(hardware.getUint16(0, true), ARPHRD_LOOPBACK);
    assert.deepEqual(new Uint8Array(hardware.buffer, ANSWER + 2, 6), new Uint8Array(6));
    assert.equal(ask(t, SIOCGIFINDEX, "lo").getInt32(0, true), t.kernel.if_nametoindex("lo"));
  });

  test("SIOCGIFNAME gives the name of a number", {}, (t) => {
    const memory = ifreq("");
    new DataView(memory.buffer).setInt32(ANSWER, t.kernel.if_nametoindex("lo"), true);
    t.kernel.ioctl(t.socket(AF_INET, SOCK_DGRAM), SIOCGIFNAME, memory);
    assert.equal(text(memory, memory.indexOf(0)), "lo");
  });

  test("SIOCGIFCONF fills its bytes with the interfaces that have an IPv4 address", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_DGRAM);
    const needed = t.kernel.ioctl(fd, SIOCGIFCONF);
    assert.ok(needed >= IFREQ_SIZE && needed % IFREQ_SIZE === 0, `${needed} bytes`);
    const memory = new Uint8Array(needed + IFREQ_SIZE);
    assert.equal(t.kernel.ioctl(fd, SIOCGIFCONF, memory), needed);
    const found = new Map<string, string>();
    for (let at = 0; at < needed; at += IFREQ_SIZE) {
      const name = memory.subarray(at, at + ANSWER);
      found.set(text(name, name.indexOf(0)), inet_ntop(AF_INET, memory.slice(at + ANSWER + 4, at + ANSWER + 8)));
    }
    assert.equal(found.get("lo"), "127.0.0.1");
    assert.equal(t.kernel.ioctl(fd, SIOCGIFCONF, memory.subarray(0, IFREQ_SIZE + 1)), IFREQ_SIZE, "what fits");
  });

  test("an answer longer than its bytes is cut, and writes nothing behind them", {}, (t) => {
    const memory = new Uint8Array(4096).fill(0xee);
    const short = memory.subarray(2048, 2048 + ANSWER + 2);
    short.fill(0);
    short.set(bytes("lo"));
    assert.equal(t.kernel.ioctl(t.socket(AF_INET, SOCK_DGRAM), SIOCGIFADDR, short), 0);
    assert.equal(short[ANSWER], AF_INET);
    assert.ok(memory.subarray(2048 + short.length).every((byte) => byte === 0xee));
  });

  test("SIOCGSKNS gives a descriptor of the socket's network namespace", { needs: ["root"] }, (t) => {
    const fd = t.own(t.kernel.ioctl(t.socket(AF_INET, SOCK_STREAM), SIOCGSKNS));
    assert.match(t.openDescriptors().get(fd) as string, /^net:\[\d+\]$/);
  });

  test("errors: no such interface, no such request, no socket, no descriptor", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_DGRAM);
    throwsWith(() => t.kernel.ioctl(fd, SIOCGIFADDR, ifreq("none0")), "ioctl", "ENODEV");
    throwsWith(() => t.kernel.ioctl(fd, 0x1234, new Uint8Array(8)), "ioctl", "ENOTTY");
    throwsWith(() => t.kernel.ioctl(fd, SIOCATMARK), "ioctl", "ENOTTY");
    throwsWith(() => t.kernel.ioctl(0x7ffffff0, FIONREAD), "ioctl", "EBADF");
  });

  test("wrong arguments are refused before the call", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_DGRAM);
    const wrong = (request: number, argument?: unknown): (() => number) => {
      return () => t.kernel.ioctl(fd, request, argument as Uint8Array);
    };
    const invalid = { code: "ERR_INVALID_ARG_TYPE", message: /"argument"/ };
    assert.throws(wrong(SIOCGIFADDR), invalid);
    assert.throws(wrong(SIOCGIFADDR, "lo"), invalid);
    assert.throws(wrong(SIOCGIFCONF, 4), invalid);
    assert.throws(wrong(FIONBIO, 2 ** 40), { code: "ERR_OUT_OF_RANGE", message: /"argument"/ });
    assert.throws(() => t.kernel.ioctl(fd, 2 ** 40), { code: "ERR_OUT_OF_RANGE", message: /"request"/ });
  });
});
