import { isPrivate } from "./private-network.ts";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import {
  AF_INET,
  AF_INET6,
  BPF_ABS,
  BPF_B,
  BPF_JEQ,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_RET,
  IP_BIND_ADDRESS_NO_PORT,
  IP_FREEBIND,
  IP_MINTTL,
  IP_TTL,
  IPPROTO_ICMPV6,
  IPPROTO_IGMP,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPV6_CHECKSUM,
  MSG_DONTWAIT,
  MSG_FASTOPEN,
  MSG_PEEK,
  POLLIN,
  SO_ATTACH_FILTER,
  SO_ATTACH_REUSEPORT_CBPF,
  SO_INCOMING_CPU,
  SO_LINGER,
  SO_MAX_PACING_RATE,
  SO_PEEK_OFF,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_CLOSE_WAIT,
  TCP_CONGESTION,
  TCP_CORK,
  TCP_DEFER_ACCEPT,
  TCP_ESTABLISHED,
  TCP_FASTOPEN,
  TCP_FASTOPEN_CONNECT,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_INFO,
  TCP_LISTEN,
  TCP_MAXSEG,
  TCP_NOTSENT_LOWAT,
  TCP_SAVE_SYN,
  TCP_SAVED_SYN,
  SHUT_WR,
  TCPI_OPT_SYN_DATA,
  UDP_CORK,
  type Inet4Address,
  type SocketAddress,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { readPacket4 } from "./icmp.ts";
import {
  ANY_PORT,
  bytes,
  datagramSocket,
  isPending,
  listener,
  portOf,
  receiveAll,
  rejectsWith,
  tcpPair,
  text,
  throwsWith,
} from "./sockets.ts";

// Fast Open for those who call and those who listen.
if (isPrivate) writeFileSync("/proc/sys/net/ipv4/tcp_fastopen", "3");

let fastOpenAddresses = 0;

/** A call of a listener at which TCP options are set first. */
async function connected(t: Context, prepare: (fd: number) => void): Promise<[client: number, server: number]> {
  const { fd, address } = listener(t);
  const client = t.socket(AF_INET, SOCK_STREAM);
  prepare(client);
  const [server] = await Promise.all([t.accept(fd), t.kernel.connect(client, address)]);
  return [client, server];
}

conformance("what options do", (test) => {
  test("TCP_INFO knows the state, the bytes and the segments", {}, async (t) => {
    const { fd } = listener(t, ANY_PORT, 17);
    const listening = t.kernel.getsockopt(fd, IPPROTO_TCP, TCP_INFO);
    assert.deepEqual([listening.state, listening.unacked, listening.sacked], [TCP_LISTEN, 0, 17]);
    const [client, server] = await tcpPair(t);
    await t.kernel.send(client, new Uint8Array(100_000));
    await receiveAll(t, server, 100_000);
    await t.kernel.send(server, bytes("all came"));
    await receiveAll(t, client, 8);
    const sent = t.kernel.getsockopt(client, IPPROTO_TCP, TCP_INFO);
    const received = t.kernel.getsockopt(server, IPPROTO_TCP, TCP_INFO);
    assert.deepEqual([sent.state, received.state], [TCP_ESTABLISHED, TCP_ESTABLISHED]);
    // The SYN counts for one.
    assert.deepEqual([sent.bytesAcked, sent.bytesSent, sent.bytesReceived], [100_001, 100_000, 8]);
    assert.deepEqual([received.bytesReceived, received.bytesSent], [100_000, 8]);
    assert.deepEqual([sent.totalRetrans, sent.unacked, sent.lost, sent.notsentBytes], [0, 0, 0, 0]);
    assert.ok(sent.rttUs > 0 && (sent.minRttUs ?? 0) > 0 && sent.rtoUs >= sent.rttUs);
    assert.ok((sent.segsOut ?? 0) > 2 && sent.sndMss > 500 && sent.sndCwnd > 0);
    t.kernel.shutdown(client, SHUT_WR);
    assert.equal(await t.kernel.recv(server, new Uint8Array(1)), 0);
    const { state } = t.kernel.getsockopt(client, IPPROTO_TCP, TCP_INFO);
    assert.ok(state === TCP_FIN_WAIT1 || state === TCP_FIN_WAIT2, `state ${state}`);
    assert.equal(t.kernel.getsockopt(server, IPPROTO_TCP, TCP_INFO).state, TCP_CLOSE_WAIT);
  });

  test("SO_LINGER of no time makes close a reset, which the peer sees", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    t.kernel.setsockopt(client, SOL_SOCKET, SO_LINGER, { onoff: true, linger: 0 });
    const receiving = t.kernel.recv(server, new Uint8Array(1));
    assert.ok(await isPending(receiving));
    t.kernel.close(client);
    await rejectsWith(receiving, "recv", "ECONNRESET");
  });

  test("TCP_CONGESTION is chosen by name, for callers and their listeners", {}, async (t) => {
    const { fd, address } = listener(t);
    t.kernel.setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno");
    const client = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.setsockopt(client, IPPROTO_TCP, TCP_CONGESTION, "reno");
    const [server] = await Promise.all([t.accept(fd), t.kernel.connect(client, address)]);
    assert.equal(t.kernel.getsockopt(client, IPPROTO_TCP, TCP_CONGESTION), "reno");
    assert.equal(t.kernel.getsockopt(server, IPPROTO_TCP, TCP_CONGESTION), "reno");
    throwsWith(() => t.kernel.setsockopt(client, IPPROTO_TCP, TCP_CONGESTION, "none"), "setsockopt", "ENOENT");
  });

  test("TCP_DEFER_ACCEPT: a connection is accepted when it has sent something", {}, async (t) => {
    const { fd, address } = listener(t);
    t.kernel.setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30);
    const accepting = t.accept(fd);
    const client = t.socket(AF_INET, SOCK_STREAM);
    await t.kernel.connect(client, address);
    assert.ok(await isPending(accepting));
    await t.kernel.send(client, bytes("now"));
    assert.equal(text(await receiveAll(t, await accepting, 3)), "now");
  });

  for (const [way, begin] of [
    ["sendto", (t, fd, address) => t.kernel.sendto(fd, bytes("early"), MSG_FASTOPEN, address)],
    ["sendmsg", (t, fd, address) => t.kernel.sendmsg(fd, { data: [bytes("ear"), bytes("ly")], address }, MSG_FASTOPEN)],
    [
      "connect and write",
      async (t, fd, address) => {
        t.kernel.setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, true);
        await t.kernel.connect(fd, address);
        return t.kernel.write(fd, bytes("early"));
      },
    ],
    [
      "connect and send",
      async (t, fd, address) => {
        t.kernel.setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, true);
        await t.kernel.connect(fd, address);
        return t.kernel.send(fd, bytes("early"));
      },
    ],
  ] as readonly [string, (t: Context, fd: number, address: SocketAddress) => Promise<number>][]) {
    test(`TCP_FASTOPEN by ${way}: data travels with the SYN to who is known`, { needs: ["fast open"] }, async (t) => {
      // An address that nobody has called yet: the first call gets the cookie, the next one uses it.
      fastOpenAddresses += 1;
      const { fd, address } = listener(t, { ...ANY_PORT, address: `127.7.0.${fastOpenAddresses}` });
      t.kernel.setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, 5);
      for (const hasCookie of [false, true]) {
        const client = t.socket(AF_INET, SOCK_STREAM);
        assert.equal(await begin(t, client, address), 5);
        const server = await t.accept(fd);
        assert.equal(text(await receiveAll(t, server, 5)), "early");
        await t.kernel.send(server, bytes("!"));
        await receiveAll(t, client, 1);
        const { options } = t.kernel.getsockopt(client, IPPROTO_TCP, TCP_INFO);
        assert.equal((options & TCPI_OPT_SYN_DATA) !== 0, hasCookie);
      }
    });
  }

  test("without waiting, the first Fast Open says that it connects", { needs: ["fast open"] }, async (t) => {
    const { address } = listener(t, { ...ANY_PORT, address: "127.7.1.1" });
    const client = t.socket(AF_INET, SOCK_STREAM);
    const sending = t.kernel.sendto(client, bytes("x"), MSG_FASTOPEN | MSG_DONTWAIT, address);
    await rejectsWith(sending, "sendto", "EINPROGRESS");
    const nonBlocking = t.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    await rejectsWith(t.kernel.sendto(nonBlocking, bytes("x"), MSG_FASTOPEN, address), "sendto", "EINPROGRESS");
  });

  test("a Fast Open that nobody takes is refused", { needs: ["fast open"] }, async (t) => {
    const { fd, address } = listener(t, { ...ANY_PORT, address: "127.7.1.2" });
    t.kernel.close(fd);
    const client = t.socket(AF_INET, SOCK_STREAM);
    await rejectsWith(t.kernel.sendto(client, bytes("x"), MSG_FASTOPEN, address), "sendto", "ECONNREFUSED");
  });

  test("TCP_MAXSEG bounds the segments of both ends", {}, async (t) => {
    const [client, server] = await connected(t, (fd) => t.kernel.setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, 600));
    await t.kernel.send(server, new Uint8Array(6000));
    await receiveAll(t, client, 6000);
    const { sndMss, dataSegsOut } = t.kernel.getsockopt(server, IPPROTO_TCP, TCP_INFO);
    assert.ok(sndMss <= 600 && (dataSegsOut ?? 0) >= 10, `${sndMss} bytes, ${dataSegsOut} segments`);
  });

  test("TCP_SAVE_SYN keeps the first packet of a call", {}, async (t) => {
    const { fd, address } = listener(t);
    t.kernel.setsockopt(fd, IPPROTO_TCP, TCP_SAVE_SYN, 1);
    const client = t.socket(AF_INET, SOCK_STREAM);
    await t.kernel.connect(client, address);
    const packet = readPacket4(t.kernel.getsockopt(await t.accept(fd), IPPROTO_TCP, TCP_SAVED_SYN));
    assert.deepEqual([packet.version, packet.protocol, packet.source], [4, IPPROTO_TCP, "127.0.0.1"]);
    const view = new DataView(packet.payload.buffer);
    assert.deepEqual([view.getUint16(0), view.getUint16(2)], [portOf(t.kernel.getsockname(client)), portOf(address)]);
  });

  test("TCP_CORK holds back what does not fill a segment", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    t.kernel.setsockopt(client, IPPROTO_TCP, TCP_CORK, true);
    for (const word of ["one ", "two ", "three"]) await t.kernel.send(client, bytes(word));
    assert.equal(t.kernel.getsockopt(client, IPPROTO_TCP, TCP_INFO).dataSegsOut, 0);
    t.kernel.setsockopt(client, IPPROTO_TCP, TCP_CORK, false);
    assert.equal(text(await receiveAll(t, server, 13)), "one two three");
    assert.equal(t.kernel.getsockopt(client, IPPROTO_TCP, TCP_INFO).dataSegsOut, 1);
  });

  test("TCP_NOTSENT_LOWAT keeps a socket from taking more than leaves", {}, async (t) => {
    const [client] = await tcpPair(t);
    t.kernel.setsockopt(client, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 10_000);
    const abort = new AbortController();
    const sending = t.kernel.send(client, new Uint8Array(50_000_000), 0, { signal: abort.signal });
    assert.ok(await isPending(sending));
    const { notsentBytes } = t.kernel.getsockopt(client, IPPROTO_TCP, TCP_INFO);
    assert.ok((notsentBytes ?? Infinity) < 1_000_000, `${notsentBytes} bytes`);
    abort.abort();
    assert.ok((await sending) < 50_000_000);
  });

  test("SO_MAX_PACING_RATE is TCP's, too", {}, async (t) => {
    const [client] = await connected(t, (fd) => t.kernel.setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, 125_000_000));
    assert.equal(t.kernel.getsockopt(client, IPPROTO_TCP, TCP_INFO).maxPacingRate, 125_000_000);
  });

  test("SO_INCOMING_CPU tells the processor that took the last packet", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    await t.kernel.send(client, bytes("x"));
    await t.kernel.recv(server, new Uint8Array(1));
    const cpu = t.kernel.getsockopt(server, SOL_SOCKET, SO_INCOMING_CPU);
    assert.ok(cpu >= 0 && cpu < 65_536, `processor ${cpu}`);
  });

  test("SO_RCVLOWAT: a socket is readable when so much has come", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    t.kernel.setsockopt(server, SOL_SOCKET, SO_RCVLOWAT, 10);
    await t.kernel.send(client, new Uint8Array(9));
    const polling = t.kernel.poll([{ fd: server, events: POLLIN }]);
    assert.ok(await isPending(polling));
    await t.kernel.send(client, new Uint8Array(1));
    assert.equal(await polling, 1);
  });

  test("SO_PEEK_OFF: each look begins where the last one ended", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    t.kernel.setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, 0);
    await t.kernel.sendto(fd, bytes("abcdef"), 0, address);
    const seen: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const buffer = new Uint8Array(2);
      await t.kernel.recv(fd, buffer, MSG_PEEK);
      seen.push(text(buffer));
    }
    assert.deepEqual(seen, ["ab", "cd", "ef"]);
  });

  test("UDP_CORK gathers what is sent into one datagram", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    await t.kernel.connect(sender, address);
    t.kernel.setsockopt(sender, IPPROTO_UDP, UDP_CORK, true);
    for (const word of ["all ", "in ", "one"]) await t.kernel.send(sender, bytes(word));
    await rejectsWith(t.kernel.recv(fd, new Uint8Array(1), MSG_DONTWAIT), "recv", "EAGAIN");
    t.kernel.setsockopt(sender, IPPROTO_UDP, UDP_CORK, false);
    const buffer = new Uint8Array(100);
    assert.equal(text(buffer, await t.kernel.recv(fd, buffer)), "all in one");
  });

  test("SO_ATTACH_FILTER drops datagrams before they are received", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    // The eight bytes of UDP's header stand first: ldb [8]; jeq #'y', accept, drop
    t.kernel.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, [
      { code: BPF_LD | BPF_B | BPF_ABS, jt: 0, jf: 0, k: 8 },
      { code: BPF_JMP | BPF_JEQ | BPF_K, jt: 0, jf: 1, k: 0x79 },
      { code: BPF_RET | BPF_K, jt: 0, jf: 0, k: 0xffffffff },
      { code: BPF_RET | BPF_K, jt: 0, jf: 0, k: 0 },
    ]);
    for (const word of ["no", "yes", "no"]) await t.kernel.sendto(fd, bytes(word), 0, address);
    const buffer = new Uint8Array(100);
    assert.equal(text(buffer, await t.kernel.recv(fd, buffer)), "yes");
    await rejectsWith(t.kernel.recv(fd, buffer, MSG_DONTWAIT), "recv", "EAGAIN");
  });

  test("SO_ATTACH_REUSEPORT_CBPF chooses the socket of a port", {}, async (t) => {
    const first = t.socket(AF_INET, SOCK_DGRAM);
    t.kernel.setsockopt(first, SOL_SOCKET, SO_REUSEPORT, true);
    t.kernel.bind(first, ANY_PORT);
    const address = t.kernel.getsockname(first);
    const second = t.socket(AF_INET, SOCK_DGRAM);
    t.kernel.setsockopt(second, SOL_SOCKET, SO_REUSEPORT, true);
    t.kernel.bind(second, address);
    // The first byte of the datagram is the number of the socket.
    t.kernel.setsockopt(first, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, [
      { code: BPF_LD | BPF_B | BPF_ABS, jt: 0, jf: 0, k: 0 },
      { code: BPF_RET | 0x10, jt: 0, jf: 0, k: 0 }, // ret a
    ]);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    for (const number of [1, 0, 1]) await t.kernel.sendto(sender, Uint8Array.of(number), 0, address);
    for (const [fd, number] of [
      [first, 0],
      [second, 1],
      [second, 1],
    ] as const) {
      const buffer = new Uint8Array(1);
      await t.kernel.recv(fd, buffer);
      assert.equal(buffer[0], number);
    }
  });

  test("SO_REUSEADDR and SO_REUSEPORT say who may share a port", {}, (t) => {
    const { fd, address } = datagramSocket(t);
    const plain = t.socket(AF_INET, SOCK_DGRAM);
    throwsWith(() => t.kernel.bind(plain, address), "bind", "EADDRINUSE");
    t.kernel.setsockopt(plain, SOL_SOCKET, SO_REUSEADDR, true);
    throwsWith(() => t.kernel.bind(plain, address), "bind", "EADDRINUSE");
    t.kernel.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, true);
    t.kernel.bind(plain, address);
  });

  test("IP_MINTTL drops what comes from farther away", {}, async (t) => {
    const { fd, address } = listener(t);
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_MINTTL, 200);
    const near = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.setsockopt(near, IPPROTO_IP, IP_TTL, 255);
    const far = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.setsockopt(far, IPPROTO_IP, IP_TTL, 64);
    const abort = new AbortController();
    const unheard = t.kernel.connect(far, address, { signal: abort.signal });
    await t.kernel.connect(near, address);
    assert.ok(await isPending(unheard));
    abort.abort();
    await assert.rejects(unheard, { name: "AbortError" });
  });

  test("IP_FREEBIND binds an address that is not the machine's", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_DGRAM);
    const elsewhere: Inet4Address = { family: AF_INET, address: "192.0.2.1", port: 0 };
    throwsWith(() => t.kernel.bind(fd, elsewhere), "bind", "EADDRNOTAVAIL");
    t.kernel.setsockopt(fd, IPPROTO_IP, IP_FREEBIND, true);
    t.kernel.bind(fd, elsewhere);
  });

  test("IP_BIND_ADDRESS_NO_PORT leaves the port to connect", {}, async (t) => {
    const { address } = listener(t);
    const client = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.setsockopt(client, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, true);
    t.kernel.bind(client, { ...ANY_PORT, address: "127.0.0.8" });
    assert.equal(portOf(t.kernel.getsockname(client)), 0);
    await t.kernel.connect(client, address);
    assert.notEqual(portOf(t.kernel.getsockname(client)), 0);
  });

  test("options take C's bytes, too", {}, (t) => {
    const { fd } = datagramSocket(t);
    t.kernel.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, new Uint8Array(Int32Array.of(20_000).buffer));
    assert.equal(t.kernel.getsockopt(fd, SOL_SOCKET, SO_RCVBUF), 40_000);
    throwsWith(() => t.kernel.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, new Uint8Array(3)), "setsockopt", "EINVAL");
  });

  test("numbers without a name take and give bytes", { needs: ["raw"] }, (t) => {
    const fd = t.socket(AF_INET, SOCK_RAW, IPPROTO_IGMP);
    const MRT_VERSION = 206; // linux/mroute.h: a multicast router's
    const version: Uint8Array = t.kernel.getsockopt(fd, IPPROTO_IP, MRT_VERSION);
    assert.deepEqual(version, new Uint8Array(Int32Array.of(0x0305).buffer));
    const icmp6 = t.socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    assert.equal(t.kernel.getsockopt(icmp6, IPPROTO_IPV6, IPV6_CHECKSUM), 2, "a number with a name gives its value");
  });

  test("numbers that nobody has are an error of the system's", {}, (t) => {
    const { fd } = datagramSocket(t);
    throwsWith(() => t.kernel.getsockopt(fd, SOL_SOCKET, 9999), "getsockopt", "ENOPROTOOPT");
    for (const value of [1, true, new Uint8Array(4)]) {
      throwsWith(() => t.kernel.setsockopt(fd, SOL_SOCKET, 9999, value), "setsockopt", "ENOPROTOOPT");
      throwsWith(() => t.kernel.setsockopt(fd, 4242, 1, value), "setsockopt", "ENOPROTOOPT");
    }
    throwsWith(() => t.kernel.getsockopt(fd, 4242, 1), "getsockopt", "EOPNOTSUPP");
    throwsWith(() => t.kernel.getsockopt(fd, IPPROTO_TCP, TCP_INFO), "getsockopt", "EOPNOTSUPP");
  });
});
