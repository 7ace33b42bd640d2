import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_PEEK,
  POLLIN,
  SCM_RIGHTS,
  SHUT_WR,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../api/constants.ts";
import { controlMessage, controlValue } from "../../api/message.ts";
import { createHost, type HostKernel } from "../../host/host.ts";
import { telephoneWord } from "./telephone.ts";
import { traceCalls } from "./trace-calls.ts";
import { callText, type TracedCall } from "./traced-call.ts";

const LOOPBACK = { family: AF_INET, address: "127.0.0.1", port: 0 } as const;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function traced(): { kernel: HostKernel; calls: TracedCall[]; lines: () => string[] } {
  const calls: TracedCall[] = [];
  return { kernel: traceCalls(createHost(), (call) => calls.push(call)), calls, lines: () => calls.map(callText) };
}

test("a call of each side, as strace writes it, beside the telephone's word", async () => {
  const { kernel, calls, lines } = traced();
  const listener = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, true);
  kernel.bind(listener, LOOPBACK);
  kernel.listen(listener, 5);
  const name = kernel.getsockname(listener);
  const port = "port" in name ? name.port : 0;
  const client = kernel.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 6);
  await kernel.connect(client, name).catch(() => undefined);
  const accepted = await kernel.accept(listener);
  await kernel.send(accepted.fd, bytes("hello\n"));
  await kernel.poll([{ fd: client, events: POLLIN }], 1000);
  await kernel.recv(client, new Uint8Array(10), MSG_PEEK);
  await kernel.recv(client, new Uint8Array(10));
  kernel.shutdown(client, SHUT_WR);
  await kernel.recv(accepted.fd, new Uint8Array(10));
  for (const fd of [accepted.fd, client, listener]) kernel.close(fd);
  const from = "port" in accepted.address ? accepted.address.port : 0;
  const [l, c, a] = [listener, client, accepted.fd];
  assert.deepEqual(
    calls.map((call, index) => `${lines()[index]} : ${telephoneWord(call)}`),
    [
      `socket(AF_INET, SOCK_STREAM) = ${l} : install a telephone`,
      `setsockopt(${l}, SOL_SOCKET, SO_REUSEADDR, 1) = 0 : set a switch`,
      `bind(${l}, 127.0.0.1:0) = 0 : give it a number`,
      `listen(${l}, 5) = 0 : plug in the line`,
      `getsockname(${l}) = 127.0.0.1:${port} : read its number`,
      `socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP) = ${c} : install a telephone`,
      `connect(${c}, 127.0.0.1:${port}) = -1 EINPROGRESS : dial: it fails`,
      `accept(${l}) = ${a} from 127.0.0.1:${from} : pick up`,
      `send(${a}, "hello\\n") = 6 : talk`,
      `poll([${c}: POLLIN], 1000) = 1 [${c}: POLLIN] : watch which one rings`,
      `recv(${c}, buffer[10], MSG_PEEK) = 6 "hello\\n" : hear`,
      `recv(${c}, buffer[10]) = 6 "hello\\n" : hear`,
      `shutdown(${c}, SHUT_WR) = 0 : say goodbye`,
      `recv(${a}, buffer[10]) = 0 : the other side hung up`,
      `close(${a}) = 0 : hang up`,
      `close(${c}) = 0 : hang up`,
      `close(${l}) = 0 : unplug the line`,
    ],
  );
});

test("calls are numbered and timed as they begin, and tell of a descriptor that keeps its identity", () => {
  const { kernel, calls } = traced();
  const before = kernel.clock.now();
  const first = kernel.socket(AF_INET, SOCK_DGRAM);
  kernel.close(first);
  const second = kernel.socket(AF_INET, SOCK_DGRAM);
  kernel.close(second);
  assert.equal(first, second, "the kernel gives the number again");
  assert.deepEqual(
    calls.map(({ number, name, fd, descriptor }) => [number, name, fd, descriptor]),
    [
      [1, "socket", first, 1],
      [2, "close", first, 1],
      [3, "socket", first, 2],
      [4, "close", first, 2],
    ],
  );
  const times = [before, ...calls.flatMap(({ beganMs, endedMs }) => [beganMs, endedMs]), kernel.clock.now()];
  assert.deepEqual(
    times.toSorted((a, b) => a - b),
    times,
  );
});

