import assert from "node:assert/strict";
import { test } from "node:test";
import type { Inet4Address } from "../../src/api/address.ts";
import { host, serve, type Accepted, type Kernel, type ServerStats } from "../../src/index.ts";
import { startProgram, type Child } from "../child-program.ts";
import { Client } from "./client.ts";
import { FakeClock, turn, until } from "./fake-clock.ts";
import { echoFlow } from "./handlers.ts";
import { LOOPBACK } from "./shapes.ts";

const PROGRAMS = new URL("./server-programs.js", import.meta.url);
/** Enough to load the program, whose modules are opened many at a time. */
const DESCRIPTORS = 200;
const CLIENTS = 200;

interface Shortage {
  readonly calls: number;
  readonly code: string;
}

function ask(child: Child, command: string): void {
  child.process.stdin?.write(`${command}\n`);
}

for (const flow of [false, true]) {
  test(`EMFILE: accepting pauses, and goes on when a client hangs up (${flow ? "flow" : "socket"})`, async (t) => {
    const under = ["sh", "-c", `ulimit -n ${DESCRIPTORS}; exec "$0" "$@"`];
    const child = startProgram(t, PROGRAMS, "withFewDescriptors", { args: [flow], under });
    const address = await child.told<Inet4Address>();
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => Client.dial(host, address)));
    for (const client of clients) await client.say("x");

    const first = await child.told<Shortage>();
    assert.equal(first.code, "EMFILE");
    const served = first.calls - 1;
    assert.ok(served > 0 && served < CLIENTS, `${served} were accepted`);

    // Paused: what is asked for next is answered, and in between `accept` was not called.
    ask(child, "stats");
    const paused = await child.told<ServerStats & { calls: number }>();
    assert.deepEqual([paused.calls, paused.active, paused.shortages], [first.calls, served, 1]);
    assert.equal(await (clients[0] as Client).hear(1), "x");

    // One hangs up: the next is served, and then there is none left again.
    (clients[0] as Client).close();
    assert.equal(await (clients[served] as Client).hear(1), "x");
    assert.deepEqual(await child.told(), { calls: first.calls + 2, code: "EMFILE" });

    // Without an end it is tried again after a while, by the clock.
    ask(child, "advance");
    assert.deepEqual(await child.told(), { calls: first.calls + 3, code: "EMFILE" });

    for (const client of clients.slice(1, served)) client.close();
    for (const client of clients.slice(served + 1)) assert.equal(await client.hear(1), "x");
    for (const client of clients.slice(served)) client.close();
    child.giveEnd();
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
  });
}

/** A kernel whose `accept` fails so often with that code. */
function failing(code: string, times: number, clock: FakeClock): Kernel & { readonly calls: () => number } {
  let calls = 0;
  const accept = (fd: number): Promise<Accepted> => {
    calls += 1;
    if (calls > times) return host.accept(fd);
    return Promise.reject(Object.assign(new Error(`accept ${code}`), { code, syscall: "accept" }));
  };
  return { ...host, clock, accept, calls: () => calls };
}

for (const code of ["ENFILE", "ENOBUFS", "ENOMEM"]) {
  test(`${code} pauses accepting for a while`, async () => {
    const clock = new FakeClock();
    const kernel = failing(code, 2, clock);
    await using server = await serve(kernel, { address: LOOPBACK, flow: echoFlow });
    await until(() => clock.sleeping === 1);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    assert.equal(kernel.calls(), 1);
    await clock.advance(200);
    const client = await Client.dial(host, server.address);
    assert.equal(await client.echo("x"), "x");
    assert.equal(server.stats().shortages, 2);
    client.close();
  });
}

test("the error of one connection (ECONNABORTED) is counted, and the next is accepted", async () => {
  const told: unknown[] = [];
  const kernel = failing("ECONNABORTED", 3, new FakeClock());
  const onError = (error: unknown): void => void told.push(error);
  await using server = await serve(kernel, { address: LOOPBACK, flow: echoFlow, onError });
  const client = await Client.dial(host, server.address);
  assert.equal(await client.echo("x"), "x");
  assert.deepEqual([server.stats().errors, told.length], [3, 3]);
  client.close();
});

test("errors without end pause, too", async () => {
  const clock = new FakeClock();
  const kernel = failing("EPROTO", 100, clock);
  await using server = await serve(kernel, { address: LOOPBACK, flow: echoFlow });
  await until(() => clock.sleeping === 1);
  assert.equal(kernel.calls(), 64);
  assert.equal(server.stats().errors, 64);
});

test("a listener that fails closes the server, which tells why", async () => {
  const told: unknown[] = [];
  const kernel = failing("EINVAL", 1, new FakeClock());
  const server = await serve(kernel, { address: LOOPBACK, flow: echoFlow, onError: (error) => told.push(error) });
  await server.closed;
  assert.match(String(told[0]), /accept EINVAL/);
});
