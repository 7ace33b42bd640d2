import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { TcpHeader } from "../../wire/tcp-header.ts";
import { IpAddress } from "../ip/address.ts";
import { optionsOfTimestamp, SynCookie, timestampWithOptions } from "./syn-cookie.ts";

const random = {
  uint32: () => 0x1234_5678,
  fill: (bytes: Uint8Array) => void bytes.fill(7),
};
const here = IpAddress.parse("10.0.0.1");
const there = IpAddress.parse("10.0.0.2");
const MINUTE_US = 60e6;

test("RFC 4987 §3.6: a cookie tells the largest MSS that is not above the peer's, for two minutes at most", () => {
  const cookies = new SynCookie(random);
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 536, max: 9000 }), fc.nat(1000), (irs, mss, minute) => {
      const nowUs = minute * MINUTE_US;
      const cookie = cookies.make(here, 80, there, 5000, irs, mss, nowUs);
      const found = cookies.check(here, 80, there, 5000, irs, cookie, nowUs + MINUTE_US);
      assert.ok(found <= mss && found >= 536);
      assert.equal(cookies.check(here, 80, there, 5000, irs, cookie, nowUs + 2 * MINUTE_US), 0);
    }),
  );
});

test("a cookie for another pair, or a guessed one, is none", () => {
  const cookies = new SynCookie(random);
  const cookie = cookies.make(here, 80, there, 5000, 1, 1460, 0);
  assert.equal(cookies.check(here, 80, there, 5000, 1, cookie, 0), 1460);
  assert.equal(cookies.check(here, 80, there, 5001, 1, cookie, 0), 0);
  let guessed = 0;
  for (let i = 1; i < 100_000; i++)
    if (cookies.check(here, 80, there, 5000, 1, (cookie + i * 77) | 0, 0) > 0) guessed++;
  assert.ok(guessed <= 2, `${guessed} guesses`);
});

test("a timestamp carries the options, and is not ahead of its time", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: -1, max: 14 }), fc.boolean(), fc.boolean(), (now, scale, sack, ecn) => {
      const header = new TcpHeader();
      header.windowScale = scale;
      header.sackPermitted = sack;
      const stamped = timestampWithOptions(now | 0, header, ecn);
      assert.deepEqual(optionsOfTimestamp(stamped), { scale, sack, ecn });
      const behind = (now - stamped) | 0;
      assert.ok(behind >= 0 && behind < 128);
    }),
  );
});
