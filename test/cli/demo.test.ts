import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dialtone, Running } from "./dialtone.ts";

const SHAPES = ["iterative", "concurrent", "threads", "processes"];

interface DemoCall {
  readonly who: string;
  readonly name: string;
  readonly fd?: number;
  readonly descriptor?: number;
  readonly result?: string;
  readonly error?: string;
}

interface DemoShape {
  readonly shape: string;
  readonly address: string;
  readonly calls: readonly DemoCall[];
  readonly clients: readonly { client: number; sent: string; received: string; bytes: number; answerMs: number }[];
}

async function demo(...args: string[]): Promise<readonly DemoShape[]> {
  const { code, stdout, stderr } = await dialtone("demo", "--json", ...args);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const { ok, shapes } = JSON.parse(stdout) as { ok: boolean; shapes: DemoShape[] };
  assert.equal(ok, true);
  return shapes;
}

function callsOf(calls: readonly DemoCall[], who: RegExp): DemoCall[] {
  return calls.filter((call) => who.test(call.who));
}

const names = (calls: readonly DemoCall[]): string[] => calls.map(({ name }) => name);

test("every shape shows the telephone's calls in their order, and brings every client's bytes back", async () => {
  const shapes = await demo();
  assert.deepEqual(
    shapes.map(({ shape }) => shape),
    SHAPES,
  );
  for (const { shape, address, calls, clients } of shapes) {
    assert.match(address, /^127\.0\.0\.1:\d+$/);
    assert.equal(clients.length, 3);
    for (const { client, sent, received, bytes } of clients) {
      assert.deepEqual({ received, bytes }, { received: sent, bytes: sent.length }, `${shape}, client ${client}`);
      const own = callsOf(calls, new RegExp(`^client ${client}$`));
      assert.deepEqual(names(own), ["socket", "connect", "send", "recv", "close"]);
    }
    const opening = names(callsOf(calls, /^server$/)).filter((name) => ["socket", "bind", "listen"].includes(name));
    assert.deepEqual(opening, ["socket", "bind", "listen"], shape);
    const server = callsOf(calls, /^(server|thread \d+|process \d+)$/);
    const heard = server.filter(({ name, result }) => name === "recv" && result?.includes('"hello ') === true);
    assert.equal(heard.length, 3, `${shape}: the server's side of each client is shown`);
    assert.equal(server.filter(({ name }) => name === "send").length, 3);
    const accepted = server.filter(({ name, error }) => name === "accept" && error === undefined);
    assert.equal(accepted.length, 3);
  }
});

test("a call never stands before the one that it answers", async () => {
  const [shown] = await demo("--shape", "concurrent", "--clients", "2");
  const calls = shown?.calls ?? [];
  const first = (who: RegExp, name: string): number =>
    calls.findIndex((call) => who.test(call.who) && call.name === name);
  const order = [
    first(/^server$/, "socket"),
    first(/^server$/, "bind"),
    first(/^server$/, "listen"),
    first(/^client/, "connect"),
    first(/^server$/, "accept"),
    first(/^server$/, "recv"),
    first(/^server$/, "send"),
    first(/^client/, "recv"),
    first(/^client/, "close"),
    calls.findLastIndex((call) => call.who === "server" && call.name === "close"),
  ];
  assert.ok(!order.includes(-1), order.join(" "));
  assert.deepEqual(
    order.toSorted((a, b) => a - b),
    order,
  );
});

test("iterative: the next client is picked up when the one before has hung up", async () => {
  const [shown] = await demo("--shape", "iterative");
  const server = callsOf(shown?.calls ?? [], /^server$/).filter(
    ({ name, error }) => error === undefined && ["accept", "close"].includes(name),
  );
  const withoutListener = server.filter(({ name, descriptor }) => name === "accept" || descriptor !== 1);
  assert.deepEqual(names(withoutListener), ["accept", "close", "accept", "close", "accept", "close"]);
});

test("concurrent: all are picked up before the first has hung up", async () => {
  const [shown] = await demo("--shape", "concurrent");
  const calls = shown?.calls ?? [];
  const hungUp = calls.findIndex(({ who, name }) => who === "server" && name === "close");
  const pickedUp = calls.slice(0, hungUp).filter(({ who, name }) => who === "server" && name === "accept");
  assert.equal(pickedUp.length, 3);
});

test("for people: the calls beside the telephone's words, then the summary", async () => {
  const { code, stdout, stderr } = await dialtone("demo", "--shape", "iterative", "--clients", "2");
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const words = [
    /^ +[\d.]+ {2}server {4}socket\(AF_INET, SOCK_STREAM\) = \d+ +install a telephone$/m,
    /^ +[\d.]+ {2}server {4}bind\(\d+, 127\.0\.0\.1:0\) = 0 +give it a number$/m,
    /^ +[\d.]+ {2}server {4}listen\(\d+, \d+\) = 0 +plug in the line$/m,
    /^ +[\d.]+ {2}client \d {2}connect\(\d+, 127\.0\.0\.1:\d+\) = 0 +dial$/m,
    /^ +[\d.]+ {2}server {4}accept\(\d+\) = \d+ from 127\.0\.0\.1:\d+ +pick up$/m,
    /^ +[\d.]+ {2}client \d {2}send\(\d+, "hello \d"\) = 7 +talk$/m,
    /^ +[\d.]+ {2}server {4}recv\(\d+, buffer\[\d+\]\) = 7 "hello \d" +hear$/m,
    /^ +[\d.]+ {2}client \d {2}close\(\d+\) = 0 +hang up$/m,
    /^ +[\d.]+ {2}server {4}recv\(\d+, buffer\[\d+\]\) = 0 +the other side hung up$/m,
    /^came back +client 1 +client 2$/m,
    /^iterative +7 bytes in [\d.]+ ms +7 bytes in [\d.]+ ms$/m,
    /^All 14 bytes came back to the 2 callers\.$/m,
  ];
  for (const word of words) assert.match(stdout, word);
  assert.ok(!stdout.includes("\x1b"), "no colour where nobody sees it");
});

test("--quiet prints the summary alone", async () => {
  const { code, stdout, stderr } = await dialtone("demo", "--quiet");
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  assert.match(lines[0] ?? "", /^came back/);
  assert.deepEqual(
    lines.slice(1, 5).map((line) => line.split(" ")[0]),
    SHAPES,
  );
  assert.deepEqual(lines.slice(5), ["", "All 84 bytes came back to the 12 callers."]);
});

test("Ctrl-C ends it, and the processes that it started", async (t) => {
  const running = new Running(t, "demo");
  await running.line();
  const children = childrenOf(running.child.pid ?? 0);
  assert.ok(children.length >= 3);
  assert.equal((await running.end("SIGINT")).code, 130);
  assert.deepEqual(children.filter(isAlive), []);
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