test("the errors, results and signals are the kernel's own", async () => {
  const { kernel, lines } = traced();
  assert.throws(() => kernel.bind(99_999, LOOPBACK), { code: "EBADF", syscall: "bind" });
  assert.throws(() => kernel.socket("x" as never, SOCK_STREAM), { code: "ERR_INVALID_ARG_TYPE" });
  const [one, other] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  const abort = new AbortController();
  const waiting = kernel.recv(one, new Uint8Array(1), 0, { signal: abort.signal });
  abort.abort();
  await assert.rejects(waiting, { name: "AbortError" });
  await assert.rejects(kernel.recv(one, new Uint8Array(1), MSG_DONTWAIT), { code: "EAGAIN" });
  assert.equal(kernel.sendSync(one, bytes("hi")), 2);
  kernel.close(one);
  kernel.close(other);
  assert.deepEqual(lines().slice(0, 6), [
    "bind(99999, 127.0.0.1:0) = -1 EBADF",
    'socket("x", SOCK_STREAM) = -1 ERR_INVALID_ARG_TYPE',
    `socketpair(AF_UNIX, SOCK_STREAM) = ${one}, ${other}`,
    `recv(${one}, buffer[1]) = -1 ABORT_ERR`,
    `recv(${one}, buffer[1], MSG_DONTWAIT) = -1 EAGAIN`,
    `send(${one}, "hi") = 2`,
  ]);
});

test("what is told changes nothing: an iterable is read once, and a wrong value is the call's to refuse", async () => {
  const { kernel, lines } = traced();
  const [one, other] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  await kernel.send(one, bytes("x"));
  const once = [other].values();
  assert.deepEqual((await kernel.select(once, [], [], 0)).read, [other]);
  const cyclic: Record<string, unknown> = {};
  cyclic["itself"] = cyclic;
  assert.throws(() => kernel.bind(one, cyclic as never), { name: "TypeError" });
  const hostile = {
    get family(): number {
      throw new RangeError("not to be read");
    },
  };
  assert.throws(() => kernel.bind(one, hostile as never));
  kernel.close(one);
  kernel.close(other);
  assert.equal(lines()[2], `select({}, [], [], 0) = 1 read [${other}]`);
  assert.match(lines()[3] ?? "", /^bind\(\d+, \{ itself: \{ itself: … \} \}\) = -1 ERR_/);
  assert.match(lines()[4] ?? "", /^bind\(\d+, (\?|\d+ bytes|\{.*\})\) = -1 /);
});

test("what began and has not ended is what a program waits in", async () => {
  const began: TracedCall[] = [];
  const ended: TracedCall[] = [];
  const options = { began: (call: TracedCall) => began.push(call) };
  const kernel = traceCalls(createHost(), (call) => ended.push(call), options);
  const [one, other] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  const waiting = kernel.recv(one, new Uint8Array(4));
  const open = began.filter(({ number }) => !ended.some((call) => call.number === number));
  assert.deepEqual(open.map(callText), [`recv(${one}, buffer[4]) …`]);
  await kernel.send(other, bytes("x"));
  await waiting;
  kernel.close(one);
  kernel.close(other);
  assert.equal(began.length, ended.length);
});

test("data is cut at the limit, and what is not text is shown in hexadecimal", async () => {
  const lines: string[] = [];
  const kernel = traceCalls(createHost(), (call) => lines.push(callText(call)), { limit: 4 });
  const [one, other] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  await kernel.send(one, bytes("abcdef"));
  await kernel.recv(other, new Uint8Array(100));
  await kernel.send(one, Uint8Array.of(0, 34, 92, 255));
  await kernel.write(one, bytes("é"));
  kernel.close(one);
  kernel.close(other);
  assert.deepEqual(lines.slice(1, 5), [
    `send(${one}, "abcd"…) = 6`,
    `recv(${other}, buffer[100]) = 6 "abcd"…`,
    `send(${one}, "\\x00"…) = 4`,
    `write(${one}, "é") = 2`,
  ]);
});

