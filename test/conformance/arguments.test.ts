import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  F_GETFL,
  FIONREAD,
  O_RDWR,
  type BlockingCalls,
  type Kernel,
} from "../../src/index.ts";
import {
  ADDRESS_CALLS,
  BLOCKING_BYTES_CALLS,
  BLOCKING_CALLS,
  BYTES_CALLS,
  DESCRIPTOR_CALLS,
  INTEGER_CALLS,
  type Call,
} from "./calls.ts";
import { conformance, type Context, type DefineTest } from "./conformance.ts";
import { ANY_PORT, bytes, unixPair } from "./sockets.ts";

/* Wrong arguments, call by call: a TypeError or RangeError with a code, before any system call. */

const OUT_OF_RANGE = "ERR_OUT_OF_RANGE";
const TYPE = "ERR_INVALID_ARG_TYPE";
const VALUE = "ERR_INVALID_ARG_VALUE";

const NO_DESCRIPTORS: readonly [unknown, string][] = [
  [-1, OUT_OF_RANGE],
  [1.5, OUT_OF_RANGE],
  [NaN, OUT_OF_RANGE],
  [Infinity, OUT_OF_RANGE],
  [2 ** 31, OUT_OF_RANGE],
  ["3", TYPE],
  [3n, TYPE],
  [null, TYPE],
  [undefined, TYPE],
  [{}, TYPE],
];

function detached(): Uint8Array {
  const buffer = new Uint8Array(8);
  structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
  return buffer;
}

/** What is no memory; made anew, as some of it can be made only once. */
const NO_BYTES: readonly [string, () => unknown, string][] = [
  ["text", () => "text", TYPE],
  ["a number", () => 5, TYPE],
  ["null", () => null, TYPE],
  ["nothing", () => undefined, TYPE],
  ["an array of numbers", () => [1, 2, 3], TYPE],
  ["an ArrayBuffer", () => new ArrayBuffer(8), TYPE],
  ["a DataView", () => new DataView(new ArrayBuffer(8)), TYPE],
  ["other integers", () => new Uint16Array(4), TYPE],
  ["memory that was given away", detached, VALUE],
];

const NO_INTEGERS: readonly [unknown, string][] = [
  ["0", TYPE],
  [null, TYPE],
  [1n, TYPE],
  [{}, TYPE],
  [0.5, OUT_OF_RANGE],
  [NaN, OUT_OF_RANGE],
  [2 ** 32, OUT_OF_RANGE],
  [-(2 ** 31) - 1, OUT_OF_RANGE],
];

const NO_ADDRESSES: readonly [string, unknown, string][] = [
  ["text", "127.0.0.1:80", TYPE],
  ["null", null, TYPE],
  ["nothing", undefined, TYPE],
  ["a number", 80, TYPE],
  ["an object without a family", {}, TYPE],
  ["a port of 65536", { ...ANY_PORT, port: 65536 }, OUT_OF_RANGE],
  ["a negative port", { ...ANY_PORT, port: -1 }, OUT_OF_RANGE],
  ["a port and a half", { ...ANY_PORT, port: 1.5 }, OUT_OF_RANGE],
  ["a port that is no number", { ...ANY_PORT, port: NaN }, OUT_OF_RANGE],
  ["a port as text", { ...ANY_PORT, port: "80" }, TYPE],
  ["no port", { family: AF_INET, address: "127.0.0.1" }, TYPE],
  ["a name instead of an address", { ...ANY_PORT, address: "localhost" }, VALUE],
  ["an IPv4 address of five numbers", { ...ANY_PORT, address: "1.2.3.4.5" }, VALUE],
  ["an IPv6 address for AF_INET", { ...ANY_PORT, address: "::1" }, VALUE],
  ["an IPv4 address for AF_INET6", { family: AF_INET6, address: "127.0.0.1", port: 0 }, VALUE],
  ["an IPv6 address with two gaps", { family: AF_INET6, address: "::1::", port: 0 }, VALUE],
  ["a negative scope", { family: AF_INET6, address: "::1", port: 0, scopeId: -1 }, OUT_OF_RANGE],
  ["a path with a NUL inside", { family: AF_UNIX, path: "/a\0b" }, VALUE],
  ["a path of 109 bytes", { family: AF_UNIX, path: "/".repeat(109) }, OUT_OF_RANGE],
  ["a path of 108 characters and more bytes", { family: AF_UNIX, path: "é".repeat(108) }, OUT_OF_RANGE],
  ["a path that is a number", { family: AF_UNIX, path: 7 }, TYPE],
  ["one byte", new Uint8Array(1), OUT_OF_RANGE],
  ["129 bytes", new Uint8Array(129), OUT_OF_RANGE],
];

