import assert from "node:assert/strict";
import { closeSync, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { host, SHUT_WR, SO_SNDBUF, SOCK_DGRAM, AF_INET, SOL_SOCKET } from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, isPending, receiveAll, rejectsWith, tcpPair, text, throwsWith } from "./sockets.ts";

/** A file with this content, open for reading. */
function fileWith(t: Context, content: Uint8Array): number {
  const path = join(t.directory(), "content");
  writeFileSync(path, content);
  const file = openSync(path, "r");
  t.after(() => closeSync(file));
  return file;
}

/** Bytes of which none is like its neighbours. */
function patterned(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
}

conformance("sendfile", (test) => {
  test("sends a part of a file, and leaves its position", { needs: ["files"] }, async (t) => {
    const [one, other] = await tcpPair(t);
    const file = fileWith(t, bytes("0123456789"));
    assert.equal(await host.sendfile(one, file, 3, 4), 4);
    const buffer = new Uint8Array(16);
    assert.equal(text(buffer, await t.kernel.recv(other, buffer)), "3456");
    assert.equal(readSync(file, buffer, 0, 2, null), 2);
    assert.equal(text(buffer, 2), "01");
  });

  test("without an offset goes on at the file's position, which moves", { needs: ["files"] }, async (t) => {
    const [one, other] = await tcpPair(t);
    const file = fileWith(t, bytes("0123456789"));
    assert.equal(await host.sendfile(one, file, undefined, 4), 4);
    assert.equal(host.sendfileSync(one, file, undefined, 4), 4);
    t.kernel.shutdown(one, SHUT_WR);
    assert.equal(text(await receiveAll(t, other)), "01234567");
  });

  test("ends with the file", { needs: ["files"] }, async (t) => {
    const [one] = await tcpPair(t);
    const file = fileWith(t, bytes("short"));
    assert.equal(await host.sendfile(one, file, 2, 1000), 3);
    assert.equal(await host.sendfile(one, file, 5, 1000), 0);
    assert.equal(await host.sendfile(one, file, 99, 1000), 0);
  });

  test("waits for room until all has left, byte for byte", { needs: ["files"] }, async (t) => {
    const [one, other] = await tcpPair(t);
    t.kernel.setsockopt(one, SOL_SOCKET, SO_SNDBUF, 8192);
    const content = patterned(8 << 20);
    const sending = host.sendfile(one, fileWith(t, content), 0, content.length);
    assert.ok(await isPending(sending));
    const received = receiveAll(t, other);
    assert.equal(await sending, content.length);
    t.kernel.shutdown(one, SHUT_WR);
    assert.ok(content.equals(await received));
  });

  test("cut short resolves with what has left", { needs: ["files"] }, async (t) => {
    const [one, other] = await tcpPair(t);
    const content = patterned(16 << 20);
    const controller = new AbortController();
    const sending = host.sendfile(one, fileWith(t, content), 0, content.length, { signal: controller.signal });
    assert.ok(await isPending(sending));
    controller.abort();
    const sent = await sending;
    assert.ok(sent > 0 && sent < content.length);
    t.kernel.shutdown(one, SHUT_WR);
    assert.ok(content.subarray(0, sent).equals(await receiveAll(t, other)));
  });

  test("refuses what is no file, and wrong numbers", { needs: ["files"] }, async (t) => {
    const [one, other] = await tcpPair(t);
    const file = fileWith(t, bytes("x"));
    await rejectsWith(host.sendfile(one, other, 0, 1), "sendfile", "ESPIPE");
    await rejectsWith(host.sendfile(one, other, undefined, 1), "sendfile", "EINVAL");
    const unconnected = t.socket(AF_INET, SOCK_DGRAM);
    await rejectsWith(host.sendfile(unconnected, file, 0, 1), "sendfile", "EDESTADDRREQ");
    t.kernel.close(other);
    await assert.rejects(async () => {
      for (;;) await host.sendfile(one, file, 0, 1);
    }, /EPIPE|ECONNRESET/);
    throwsWith(() => host.sendfileSync(2 ** 30, file, 0, 1), "sendfile", "EBADF");
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 60]) {
      await assert.rejects(host.sendfile(one, file, wrong, 1), { code: "ERR_OUT_OF_RANGE", message: /"offset"/ });
      await assert.rejects(host.sendfile(one, file, 0, wrong), { code: "ERR_OUT_OF_RANGE", message: /"count"/ });
    }
  });
});
