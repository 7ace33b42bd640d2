import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../ip/address.ts";
import { FastOpenCache } from "./fast-open-cache.ts";
import { COOKIE_AGED, COOKIE_FORGED, COOKIE_GOOD, FastOpenCookies } from "./fast-open-cookie.ts";

const cookies = new FastOpenCookies({ uint32: () => 7, fill: (bytes) => bytes.fill(7) });
const key = Uint8Array.from([0xa1, 0xb2, 0xc3, 0xd4].flatMap((byte) => [byte, byte, byte, byte]));
const client = IpAddress.parse("192.0.2.1");
const server = IpAddress.parse("192.168.0.1");

test("RFC 7413 §4.1.2: a cookie is the one that Linux makes of the same key and addresses", () => {
  assert.equal(Buffer.from(cookies.make(key, client, server)).toString("hex"), "3021b9d889017eeb");
});

test("a cookie is good for its client alone, and of the second key it is good, but aged", () => {
  const other = new Uint8Array(16).fill(9);
  const cookie = cookies.make(key, client, server).slice();
  const check = (by: Uint8Array, of = client, bytes = cookie.length): number =>
    cookies.check(by, of, server, cookie, bytes);
  assert.equal(check(key), COOKIE_GOOD);
  assert.equal(check(key, IpAddress.parse("192.0.2.2")), COOKIE_FORGED);
  assert.equal(check(key, client, 4), COOKIE_FORGED);
  assert.equal(check(other), COOKIE_FORGED);
  assert.equal(check(Uint8Array.of(...other, ...key)), COOKIE_AGED);
});

test("a client remembers so many servers, and forgets the oldest", () => {
  const cache = new FastOpenCache();
  const at = (index: number): IpAddress => IpAddress.v4(0x0a00_0000 + index);
  for (let index = 0; index <= 1024; index++) cache.set(at(index), Uint8Array.of(1, 2, 3, 4), 1000 + index);
  assert.equal(cache.find(at(0)), undefined);
  assert.equal(cache.find(at(1))?.mss, 1001);
  assert.equal(cache.find(at(1024))?.mss, 2024);
});
