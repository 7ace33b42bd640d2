import { isPrivate } from "../../test/conformance/private-network.ts";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import {
  AF_INET,
  AF_INET6,
  host,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  SOCK_DGRAM,
  SOCK_STREAM,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VIRTIO_NET_HDR_GSO_NONE,
  type SocketAddress,
} from "../index.ts";
import { interfaceAddress, setUpInterface } from "./interface-setup.ts";
import { TunDevice } from "./tun-device.ts";
import { VirtioHeader } from "./virtio-header.ts";

const skip = !isPrivate
  ? "needs root, for a network of its own"
  : existsSync("/dev/net/tun")
    ? false
    : "the machine has no /dev/net/tun";

/** Adds what changed to a checksum (RFC 1624): the type of an ICMP message went from `before` to `after`. */
function changeType(message: Uint8Array, before: number, after: number): void {
  message[0] = after;
  const view = new DataView(message.buffer, message.byteOffset);
  const sum = view.getUint16(2) + (before << 8) - (after << 8);
  view.setUint16(2, sum > 0xffff ? sum - 0xffff : sum);
}

function swap(bytes: Uint8Array, one: number, other: number, length: number): void {
  const kept = bytes.slice(one, one + length);
  bytes.copyWithin(one, other, other + length);
  bytes.set(kept, other);
}

/** Answers an echo request of either version: addresses changed over, and the type. */
function echo(packet: Uint8Array): Uint8Array | undefined {
  const answer = packet.slice();
  if (packet[0] === 0x45 && packet[9] === IPPROTO_ICMP && packet[20] === 8) {
    swap(answer, 12, 16, 4);
    changeType(answer.subarray(20), 8, 0);
    return answer;
  }
  if ((packet[0] ?? 0) >> 4 === 6 && packet[6] === IPPROTO_ICMPV6 && packet[40] === 128) {
    swap(answer, 8, 24, 16);
    changeType(answer.subarray(40), 128, 129);
    return answer;
  }
  return undefined;
}

for (const [family, protocol, own, peer] of [
  [AF_INET, IPPROTO_ICMP, "10.9.0.1/24", "10.9.0.2"],
  [AF_INET6, IPPROTO_ICMPV6, "fd09::1/64", "fd09::2"],
] as const) {
  test(`tun: the kernel's ping to ${peer} is answered from here`, { skip }, async () => {
    using device = new TunDevice(host, { kind: "tun", name: "tun%d" });
    assert.match(device.name, /^tun\d+$/);
    setUpInterface(host, device.name, { addresses: [own], mtu: 1400 });
    device.receive({
      frame(bytes) {
        const answer = echo(bytes);
        if (answer !== undefined) assert.ok(device.write(answer));
      },
    });
    const fd = host.socket(family, SOCK_DGRAM, protocol);
    const request = Uint8Array.of(family === AF_INET ? 8 : 128, 0, 0, 0, 0, 0, 0, 1, 42, 43);
    await host.sendto(fd, request, 0, { family, address: peer, port: 0 } as SocketAddress);
    const answer = new Uint8Array(64);
    const { bytes } = await host.recvfrom(fd, answer);
    assert.deepEqual([...answer.subarray(6, bytes)], [0, 1, 42, 43]);
    host.close(fd);
  });
}

