import assert from "node:assert/strict";
import { constants, openSync } from "node:fs";
import { F_GETFL, F_SETFL, O_NONBLOCK, POLLIN, POLLOUT } from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, isPending, rejectsWith, text } from "./sockets.ts";

// asm-generic/ioctls.h
const TIOCSPTLCK = 0x40045431;
const TIOCGPTN = 0x80045430;

/** A terminal: the side of who sits at it, and the side of the program. It goes line by line, as terminals begin. */
function terminal(t: Context): [number, number] {
  const flags = constants.O_RDWR | constants.O_NOCTTY;
  const person = t.own(openSync("/dev/ptmx", flags));
  t.kernel.ioctl(person, TIOCSPTLCK, 0);
  const number = new Uint8Array(4);
  t.kernel.ioctl(person, TIOCGPTN, number);
  const program = t.own(openSync(`/dev/pts/${new DataView(number.buffer).getInt32(0, true)}`, flags));
  return [person, program];
}

conformance("terminals", (test) => {
  test("a read waits for a line, and takes no more of it than was asked for", { needs: ["files"] }, async (t) => {
    const [person, program] = terminal(t);
    const buffer = new Uint8Array(16);
    const reading = t.kernel.read(program, buffer);
    await t.kernel.write(person, bytes("hel"));
    assert.ok(await isPending(reading));
    await t.kernel.write(person, bytes("lo\n"));
    assert.equal(text(buffer, await reading), "hello\n");
    await t.kernel.write(person, bytes("again\n"));
    assert.equal(await t.kernel.read(program, buffer.subarray(0, 2)), 2);
    assert.equal(text(buffer, await t.kernel.read(program, buffer)), "ain\n");
  });

  test("what is written comes out with a carriage return at the line's end", { needs: ["files"] }, async (t) => {
    const [person, program] = terminal(t);
    const buffer = new Uint8Array(16);
    const reading = t.kernel.read(person, buffer);
    assert.equal(await t.kernel.writev(program, [bytes("a "), bytes("line\n")]), 7);
    assert.equal(text(buffer, await reading), "a line\r\n");
  });

  test("a control-D at the beginning of a line is the end", { needs: ["files"] }, async (t) => {
    const [person, program] = terminal(t);
    const reading = t.kernel.read(program, new Uint8Array(16));
    await t.kernel.write(person, new Uint8Array([4]));
    assert.equal(await reading, 0);
  });

  test("poll tells of a line, and the terminal stays as blocking as it was", { needs: ["files"] }, async (t) => {
    const [person, program] = terminal(t);
    const entry = { fd: program, events: POLLIN, revents: 0 };
    const polling = t.kernel.poll([entry]);
    await t.kernel.write(person, bytes("no line yet"));
    assert.ok(await isPending(polling));
    await t.kernel.write(person, bytes("\n"));
    assert.equal(await polling, 1);
    assert.equal(await t.kernel.poll([{ fd: program, events: POLLOUT }], 0), 1);
    assert.equal(t.kernel.fcntl(program, F_GETFL) & O_NONBLOCK, 0);
  });

  test(
    "a non-blocking terminal rejects with EAGAIN; a descriptor that waits ends with its close",
    { needs: ["files"] },
    async (t) => {
      const [, program] = terminal(t);
      const reading = t.kernel.read(program, new Uint8Array(1));
      const other = t.own(openSync(`/proc/self/fd/${program}`, constants.O_RDWR | constants.O_NOCTTY));
      t.kernel.fcntl(other, F_SETFL, O_NONBLOCK);
      await rejectsWith(t.kernel.read(other, new Uint8Array(1)), "read", "EAGAIN");
      t.kernel.close(program);
      await rejectsWith(reading, "read", "EBADF");
    },
  );
});
