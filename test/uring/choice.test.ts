import assert from "node:assert/strict";
import { after, test, type TestContext } from "node:test";
import { createHost } from "../../src/index.ts";
import { startProgram, type Child } from "../child-program.ts";
import type { Choice } from "./choice-programs.ts";
import { skip } from "./ring.ts";
import { denier } from "./seccomp.ts";

const PROGRAMS = new URL("./choice-programs.js", import.meta.url);

const deny = denier();
after(() => deny?.remove());

/** io_uring_setup(2), io_uring_enter(2), io_uring_register(2). */
const [SETUP, ENTER, REGISTER] = ["425", "426", "427"] as const;

function start(t: TestContext, name: string, engine: string, denied: readonly string[], args: unknown[] = []): Child {
  const under = ["env", `DIALTONE_ENGINE=${engine}`, ...(denied.length > 0 ? [deny?.path as string, ...denied] : [])];
  return startProgram(t, PROGRAMS, name, { under, args });
}

for (const [what, denied, call] of [
  ["all of io_uring", [SETUP, REGISTER], "io_uring_setup"],
  ["io_uring_enter alone", [ENTER, ENTER], "io_uring_enter"],
  ["io_uring_register alone", [REGISTER, REGISTER], "io_uring_register"],
] as const) {
  const why = skip || (deny === undefined && "no C compiler here, which the filter is made with");

  test(`a seccomp filter against ${what} is met by epoll, silently, and inspect says why`, { skip: why }, async (t) => {
    const child = start(t, "choose", "", denied);
    const { inspected, echoed, opened } = await child.told<Choice>();
    assert.equal(inspected["engine"], "epoll");
    assert.match(String(inspected["ioUring"]), new RegExp(`${call} EPERM`));
    assert.equal(echoed, "hello");
    assert.deepEqual(opened, ["anon_inode:[eventpoll]"], "a ring was left open");
    assert.deepEqual(await child.exited, { code: 0, signal: null });
    assert.equal(child.stderr, "");
  });

  test(`a program that asks for io_uring is told that a filter refuses ${what}`, { skip: why }, async (t) => {
    for (const [engine, args] of [
      ["io_uring", []],
      ["", ["io_uring"]],
    ] as const) {
      const [name, code, message] = await start(t, "fails", engine, denied, [...args]).told<string[]>();
      assert.deepEqual([name, code], ["Error", "ERR_NOT_SUPPORTED"], message);
      assert.match(String(message), new RegExp(`io_uring was asked for, and is refused: ${call} EPERM`));
    }
  });
}

for (const engine of ["io_uring", "epoll"]) {
  test(`DIALTONE_ENGINE chooses ${engine}`, { skip: engine === "io_uring" && skip }, async (t) => {
    const { inspected, echoed } = await start(t, "choose", engine, []).told<Choice>();
    assert.deepEqual([inspected["engine"], inspected["ioUring"], echoed], [engine, undefined, "hello"]);
  });
}

test("a wrong DIALTONE_ENGINE is refused by its name, at the first call that waits", async (t) => {
  const [name, code, message] = await start(t, "fails", "iouring", []).told<string[]>();
  assert.deepEqual([name, code], ["TypeError", "ERR_INVALID_ARG_VALUE"]);
  assert.match(String(message), /DIALTONE_ENGINE.*iouring/s);
});

const wrong: readonly (readonly [options: object, names: string, code: string])[] = [
  [{ engine: "uring" }, "options.engine", "ERR_INVALID_ARG_VALUE"],
  [{ engine: 1 }, "options.engine", "ERR_INVALID_ARG_VALUE"],
  [{ busyPollUs: -1 }, "options.busyPollUs", "ERR_OUT_OF_RANGE"],
  [{ busyPollUs: 10_001 }, "options.busyPollUs", "ERR_OUT_OF_RANGE"],
  [{ busyPollUs: Number.NaN }, "options.busyPollUs", "ERR_OUT_OF_RANGE"],
  [{ ring: { submissions: 7 } }, "options.ring.submissions", "ERR_OUT_OF_RANGE"],
  [{ ring: { submissions: 8.5 } }, "options.ring.submissions", "ERR_OUT_OF_RANGE"],
  [{ ring: { completions: 65_537 } }, "options.ring.completions", "ERR_OUT_OF_RANGE"],
  [{ ring: { submissions: 64, completions: 32 } }, "options.ring.completions", "ERR_OUT_OF_RANGE"],
  [{ ring: { buffers: 3 } }, "options.ring.buffers", "ERR_OUT_OF_RANGE"],
  [{ ring: { bufferBytes: 1023 } }, "options.ring.bufferBytes", "ERR_OUT_OF_RANGE"],
  [{ ring: { buffers: 2048, bufferBytes: 1_048_576 } }, "options.ring.buffers", "ERR_OUT_OF_RANGE"],
  [{ ring: { sendBytes: -1 } }, "options.ring.sendBytes", "ERR_OUT_OF_RANGE"],
];

test("wrong options are refused by their names, before anything is opened", () => {
  for (const [options, names, code] of wrong) {
    assert.throws(
      () => createHost(options),
      (error: Error & { code?: string }) => error.code === code && error.message.includes(`"${names}"`),
      JSON.stringify(options),
    );
  }
});
