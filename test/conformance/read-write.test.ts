import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FIONREAD, O_NONBLOCK, F_GETFL, SOCK_DGRAM, SOCK_STREAM } from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { pipe } from "./pipe.ts";
import { bytes, isPending, receiveAll, rejectsWith, tcpPair, text, unixPair } from "./sockets.ts";

function openFile(t: Context, content: string, mode: string): { fd: number; path: string } {
  const path = join(t.directory(), "file");
  writeFileSync(path, content);
  const fd = openSync(path, mode);
  t.after(() => closeSync(fd));
  return { fd, path };
}

conformance("read and write on sockets", (test) => {
  test("a socket is a file", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    assert.equal(await t.kernel.write(one, bytes("file")), 4);
    const buffer = new Uint8Array(16);
    assert.equal(text(buffer, await t.kernel.read(other, buffer)), "file");
    t.kernel.close(one);
    assert.equal(await t.kernel.read(other, buffer), 0);
  });

  test("readv fills its buffers in order, writev sends them in order", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    assert.equal(await t.kernel.writev(one, [bytes("ab"), bytes(""), bytes("cdef")]), 6);
    const buffers = [new Uint8Array(1), new Uint8Array(0), new Uint8Array(3), new Uint8Array(9)];
    assert.equal(await t.kernel.readv(other, buffers), 6);
    assert.deepEqual(
      buffers.map((buffer) => text(buffer).replaceAll("\0", ".")),
      ["a", "", "bcd", "ef......."],
    );
  });

  test("writev sends one datagram", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_DGRAM);
    await t.kernel.writev(one, [bytes("ab"), bytes("cd")]);
    await t.kernel.writev(one, [bytes("e")]);
    const buffers = [new Uint8Array(3), new Uint8Array(3)];
    assert.equal(await t.kernel.readv(other, buffers), 4);
    assert.equal(await t.kernel.readv(other, buffers), 1);
  });

  test("a read takes no byte that was not asked for", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    await t.kernel.write(one, bytes("0123456789"));
    await t.kernel.read(other, new Uint8Array(1));
    assert.equal(t.kernel.ioctl(other, FIONREAD), 9);
    await t.kernel.recv(other, new Uint8Array(2));
    assert.equal(t.kernel.ioctl(other, FIONREAD), 7);
    await t.kernel.readv(other, [new Uint8Array(1), new Uint8Array(1)]);
    assert.equal(t.kernel.ioctl(other, FIONREAD), 5);
    await t.kernel.recvfrom(other, new Uint8Array(2));
    assert.equal(t.kernel.ioctl(other, FIONREAD), 3);
    await t.kernel.recvmsg(other, { data: new Uint8Array(2) });
    assert.equal(t.kernel.ioctl(other, FIONREAD), 1);
  });

  test("a read of no bytes gives 0 at once and takes nothing", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    assert.equal(await t.kernel.read(other, new Uint8Array(0)), 0);
    assert.equal(await t.kernel.readv(other, []), 0);
    await t.kernel.write(one, bytes("x"));
    assert.equal(await t.kernel.read(other, new Uint8Array(0)), 0);
    assert.equal(t.kernel.ioctl(other, FIONREAD), 1);
  });

  test("a write of no bytes on a stream sends nothing", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    assert.equal(await t.kernel.write(one, new Uint8Array(0)), 0);
    assert.equal(await t.kernel.send(one, new Uint8Array(0)), 0);
    assert.equal(await t.kernel.writev(one, []), 0);
    const receiving = t.kernel.recv(other, new Uint8Array(1));
    assert.ok(await isPending(receiving));
    await t.kernel.write(one, bytes("x"));
    assert.equal(await receiving, 1);
  });

  test("a write that is larger than the buffers writes all", { needs: ["unix"] }, async (t) => {
    for (const [one, other] of [await tcpPair(t), unixPair(t, SOCK_STREAM)]) {
      const data = Buffer.alloc(8 << 20, "0123456789");
      const writing = t.kernel.write(one, data);
      assert.ok(await isPending(writing));
      assert.deepEqual(Buffer.from(await receiveAll(t, other, data.length)), data);
      assert.equal(await writing, data.length);
      const gathered = t.kernel.writev(one, [data.subarray(0, 7), data.subarray(7, 1 << 20), data.subarray(1 << 20)]);
      assert.deepEqual(Buffer.from(await receiveAll(t, other, data.length)), data);
      assert.equal(await gathered, data.length);
    }
  });
});