/** The call throws, or its promise rejects, with an error of this code that no system call made. */
async function refuses(work: () => unknown, code: string, what: string): Promise<void> {
  const check = (error: unknown): true => {
    assert.ok(error instanceof TypeError || error instanceof RangeError, `${what}: ${String(error)}`);
    assert.equal((error as Error & { code: string }).code, code, `${what}: ${error.message}`);
    assert.ok(!("syscall" in error), `${what}: no system call`);
    return true;
  };
  let result: unknown;
  try {
    result = work();
  } catch (error) {
    check(error);
    return;
  }
  assert.ok(result instanceof Promise, `${what}: accepted, it gave ${String(result)}`);
  await assert.rejects(result as Promise<unknown>, check, what);
}

/** A pair of sockets, one byte on its way; what the test does to the second of them leaves it so. */
async function untouched(t: Context, work: (fd: number) => Promise<void>): Promise<void> {
  const [one, fd] = unixPair(t);
  await t.kernel.send(one, bytes("x"));
  const open = t.openDescriptors();
  await work(fd);
  assert.deepEqual(t.openDescriptors(), open);
  assert.equal(t.kernel.ioctl(fd, FIONREAD), 1);
  assert.equal(t.kernel.ioctl(one, FIONREAD), 0);
  assert.equal(t.kernel.fcntl(fd, F_GETFL), O_RDWR);
  assert.deepEqual(t.kernel.getsockname(fd), { family: AF_UNIX, path: "" });
}

const everything = (t: Context): Kernel & BlockingCalls => t.kernel as Kernel & BlockingCalls;

function refusesBytes(test: DefineTest, calls: Readonly<Record<string, Call>>, needs: readonly "blocking"[]): void {
  for (const [name, call] of Object.entries(calls)) {
    test(`${name}: what is no memory`, { needs }, (t) =>
      untouched(t, async (fd) => {
        for (const [what, make, code] of NO_BYTES) {
          const wrong = make();
          await refuses(() => call(everything(t), fd, wrong as never), code, what);
        }
      }),
    );
  }
}

conformance("wrong descriptors", (test) => {
  for (const [calls, needs] of [
    [DESCRIPTOR_CALLS, []],
    [BLOCKING_CALLS, ["blocking"]],
  ] as const) {
    for (const [name, call] of Object.entries(calls)) {
      test(`${name}: what is no descriptor`, { needs }, async (t) => {
        for (const [wrong, code] of NO_DESCRIPTORS) {
          await refuses(() => call(everything(t), wrong as number), code, String(wrong));
        }
      });
    }
  }
});

conformance("wrong memory", (test) => {
  refusesBytes(test, BYTES_CALLS, []);
  refusesBytes(test, BLOCKING_BYTES_CALLS, ["blocking"]);

  test("readv and writev: what is no list, and a list that is too long", {}, (t) =>
    untouched(t, async (fd) => {
      for (const call of ["readv", "writev"] as const) {
        await refuses(() => t.kernel[call](fd, new Uint8Array(4) as never), TYPE, "memory");
        await refuses(() => t.kernel[call](fd, "text" as never), TYPE, "text");
        await refuses(() => t.kernel[call](fd, null as never), TYPE, "null");
        const tooLong = Array.from({ length: 1025 }, () => new Uint8Array(1));
        await refuses(() => t.kernel[call](fd, tooLong), OUT_OF_RANGE, "1025 pieces");
      }
    }),
  );
});

