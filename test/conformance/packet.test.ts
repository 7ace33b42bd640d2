import "./private-network.ts";
import assert from "node:assert/strict";
import {
  AF_INET,
  AF_PACKET,
  ARPHRD_LOOPBACK,
  BPF_ABS,
  BPF_H,
  BPF_JEQ,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_RET,
  ETH_HLEN,
  ETH_P_ALL,
  ETH_P_IP,
  htons,
  IPPROTO_UDP,
  MSG_DONTWAIT,
  MSG_TRUNC,
  PACKET_ADD_MEMBERSHIP,
  PACKET_AUXDATA,
  PACKET_DROP_MEMBERSHIP,
  PACKET_HOST,
  PACKET_IGNORE_OUTGOING,
  PACKET_MR_PROMISC,
  PACKET_OUTGOING,
  PACKET_STATISTICS,
  SO_ATTACH_FILTER,
  SO_DETACH_FILTER,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_RAW,
  sockaddrEncode,
  SOL_PACKET,
  SOL_SOCKET,
  type PacketAddress,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { readPacket4 } from "./icmp.ts";
import { bytes, datagramSocket, portOf, rejectsWith, text, throwsWith } from "./sockets.ts";

const NO_HARDWARE = new Uint8Array(6);

function loopback(t: Context, protocol: number = ETH_P_IP): PacketAddress {
  return { family: AF_PACKET, protocol, interfaceIndex: t.kernel.if_nametoindex("lo") };
}

/** A packet socket that hears the loopback interface. */
function listening(t: Context, type: number, protocol: number = ETH_P_IP): number {
  const fd = t.socket(AF_PACKET, type, htons(protocol));
  t.kernel.bind(fd, loopback(t, protocol));
  return fd;
}

/** A UDP datagram to itself, and its port, by which its packets are known. */
async function datagram(t: Context, words: string): Promise<number> {
  const { fd, address } = datagramSocket(t);
  await t.kernel.sendto(fd, bytes(words), 0, address);
  return portOf(address);
}

interface Captured {
  readonly packet: Uint8Array;
  readonly address: PacketAddress;
}

/** The next packet from that UDP port: on a shared machine others are heard, too. */
async function captured(t: Context, fd: number, port: number, skip: number): Promise<Captured> {
  const buffer = new Uint8Array(70_000);
  for (;;) {
    const { bytes: length, address } = await t.kernel.recvfrom(fd, buffer);
    const packet = buffer.slice(0, length);
    const ip = readPacket4(packet.subarray(skip));
    const { payload } = ip;
    if (ip.protocol !== IPPROTO_UDP || (((payload[0] as number) << 8) | (payload[1] as number)) !== port) continue;
    return { packet, address: address as PacketAddress };
  }
}

conformance("packet sockets", (test) => {
  test(
    "a raw socket sees the link's header, once as it leaves and once as it arrives",
    { needs: ["packet"] },
    async (t) => {
      const fd = listening(t, SOCK_RAW, ETH_P_ALL);
      const port = await datagram(t, "watch me");
      for (const packetType of [PACKET_OUTGOING, PACKET_HOST]) {
        const { packet, address } = await captured(t, fd, port, ETH_HLEN);
        assert.deepEqual(address, {
          ...loopback(t),
          hardwareType: ARPHRD_LOOPBACK,
          packetType,
          hardwareAddress: NO_HARDWARE,
        });
        assert.deepEqual([...packet.subarray(0, ETH_HLEN)], [...NO_HARDWARE, ...NO_HARDWARE, 0x08, 0x00]);
        const { source, payload } = readPacket4(packet.subarray(ETH_HLEN));
        assert.deepEqual([source, text(payload.subarray(8))], ["127.0.0.1", "watch me"]);
      }
    },
  );

  test("PACKET_IGNORE_OUTGOING hides what leaves", { needs: ["packet"] }, async (t) => {
    const fd = listening(t, SOCK_RAW, ETH_P_ALL);
    t.kernel.setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, true);
    const { address } = await captured(t, fd, await datagram(t, "arrived"), ETH_HLEN);
    assert.equal(address.packetType, PACKET_HOST);
  });

  test("a cooked socket sees the packet without it", { needs: ["packet"] }, async (t) => {
    const fd = listening(t, SOCK_DGRAM);
    const port = await datagram(t, "no frame");
    const { packet } = await captured(t, fd, port, 0);
    assert.equal(readPacket4(packet).totalLength, packet.length);
  });

  test("the address of a bound socket tells the interface and its hardware", { needs: ["packet"] }, (t) => {
    const fd = listening(t, SOCK_RAW, ETH_P_ALL);
    assert.deepEqual(t.kernel.getsockname(fd), {
      ...loopback(t, ETH_P_ALL),
      hardwareType: ARPHRD_LOOPBACK,
      packetType: 0,
      hardwareAddress: NO_HARDWARE,
    });
  });

  test("a frame that is written is received", { needs: ["packet"] }, async (t) => {
    const receiver = listening(t, SOCK_RAW, 0x88b5); // an EtherType for local experiments, IEEE 802
    const sender = t.socket(AF_PACKET, SOCK_RAW);
    const frame = Buffer.concat([NO_HARDWARE, NO_HARDWARE, Uint8Array.of(0x88, 0xb5), bytes("hello, link")]);
    await t.kernel.sendto(sender, frame, 0, loopback(t, 0x88b5));
    const buffer = new Uint8Array(100);
    const { bytes: length, address } = await t.kernel.recvfrom(receiver, buffer);
    assert.equal(text(buffer.subarray(ETH_HLEN), length - ETH_HLEN), "hello, link");
    assert.equal((address as PacketAddress).packetType, PACKET_HOST);
  });

  test("a cooked socket has the kernel write the link's header", { needs: ["packet"] }, async (t) => {
    const receiver = listening(t, SOCK_RAW, 0x88b5);
    const sender = t.socket(AF_PACKET, SOCK_DGRAM);
    const hardwareAddress = Uint8Array.of(2, 0, 0, 0, 0, 9);
    await t.kernel.sendto(sender, bytes("cooked"), 0, { ...loopback(t, 0x88b5), hardwareAddress });
    const buffer = new Uint8Array(100);
    await t.kernel.recv(receiver, buffer);
    assert.deepEqual([...buffer.subarray(0, 6), ...buffer.subarray(12, 14)], [...hardwareAddress, 0x88, 0xb5]);
    assert.equal(text(buffer.subarray(ETH_HLEN, ETH_HLEN + 6)), "cooked");
  });

  test("MSG_TRUNC gives the length of a packet that was cut", { needs: ["packet"] }, async (t) => {
    const fd = listening(t, SOCK_DGRAM, 0x88b5);
    const sender = t.socket(AF_PACKET, SOCK_DGRAM);
    await t.kernel.sendto(sender, new Uint8Array(500), 0, loopback(t, 0x88b5));
    assert.equal(await t.kernel.recv(fd, new Uint8Array(20), MSG_TRUNC), 500);
  });

  test("a filter drops what it does not accept, and cuts what it does", { needs: ["packet"] }, async (t) => {
    const fd = listening(t, SOCK_DGRAM, 0x88b5);
    // ldh [0]; jeq #0x4142, accept, drop; accept: ret #5; drop: ret #0
    t.kernel.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, [
      { code: BPF_LD | BPF_H | BPF_ABS, jt: 0, jf: 0, k: 0 },
      { code: BPF_JMP | BPF_JEQ | BPF_K, jt: 0, jf: 1, k: 0x4142 },
      { code: BPF_RET | BPF_K, jt: 0, jf: 0, k: 5 },
      { code: BPF_RET | BPF_K, jt: 0, jf: 0, k: 0 },
    ]);
    assert.equal(t.kernel.getsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER).length, 4);
    const sender = t.socket(AF_PACKET, SOCK_DGRAM);
    for (const words of ["dropped", "ABcdefgh", "dropped"]) {
      await t.kernel.sendto(sender, bytes(words), 0, loopback(t, 0x88b5));
    }
    const buffer = new Uint8Array(100);
    assert.equal(text(buffer, await t.kernel.recv(fd, buffer)), "ABcde");
    await rejectsWith(t.kernel.recv(fd, buffer, MSG_DONTWAIT), "recv", "EAGAIN");
    t.kernel.setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
    await t.kernel.sendto(sender, bytes("passes"), 0, loopback(t, 0x88b5));
    assert.equal(text(buffer, await t.kernel.recv(fd, buffer)), "passes");
    throwsWith(() => t.kernel.setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, 0), "setsockopt", "ENOENT");
    const endless = [{ code: BPF_JMP, jt: 0, jf: 0, k: 9 }];
    throwsWith(() => t.kernel.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, endless), "setsockopt", "EINVAL");
  });

  test(
    "PACKET_STATISTICS counts what came and what had no room, since it was last read",
    { needs: ["packet"] },
    async (t) => {
      const fd = listening(t, SOCK_DGRAM, 0x88b5);
      t.kernel.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, 1);
      const sender = t.socket(AF_PACKET, SOCK_DGRAM);
      for (let count = 0; count < 50; count += 1) {
        await t.kernel.sendto(sender, new Uint8Array(1000), 0, loopback(t, 0x88b5));
      }
      const { packets, drops } = t.kernel.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS);
      assert.equal(packets, 50);
      assert.ok(drops > 0 && drops < 50, `${drops} dropped`);
      assert.deepEqual(t.kernel.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS), { packets: 0, drops: 0 });
    },
  );

  test("PACKET_AUXDATA comes as a control message", { needs: ["packet"] }, async (t) => {
    const fd = listening(t, SOCK_DGRAM, 0x88b5);
    t.kernel.setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, true);
    await t.kernel.sendto(t.socket(AF_PACKET, SOCK_DGRAM), new Uint8Array(99), 0, loopback(t, 0x88b5));
    const { control } = await t.kernel.recvmsg(fd, { data: new Uint8Array(10) });
    assert.deepEqual([control.length, control[0]?.level, control[0]?.type], [1, SOL_PACKET, PACKET_AUXDATA]);
    const auxdata = control[0]?.value as Uint8Array;
    assert.equal(auxdata.length, 20);
    assert.equal(new DataView(auxdata.buffer).getUint32(4, true), 99, "tp_len");
  });

  test("promiscuous membership is joined and left", { needs: ["packet"] }, (t) => {
    const fd = listening(t, SOCK_RAW);
    const membership = { interfaceIndex: t.kernel.if_nametoindex("lo"), type: PACKET_MR_PROMISC };
    t.kernel.setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership);
    t.kernel.setsockopt(fd, SOL_PACKET, PACKET_DROP_MEMBERSHIP, membership);
    throwsWith(
      () => t.kernel.setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, { ...membership, interfaceIndex: 999_999 }),
      "setsockopt",
      "ENODEV",
    );
  });

  test("the bytes of struct sockaddr_ll are an address, too", { needs: ["packet"] }, async (t) => {
    const receiver = t.socket(AF_PACKET, SOCK_DGRAM, htons(0x88b5));
    t.kernel.bind(receiver, sockaddrEncode(loopback(t, 0x88b5)));
    const sender = t.socket(AF_PACKET, SOCK_DGRAM);
    await t.kernel.sendto(sender, bytes("raw bytes"), 0, sockaddrEncode(loopback(t, 0x88b5)));
    const buffer = new Uint8Array(100);
    assert.equal(text(buffer, await t.kernel.recv(receiver, buffer)), "raw bytes");
  });

  test("errors: no interface, an interface that is not there, a short address", { needs: ["packet"] }, async (t) => {
    const fd = t.socket(AF_PACKET, SOCK_DGRAM);
    await rejectsWith(t.kernel.sendto(fd, bytes("x"), 0, { ...loopback(t), interfaceIndex: 0 }), "sendto", "ENXIO");
    const nowhere = { ...loopback(t), interfaceIndex: 999_999 };
    throwsWith(() => t.kernel.bind(fd, nowhere), "bind", "ENODEV");
    throwsWith(() => t.kernel.bind(fd, sockaddrEncode(loopback(t)).subarray(0, 10)), "bind", "EINVAL");
    throwsWith(() => t.kernel.bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 }), "bind", "EINVAL");
  });
});
