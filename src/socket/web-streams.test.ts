import assert from "node:assert/strict";
import { test } from "node:test";
import { SHUT_WR, SO_LINGER, SOL_SOCKET } from "../api/constants.ts";
import type { Flow } from "../api/flow.ts";
import type { Kernel } from "../api/kernel.ts";
import { host } from "../calls.ts";
import { turn } from "../../test/turn.ts";
import { expectNoDescriptorLeft } from "../../test/open-descriptors.ts";
import { tcpPair } from "../../test/tcp-pair.ts";
import { Socket } from "./socket.ts";

expectNoDescriptorLeft();

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function collected(readable: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Waits for the end of the descriptor. */
async function untilClosed(fd: number, inode: () => unknown): Promise<void> {
  for (;;) {
    try {
      inode();
    } catch {
      return assert.throws(() => host.getsockname(fd), { code: "EBADF" });
    }
    await turn();
  }
}

test("10 MB go both ways, and the descriptor is closed after both ends", async () => {
  const [a, b] = await tcpPair();
  const { fd } = a;
  const [one, two] = [a.toWeb(), b.toWeb()];
  assert.ok(a.closed && b.closed);
  const data = Buffer.alloc(10_000_000, "dialtone.");
  const send = async (writable: WritableStream<Uint8Array>): Promise<void> => {
    const writer = writable.getWriter();
    for (let at = 0; at < data.length; at += 300_000) await writer.write(data.subarray(at, at + 300_000));
    await writer.close();
  };
  const [, , first, second] = await Promise.all([
    send(one.writable),
    send(two.writable),
    collected(one.readable),
    collected(two.readable),
  ]);
  assert.ok(first.equals(data) && second.equals(data));
  await untilClosed(fd, () => host.getsockname(fd));
});

test("what an iteration has left unread comes first", async () => {
  const [a, b] = await tcpPair();
  await a.sendAll(bytes("head and body"));
  a.close();
  await assert.rejects(b.recvExactly(100), { code: "ENODATA" });
  assert.equal(Buffer.from(await b.recvExactly(4)).toString(), "head");
  const { readable, writable } = b.toWeb();
  assert.equal((await collected(readable)).toString(), " and body");
  await writable.close();
});

test("an echo server is a pipe", async () => {
  const [a, b] = await tcpPair();
  const { readable, writable } = b.toWeb();
  const piped = readable.pipeTo(writable);
  await a.sendAll(bytes("there and back"));
  a.shutdown(SHUT_WR);
  let text = "";
  for await (const chunk of a.chunks()) text += Buffer.from(chunk).toString();
  assert.equal(text, "there and back");
  await piped;
  a.close();
});

test("a BYOB reader gets the bytes into its own memory, and at the end its memory back", async () => {
  const [a, b] = await tcpPair();
  const { readable, writable } = b.toWeb();
  const reader = readable.getReader({ mode: "byob" });
  await a.send(bytes("abcdef"));
  const first = await reader.read(new Uint8Array(4));
  assert.equal(Buffer.from(first.value as Uint8Array).toString(), "abcd");
  assert.equal(first.value?.buffer.byteLength, 4);
  const second = await reader.read(new Uint8Array(4));
  assert.equal(Buffer.from(second.value as Uint8Array).toString(), "ef");
  const last = reader.read(new Uint8Array(9));
  a.close();
  const { done, value } = await last;
  assert.equal(done, true);
  assert.equal(value?.length, 0);
  await writable.close();
});

test("a reader that does not read holds the sender back", async () => {
  let received = 0;
  let begin: (() => void) | undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const kernel: Kernel = {
    ...host,
    flow: (fd, handler, options) =>
      host.flow(
        fd,
        {
          ...handler,
          data: (chunk: Uint8Array, flow: Flow) => {
            received += chunk.length;
            begin?.();
            handler.data(chunk, flow);
          },
        },
        options,
      ),
  };
  const [a, b] = await tcpPair(kernel);
  const { readable, writable } = b.toWeb();
  const sending = a.sendAll(new Uint8Array(10_000_000)).then(() => a.shutdown(SHUT_WR));
  await begun;
  for (let turns = 0; turns < 20; turns += 1) await turn();
  assert.ok(received <= 2 * 64 * 1024, `${received} bytes`);
  assert.equal((await collected(readable)).length, 10_000_000);
  await sending;
  await writable.close();
  a.close();
});

test("a write waits until the kernel has taken it", async () => {
  const [a, b] = await tcpPair();
  const { readable, writable } = b.toWeb();
  const writer = writable.getWriter();
  const steps: string[] = [];
  const written = writer.write(new Uint8Array(16_000_000)).then(() => steps.push("taken"));
  for (let turns = 0; turns < 5; turns += 1) await turn();
  assert.equal(writer.desiredSize, 0);
  steps.push("read");
  let received = 0;
  for await (const chunk of a.chunks()) {
    received += chunk.length;
    if (received === 16_000_000) break;
  }
  await written;
  assert.deepEqual(steps, ["read", "taken"]);
  await writer.close();
  a.close();
  assert.equal((await collected(readable)).length, 0);
});

test("the writable takes views and buffers, and refuses anything else", async () => {
  const [a, b] = Socket.pair(host);
  const { readable, writable } = b.toWeb();
  const writer = writable.getWriter();
  await writer.write(new Uint16Array([0x6161]));
  await writer.write(bytes("bc").slice().buffer);
  assert.equal(Buffer.from(await a.recvExactly(4)).toString(), "aabc");
  await assert.rejects(writer.write("text" as never), { code: "ERR_INVALID_ARG_TYPE" });
  a.close();
  await readable.cancel();
});

test("cancel shuts the receiving side only; close the sending side", async () => {
  const [a, b] = await tcpPair();
  const { fd } = b;
  const { readable, writable } = b.toWeb();
  await a.send(bytes("nobody reads this"));
  await readable.cancel();
  const writer = writable.getWriter();
  await writer.write(bytes("still here"));
  assert.equal(Buffer.from(await a.recvExactly(10)).toString(), "still here");
  await writer.close();
  await untilClosed(fd, () => host.getsockname(fd));
  a.close();
});

test("abort resets the connection, so that nobody takes it for an end", async () => {
  const [a, b] = await tcpPair();
  const { readable, writable } = b.toWeb();
  const reason = new Error("no more");
  const reading = collected(readable);
  await writable.abort(reason);
  await assert.rejects(reading, reason);
  await assert.rejects(a.recv(1), { code: "ECONNRESET" });
  a.close();
});

test("abort does not wait for a write that nobody takes", async () => {
  const [a, b] = await tcpPair();
  const { fd } = b;
  const { readable, writable } = b.toWeb();
  const reading = collected(readable);
  const writer = writable.getWriter();
  const writing = writer.write(new Uint8Array(32_000_000));
  await turn();
  const reason = new Error("enough");
  const aborting = writer.abort(reason);
  await assert.rejects(writing, reason);
  await assert.rejects(reading, reason);
  await aborting.catch((error: Error) => assert.equal(error, reason));
  assert.throws(() => host.getsockname(fd), { code: "EBADF" });
  a.close();
});

test("an error of the connection errors both streams", async () => {
  const [a, b] = await tcpPair();
  const { readable, writable } = b.toWeb();
  const reading = collected(readable);
  const writer = writable.getWriter();
  const writing = writer.closed;
  a.setsockopt(SOL_SOCKET, SO_LINGER, { onoff: true, linger: 0 });
  a.close();
  await assert.rejects(reading, { code: "ECONNRESET" });
  await assert.rejects(writing, { code: "ECONNRESET" });
});

test("a write that waits fails with the connection", async () => {
  const [a, b] = await tcpPair();
  const { readable, writable } = b.toWeb();
  const reading = collected(readable);
  const writer = writable.getWriter();
  const outcomes = Promise.allSettled([reading, writer.write(new Uint8Array(32_000_000)), writer.closed]);
  await turn();
  a.setsockopt(SOL_SOCKET, SO_LINGER, { onoff: true, linger: 0 });
  a.close();
  for (const { status } of await outcomes) assert.equal(status, "rejected");
});

test("the socket's signal errors both streams with an AbortError", async () => {
  const controller = new AbortController();
  const [a, b] = Socket.pair(host, undefined, undefined, { signal: controller.signal });
  const { fd } = b;
  const { readable, writable } = b.toWeb();
  const outcomes = Promise.allSettled([collected(readable), writable.getWriter().closed]);
  controller.abort();
  for (const outcome of await outcomes) {
    assert.equal(outcome.status === "rejected" && (outcome.reason as Error).name, "AbortError");
  }
  assert.ok(a.closed);
  assert.throws(() => host.getsockname(fd), { code: "EBADF" });
});

test("a descriptor that is closed behind its back errors both streams", async () => {
  const [a, b] = Socket.pair(host);
  const { fd } = b;
  const { readable, writable } = b.toWeb();
  const outcomes = Promise.allSettled([collected(readable), writable.getWriter().closed]);
  host.close(fd);
  for (const outcome of await outcomes) {
    assert.equal(outcome.status === "rejected" && (outcome.reason as { code: string }).code, "EBADF");
  }
  a.close();
});