conformance("read and write on pipes and files", (test) => {
  test("a read of an empty pipe waits for a writer's bytes, and sees the end", { needs: ["files"] }, async (t) => {
    const [reader, writer] = pipe(t);
    const buffer = new Uint8Array(16);
    const reading = t.kernel.read(reader, buffer);
    assert.ok(await isPending(reading));
    assert.equal(await t.kernel.write(writer, bytes("piped")), 5);
    assert.equal(text(buffer, await reading), "piped");
    const ending = t.kernel.read(reader, buffer);
    assert.ok(await isPending(ending));
    t.kernel.close(writer);
    assert.equal(await ending, 0);
  });

  test("a write that is larger than the pipe waits for the reader", { needs: ["files"] }, async (t) => {
    const [reader, writer] = pipe(t);
    const data = Buffer.alloc(1 << 20, "pipe");
    const writing = t.kernel.write(writer, data);
    assert.ok(await isPending(writing));
    const got: Uint8Array[] = [];
    for (let left = data.length; left > 0;) {
      const buffer = new Uint8Array(70_000);
      const count = await t.kernel.read(reader, buffer);
      got.push(buffer.subarray(0, count));
      left -= count;
    }
    assert.deepEqual(Buffer.concat(got), data);
    assert.equal(await writing, data.length);
  });

  test("readv and writev work on a pipe", { needs: ["files"] }, async (t) => {
    const [reader, writer] = pipe(t);
    assert.equal(await t.kernel.writev(writer, [bytes("ab"), bytes(""), bytes("cde")]), 5);
    const buffers = [new Uint8Array(2), new Uint8Array(8)];
    assert.equal(await t.kernel.readv(reader, buffers), 5);
    assert.equal(text(buffers[1] as Uint8Array, 3), "cde");
  });

  test("what fits PIPE_BUF is written to a pipe whole, or waits whole", { needs: ["files"] }, async (t) => {
    const [reader, writer] = pipe(t);
    // Room for a part of the next write alone: pipes are filled by the page.
    await t.kernel.write(writer, new Uint8Array(65536 - 4096));
    const pieces = [new Uint8Array(3000).fill(1), new Uint8Array(1000).fill(2)];
    assert.equal(await t.kernel.writev(writer, pieces), 4000);
    const writing = t.kernel.writev(writer, pieces);
    assert.ok(await isPending(writing));
    assert.equal(t.kernel.ioctl(reader, FIONREAD), 65536 - 96);
    assert.equal(await t.kernel.read(reader, new Uint8Array(4096)), 4096);
    assert.equal(await writing, 4000);
    assert.equal(t.kernel.ioctl(reader, FIONREAD), 65536 - 192);
  });

  test("a write to a pipe that nobody reads fails with EPIPE", { needs: ["files"] }, async (t) => {
    const [reader, writer] = pipe(t);
    t.kernel.close(reader);
    await rejectsWith(t.kernel.write(writer, bytes("x")), "write", "EPIPE");
  });

  test("a pipe is as blocking as it was", { needs: ["files"] }, async (t) => {
    const [reader, writer] = pipe(t);
    const reading = t.kernel.read(reader, new Uint8Array(1));
    await t.kernel.write(writer, bytes("x"));
    await reading;
    assert.equal(t.kernel.fcntl(reader, F_GETFL) & O_NONBLOCK, 0);
    assert.equal(t.kernel.fcntl(writer, F_GETFL) & O_NONBLOCK, 0);
  });

  test("a file is read to its end", { needs: ["files"] }, async (t) => {
    const { fd } = openFile(t, "a file's text", "r");
    const buffer = new Uint8Array(6);
    assert.equal(text(buffer, await t.kernel.read(fd, buffer)), "a file");
    assert.equal(await t.kernel.readv(fd, [buffer, new Uint8Array(100)]), 7);
    assert.equal(await t.kernel.read(fd, buffer), 0);
  });

  test("a file is written whole, however large", { needs: ["files"] }, async (t) => {
    const { fd, path } = openFile(t, "", "w");
    const data = Buffer.alloc(100_000, "file");
    assert.equal(await t.kernel.write(fd, data), data.length);
    assert.equal(await t.kernel.writev(fd, [bytes("an"), bytes("d more")]), 8);
    assert.equal(readFileSync(path, "latin1"), `${data.toString()}and more`);
  });

  test("a file opened to read cannot be written, nor the other way round", { needs: ["files"] }, async (t) => {
    await rejectsWith(t.kernel.write(openFile(t, "x", "r").fd, bytes("x")), "write", "EBADF");
    await rejectsWith(t.kernel.read(openFile(t, "x", "w").fd, new Uint8Array(1)), "read", "EBADF");
  });
});