test("tun: frames that come together are handed on in one batch", { skip }, async () => {
  using device = new TunDevice(host, { kind: "tun" });
  setUpInterface(host, device.name, { addresses: ["10.9.0.1/24"] });
  const fd = host.socket(AF_INET, SOCK_DGRAM);
  for (let port = 1; port <= 20; port += 1) {
    await host.sendto(fd, Uint8Array.of(port), 0, { family: AF_INET, address: "10.9.0.2", port });
  }
  const batches: number[][] = [[]];
  await new Promise<void>((resolve) => {
    device.receive({
      frame(packet) {
        if (packet[9] === 17) batches.at(-1)?.push(packet.at(-1) ?? 0);
      },
      batchEnd() {
        if (batches.flat().length === 20) resolve();
        batches.push([]);
      },
    });
  });
  assert.deepEqual(
    batches[0],
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  host.close(fd);
});

test("tap: an Ethernet frame comes whole: the kernel asks for a neighbour", { skip }, async () => {
  using device = new TunDevice(host, { kind: "tap" });
  setUpInterface(host, device.name, { addresses: ["10.9.0.1/24"] });
  const asked = new Promise<Uint8Array>((resolve) => {
    device.receive({ frame: (frame) => frame[12] === 0x08 && frame[13] === 0x06 && resolve(frame.slice()) });
  });
  const fd = host.socket(AF_INET, SOCK_DGRAM);
  await host.sendto(fd, Uint8Array.of(1), 0, { family: AF_INET, address: "10.9.0.2", port: 9 });
  const frame = await asked;
  assert.deepEqual([...frame.subarray(0, 6)], [255, 255, 255, 255, 255, 255]);
  assert.deepEqual([...frame.subarray(38, 42)], [10, 9, 0, 2]); // RFC 826: the target's protocol address
  host.close(fd);
});

test("a device with offload says before each frame what is left to be done", { skip }, async () => {
  using device = new TunDevice(host, { kind: "tun", offload: true });
  setUpInterface(host, device.name, { addresses: ["10.9.0.1/24"] });
  const first = new Promise<Uint8Array>((resolve) => {
    device.receive({ frame: (frame) => frame[device.headerBytes + 9] === 6 && resolve(frame.slice()) });
  });
  const fd = host.socket(AF_INET, SOCK_STREAM);
  const connecting = host.connect(fd, { family: AF_INET, address: "10.9.0.2", port: 80 });
  const frame = await first;
  const header = new VirtioHeader();
  header.read(new DataView(frame.buffer), 0);
  assert.equal(header.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
  assert.equal(header.segmentation, VIRTIO_NET_HDR_GSO_NONE);
  assert.deepEqual([header.checksumStart, header.checksumOffset], [20, 16]);
  const written = new Uint8Array(device.headerBytes);
  header.write(new DataView(written.buffer), 0);
  assert.deepEqual(written, frame.subarray(0, device.headerBytes));
  host.close(fd);
  await assert.rejects(connecting, { code: "EBADF" });
});

test("the close of a device takes its interface away, and ends the wait for frames", { skip }, async () => {
  const device = new TunDevice(host, { kind: "tun", name: "gone0" });
  setUpInterface(host, "gone0", { addresses: ["10.9.0.1/24"], routes: [{ to: "192.0.2.0/24", gateway: "10.9.0.9" }] });
  device.receive({ frame() {}, failed: (error) => assert.fail(String(error)) });
  device.close();
  device.close();
  assert.throws(() => host.if_nametoindex("gone0"), { code: "ENODEV" });
  await host.poll([], 1);
  assert.equal((host.inspect() as { waitingCalls: number }).waitingCalls, 0);
});

test("what cannot be opened says why", { skip }, () => {
  assert.throws(() => new TunDevice(host, { kind: "tun", name: "a-name-that-is-too-long" }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
  assert.throws(() => new TunDevice(host, { kind: "ethernet" as "tap" }), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => new TunDevice(host, { kind: "tun", name: "lo" }), { code: "EINVAL" });
  using device = new TunDevice(host, { kind: "tun" });
  assert.throws(() => new TunDevice(host, { kind: "tun", name: device.name }), { code: "EBUSY" });
  assert.throws(() => device.write(new Uint8Array(0)), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => device.write(new Uint8Array(20)), { code: "EINVAL" });
  assert.throws(() => device.write(new Uint8Array(20).fill(0x45)), { code: "EIO" });
  assert.throws(() => setUpInterface(host, device.name, { addresses: ["10.9.0.1/33"] }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
  assert.throws(() => setUpInterface(host, device.name, { routes: [{ to: "192.0.2.0/24", gateway: "203.0.113.1" }] }), {
    code: "ENETUNREACH",
  });
});

test("an address is read with its prefix", () => {
  assert.deepEqual(interfaceAddress("10.7.0.2/24"), {
    family: AF_INET,
    bytes: Uint8Array.of(10, 7, 0, 2),
    prefixLength: 24,
  });
  assert.equal(interfaceAddress("fd00::2").prefixLength, 128);
  for (const text of ["", "10.7.0/24", "10.7.0.2/", "10.7.0.2/33", "10.7.0.2/1/2", "fd00::/129"]) {
    assert.throws(() => interfaceAddress(text), { code: "ERR_INVALID_ARG_VALUE" });
  }
});