conformance("wrong numbers", (test) => {
  for (const [name, call] of Object.entries(INTEGER_CALLS)) {
    test(name, {}, (t) =>
      untouched(t, async (fd) => {
        for (const [wrong, code] of NO_INTEGERS) {
          // In an object of options null is as good as nothing.
          if (wrong === null && name === "accept's flags") continue;
          await refuses(() => call(everything(t), fd, wrong as never), code, String(wrong));
        }
      }),
    );
  }

  test("shutdown's direction", {}, (t) =>
    untouched(t, async (fd) => {
      for (const how of [-1, 3, 1.5, NaN]) await refuses(() => t.kernel.shutdown(fd, how), VALUE, String(how));
      for (const how of ["1", null, undefined]) {
        await refuses(() => t.kernel.shutdown(fd, how as never), VALUE, String(how));
      }
    }),
  );

  test("the timeouts of poll and select", {}, (t) =>
    untouched(t, async (fd) => {
      for (const [wrong, code] of [
        [NaN, OUT_OF_RANGE],
        ["5", TYPE],
        [null, TYPE],
      ] as const) {
        await refuses(() => t.kernel.poll([{ fd, events: 1 }], wrong as never), code, String(wrong));
        await refuses(() => t.kernel.select([fd], [], [], wrong as never), code, String(wrong));
      }
    }),
  );

  test("the entries of poll, the sets of select", {}, (t) =>
    untouched(t, async (fd) => {
      await refuses(() => t.kernel.poll({ fd, events: 1 } as never), TYPE, "one entry");
      await refuses(() => t.kernel.poll([null] as never), TYPE, "null");
      await refuses(() => t.kernel.poll([{ events: 1 }] as never), TYPE, "no descriptor");
      await refuses(() => t.kernel.poll([{ fd }] as never), TYPE, "no events");
      await refuses(() => t.kernel.select(fd as never, [], []), TYPE, "a number");
      await refuses(() => t.kernel.select([], null as never, []), TYPE, "null");
      await refuses(() => t.kernel.select([], [], ["1"] as never), TYPE, "text in a set");
    }),
  );
});

conformance("wrong addresses", (test) => {
  for (const [name, call] of Object.entries(ADDRESS_CALLS)) {
    test(name, {}, (t) =>
      untouched(t, async (fd) => {
        for (const [what, wrong, code] of NO_ADDRESSES) {
          const optional = name.startsWith("send") && wrong === undefined;
          if (!optional) await refuses(() => call(everything(t), fd, wrong as never), code, what);
        }
      }),
    );
  }
});

conformance("wrong signals and handlers", (test) => {
  test("what is no AbortSignal", {}, (t) =>
    untouched(t, async (fd) => {
      for (const wrong of [null, "abort", {}, new AbortController(), 5]) {
        const options = { signal: wrong as never };
        const memory = new Uint8Array(1);
        await refuses(() => t.kernel.recv(fd, memory, 0, options), TYPE, "recv");
        await refuses(() => t.kernel.send(fd, memory, 0, options), TYPE, "send");
        await refuses(() => t.kernel.read(fd, memory, options), TYPE, "read");
        await refuses(() => t.kernel.accept(fd, options), TYPE, "accept");
        await refuses(() => t.kernel.connect(fd, ANY_PORT, options), TYPE, "connect");
        await refuses(() => t.kernel.poll([], 0, options), TYPE, "poll");
        await refuses(() => t.kernel.select([], [], [], 0, options), TYPE, "select");
      }
    }),
  );

  test("what is no handler of a flow", {}, (t) =>
    untouched(t, async (fd) => {
      for (const [wrong, code] of [
        [null, TYPE],
        [undefined, TYPE],
        [() => undefined, TYPE],
        [{}, VALUE],
        [{ data: 5, connection: 5, datagram: 5 }, VALUE],
      ] as const) {
        await refuses(() => t.kernel.flow(fd, wrong as never), code, "flow");
        await refuses(() => t.kernel.acceptFlow(fd, wrong as never), code, "acceptFlow");
        await refuses(() => t.kernel.datagramFlow(fd, wrong as never), code, "datagramFlow");
      }
      assert.equal(await t.kernel.recv(fd, new Uint8Array(1), 2), 1);
    }),
  );
});
