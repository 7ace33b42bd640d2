import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as hold, nat, property, uint8Array } from "fast-check";
import { AF_UNIX, MSG_PEEK, MSG_TRUNC } from "../api/constants.ts";
import { UnreadBytes, UnreadDatagrams } from "./unread.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

test("bytes come out as they came in, whatever the sizes of chunks and receives", () => {
  const chunks = array(uint8Array({ maxLength: 20 }), { maxLength: 10 });
  hold(
    property(chunks, array(nat(15), { minLength: 1, maxLength: 5 }), (pushed, sizes) => {
      const unread = new UnreadBytes();
      for (const chunk of pushed) unread.push(chunk);
      const whole = Buffer.concat(pushed);
      const received: Uint8Array[] = [];
      while (unread.size > 0) {
        assert.equal(unread.size, whole.length - Buffer.concat(received).length);
        // The last one makes sure that it goes on.
        const buffers = [...sizes, 1].map((size) => new Uint8Array(size));
        const peeked = buffers.map((buffer) => buffer.slice());
        const seen = unread.receive(peeked, MSG_PEEK);
        const taken = unread.receive(buffers, 0);
        assert.deepEqual(taken, seen);
        assert.deepEqual(buffers, peeked);
        received.push(Buffer.concat(buffers).subarray(0, taken?.bytes));
      }
      assert.ok(whole.equals(Buffer.concat(received)));
      assert.equal(unread.receive([new Uint8Array(1)], 0), undefined);
    }),
  );
});

test("bytes that are put back come first", () => {
  const unread = new UnreadBytes();
  unread.push(bytes("cd"));
  unread.putBack(bytes("ab"));
  unread.putBack(new Uint8Array(0));
  const buffer = new Uint8Array(3);
  unread.receive([buffer], 0);
  assert.equal(text(buffer), "abc");
  assert.equal(text(unread.shift() as Uint8Array), "d");
  assert.equal(unread.size, 0);
});

test("a datagram is received once, cut to the buffers, with its length on MSG_TRUNC", () => {
  const unread = new UnreadDatagrams();
  const address = { family: AF_UNIX, path: "\0sender" } as const;
  for (const word of ["abcdef", "gh"]) unread.push({ data: bytes(word), address, truncated: false });
  const buffers = [new Uint8Array(2), new Uint8Array(3)];
  const peeked = unread.receive(buffers, MSG_PEEK | MSG_TRUNC);
  assert.deepEqual(peeked, { bytes: 6, address, control: [], flags: MSG_TRUNC });
  assert.deepEqual(buffers.map(text), ["ab", "cde"]);
  assert.deepEqual(unread.receive(buffers, 0), { bytes: 5, address, control: [], flags: MSG_TRUNC });
  assert.deepEqual(unread.receive(buffers, 0), { bytes: 2, address, control: [], flags: 0 });
  assert.equal(unread.receive(buffers, 0), undefined);
});
