import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketAddress } from "../../api/address.ts";
import { AF_INET, AF_INET6, AF_UNIX } from "../../api/constants.ts";
import { sockaddrEncode } from "../../netdb/sockaddr.ts";
import { memoryAt } from "../ffi/memory.ts";
import { PeerCache } from "./peer-cache.ts";

const names = new Uint8Array(new ArrayBuffer(256));
const words = new Int32Array(names.buffer);

/** What the cache makes of an address that the kernel has written behind another. */
function decode(peers: PeerCache, address: SocketAddress): SocketAddress {
  const name = sockaddrEncode(address);
  names.set(name, 128);
  return peers.decode(names, words, 32, name.length);
}

const inet = (index: number): SocketAddress => ({
  family: AF_INET,
  address: `127.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
  port: 1 + (index % 65535),
});
const inet6 = (port: number, scopeId: number): SocketAddress => ({
  family: AF_INET6,
  address: "fe80::1",
  port,
  scopeId,
});

test("a peer that comes again is the same value, and has its bytes", () => {
  const peers = new PeerCache();
  for (const address of [inet(7), inet6(7, 1), inet6(7, 2), inet6(8, 1)]) {
    const value = decode(peers, address);
    assert.deepEqual(value, address);
    assert.equal(decode(peers, address), value);
    assert.deepEqual(peers.encode(value), sockaddrEncode(address));
  }
  const unix: SocketAddress = { family: AF_UNIX, path: "/run/peer" };
  assert.deepEqual(decode(peers, unix), unix);
});

test("more peers than are remembered: each is right, and bytes that were given out do not change", () => {
  const peers = new PeerCache();
  const given: { readonly bytes: Uint8Array; readonly at: number | undefined; readonly address: SocketAddress }[] = [];
  for (let index = 0; index < 10_000; index += 1) {
    const address = inet(index * 7919);
    const value = decode(peers, address);
    assert.deepEqual(value, address);
    const bytes = peers.encode(value);
    given.push({ bytes, at: peers.pointerTo(bytes), address });
  }
  let pointers = 0;
  for (const { bytes, at, address } of given) {
    const expected = sockaddrEncode(address);
    assert.deepEqual(bytes, expected);
    if (at === undefined) continue;
    pointers += 1;
    assert.deepEqual(memoryAt(BigInt(at), bytes.length), expected);
  }
  assert.ok(pointers > 9000, `${pointers} answers needed no copy of their address`);
});

test("bytes of the caller's own have no place in the cache's memory", () => {
  const peers = new PeerCache();
  decode(peers, inet(1));
  assert.equal(peers.pointerTo(sockaddrEncode(inet(1))), undefined);
});