test("datagrams, messages and descriptors that are handed over", async () => {
  const { kernel, calls } = traced();
  const [one, other] = kernel.socketpair(AF_UNIX, SOCK_DGRAM);
  await kernel.sendmsg(one, {
    data: [bytes("ab"), bytes("cd")],
    control: [controlMessage(SOL_SOCKET, SCM_RIGHTS, [one])],
  });
  const { control } = await kernel.recvmsg(other, { data: new Uint8Array(8) });
  const [given] = controlValue(control, SOL_SOCKET, SCM_RIGHTS) ?? [];
  const udp = kernel.socket(AF_INET, SOCK_DGRAM);
  kernel.bind(udp, LOOPBACK);
  const name = kernel.getsockname(udp);
  const at = `127.0.0.1:${"port" in name ? name.port : 0}`;
  await kernel.sendto(udp, bytes("hello"), 0, name);
  await kernel.recvfrom(udp, new Uint8Array(9));
  for (const fd of [one, other, given as number, udp]) kernel.close(fd);
  const told = calls.map((call) => `${callText(call)} : ${telephoneWord(call)}`);
  const moves = told.filter((line) => /^(send|recv)/.test(line));
  assert.deepEqual(moves, [
    `sendmsg(${one}, "abcd" SCM_RIGHTS [${one}]) = 4 : hand over the receiver`,
    `recvmsg(${other}, buffer[8]) = 4 "abcd" SCM_RIGHTS [${given}] : take over the receiver`,
    `sendto(${udp}, "hello", 0, ${at}) = 5 : talk`,
    `recvfrom(${udp}, buffer[9]) = 5 "hello" from ${at} : hear`,
  ]);
  assert.ok(told.includes(`close(${one}) = 0 : put its own receiver down`));
  assert.ok(told.includes(`close(${other}) = 0 : hang up`));
});

test("a flow's bytes are told as the calls that the kernel makes for it", async () => {
  const { kernel, calls } = traced();
  const listener = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.bind(listener, LOOPBACK);
  kernel.listen(listener);
  const flowClosed = deferred();
  const accepting = kernel.acceptFlow(listener, {
    connection(fd) {
      kernel.flow(fd, {
        data: (chunk, flow) => void flow.write(chunk),
        close: () => flowClosed.resolve(),
      });
    },
  });
  const client = kernel.socket(AF_INET, SOCK_STREAM);
  await kernel.connect(client, kernel.getsockname(listener));
  await kernel.send(client, bytes("hello"));
  const answer = new Uint8Array(9);
  assert.equal(await kernel.recv(client, answer), 5);
  kernel.close(client);
  await flowClosed.promise;
  accepting.close();
  const pushed = calls.filter((call) => call.pushed);
  const [accepted] = pushed;
  const fd = accepted?.result?.split(" ")[0];
  assert.match(accepted?.result ?? "", /^\d+ from 127\.0\.0\.1:\d+$/);
  assert.deepEqual(pushed.slice(1).map(callText), [
    `recv(${fd}) = 5 "hello"`,
    `send(${fd}, "hello") = 5`,
    `recv(${fd}) = 0`,
    `close(${fd}) = 0`,
    `close(${listener}) = 0`,
  ]);
  const handedOver = calls.filter(({ name }) => name === "flow" || name === "acceptFlow").map(callText);
  assert.deepEqual(handedOver, [`acceptFlow(${listener}) = 0`, `flow(${fd}) = 0`]);
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

test("a flow that is traced is one object for its handler and its user, and can be given back", async () => {
  const { kernel, calls } = traced();
  const [one, other] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  const heard = deferred();
  let seen: unknown;
  const flow = kernel.flow(one, {
    data(_chunk, itself) {
      seen = itself;
      heard.resolve();
    },
  });
  await kernel.send(other, bytes("x"));
  await heard.promise;
  assert.equal(seen, flow);
  assert.equal(flow.bytesRead, 1);
  assert.equal(flow.detach(), one);
  assert.equal(await kernel.send(one, bytes("y")), 1);
  kernel.close(one);
  kernel.close(other);
  assert.ok(calls.some((call) => callText(call) === `detach(${one}) = ${one}`));
});

for (const kind of ["thread", "process"] as const) {
  test(`the calls of a ${kind} that a traced kernel starts are told, too`, async () => {
    const { kernel, calls } = traced();
    const module = new URL("../../../test/traced-program.js", import.meta.url);
    const worker = kernel.workers?.[kind](module, { say: "hello" });
    assert.ok(worker !== undefined);
    const said = await new Promise((resolve) => worker.onMessage(resolve));
    assert.deepEqual(said, { said: "hello" }, "the program's own messages alone are heard");
    worker.terminate();
    await worker.exited.catch(() => undefined);
    assert.deepEqual(
      calls.map(({ worker: who, name, result }) => [who, name, result === undefined]),
      [
        [`${kind} 1`, "socket", false],
        [`${kind} 1`, "close", false],
      ],
    );
    if ("channel" in worker) kernel.detach(worker.channel as number);
  });
}
