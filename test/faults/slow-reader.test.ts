import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { AF_UNIX, SO_RCVBUF, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET, type Flow } from "../../src/index.ts";
import { conformance } from "../conformance/conformance.ts";
import { isPending, turns } from "../conformance/sockets.ts";

const TOTAL = 8 << 20;
const CHUNK = 24 * 1024;
const HIGH_WATER_MARK = 64 * 1024;
/** What the kernel holds of a connection here: twice the buffers that are asked for. */
const BUFFERS = 4 * 64 * 1024;

/** Bytes that differ from chunk to chunk, so that a lost, doubled or moved one is seen. */
function chunkAt(offset: number): Uint8Array {
  const chunk = new Uint8Array(Math.min(CHUNK, TOTAL - offset));
  for (let index = 0; index < chunk.length; index += 1) chunk[index] = ((offset + index) * 31) >>> 3;
  return chunk;
}

conformance("a slow reader", (test) => {
  test("bounds what a flow queues, and loses nothing", {}, async (t) => {
    const [one, other] = t.socketpair(AF_UNIX, SOCK_STREAM);
    const sent = createHash("sha1");
    const received = createHash("sha1");
    let offset = 0;
    let most = 0;
    let drains = 0;
    const fill = (flow: Flow): void => {
      while (offset < TOTAL) {
        const chunk = chunkAt(offset);
        sent.update(chunk);
        offset += chunk.length;
        const goOn = flow.write(chunk);
        chunk.fill(0); // The memory is the caller's again.
        most = Math.max(most, flow.bytesQueued);
        if (!goOn) return;
      }
      flow.end();
    };
    const closed = new Promise<Error | undefined>((resolve) => {
      const handler = {
        data: () => undefined,
        drain(flow: Flow) {
          drains += 1;
          assert.equal(flow.bytesQueued, 0);
          fill(flow);
        },
        close: resolve,
      };
      fill(t.kernel.flow(one, handler, { highWaterMark: HIGH_WATER_MARK }));
    });
    // Nobody reads yet: the flow has stopped writing, and stays so.
    const stopped = offset;
    await turns(20);
    assert.equal(offset, stopped);
    // Then a little at a time.
    const buffer = new Uint8Array(7000);
    for (let bytes; (bytes = await t.kernel.recv(other, buffer)) > 0;) received.update(buffer.subarray(0, bytes));
    t.kernel.close(other);
    assert.equal(await closed, undefined);
    assert.equal(received.digest("hex"), sent.digest("hex"));
    assert.ok(most <= HIGH_WATER_MARK + CHUNK, `${most} bytes were queued at most`);
    assert.ok(drains > 10, `${drains} drains`);
  });

  test("that is a paused flow stops its peer's send, until it resumes", {}, async (t) => {
    const [one, other] = t.socketpair(AF_UNIX, SOCK_STREAM);
    for (const fd of [one, other]) {
      t.kernel.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, 64 * 1024);
      t.kernel.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, 64 * 1024);
    }
    const data = Buffer.concat(Array.from({ length: Math.ceil(TOTAL / CHUNK) }, (_chunk, at) => chunkAt(at * CHUNK)));
    const received = createHash("sha1");
    let pauses = 0;
    const flow = t.kernel.flow(
      one,
      {
        data(chunk, from) {
          received.update(chunk);
          // The reader rests after every piece.
          from.pause();
          pauses += 1;
          setImmediate(() => from.resume());
        },
      },
      { paused: true },
    );
    const sending = t.kernel.send(other, data);
    assert.ok(await isPending(sending));
    await turns(20);
    assert.equal(flow.bytesRead, 0);
    flow.resume();
    assert.equal(await sending, TOTAL);
    t.kernel.close(other);
    await new Promise<void>((resolve) => {
      const look = (): void => void (flow.fd < 0 ? resolve() : setImmediate(look));
      look();
    });
    assert.equal(flow.bytesRead, TOTAL);
    assert.ok(pauses >= TOTAL / BUFFERS, `${pauses} pauses`);
    assert.equal(received.digest("hex"), createHash("sha1").update(data).digest("hex"));
  });

  test("costs the others nothing", {}, async (t) => {
    const [slow, slowEnd] = t.socketpair(AF_UNIX, SOCK_STREAM);
    const [quick, quickEnd] = t.socketpair(AF_UNIX, SOCK_STREAM);
    const blocked = t.kernel.flow(slow, { data: () => undefined });
    blocked.write(new Uint8Array(1 << 20));
    t.kernel.flow(quick, { data: (chunk, flow) => void flow.write(chunk) });
    const buffer = new Uint8Array(16);
    for (let round = 0; round < 1000; round += 1) {
      await t.kernel.send(quickEnd, buffer);
      assert.equal(await t.kernel.recv(quickEnd, buffer), 16);
    }
    assert.ok(blocked.bytesQueued > 0);
    blocked.close();
    t.kernel.close(slowEnd);
  });
});
