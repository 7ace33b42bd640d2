import assert from "node:assert/strict";
import { test } from "node:test";
import { Received, SEND_BYTES, datagrams } from "./servers/udp-bulk-wire.ts";

const QUESTION = new Uint8Array(1);
const account = (received: Received): string => Buffer.from(received.take(QUESTION) ?? []).toString();

test("datagrams that came as one count as those that came one by one", () => {
  const received = new Received(1472);
  const bytes = datagrams(1472);
  assert.equal(received.take(bytes), undefined);
  received.take(bytes.subarray(0, 1472));
  assert.equal(account(received), `${bytes.length + 1472} 0`);
  assert.ok(bytes.length <= SEND_BYTES && bytes.length + 1472 > SEND_BYTES);
});

test("a byte that is another, and a datagram that was cut, are seen", () => {
  const received = new Received(100);
  const bytes = datagrams(100).subarray(0, 200);
  bytes[150] = (bytes[150] as number) ^ 1;
  received.take(bytes);
  received.take(bytes.subarray(0, 99));
  assert.equal(account(received), "299 2");
});
