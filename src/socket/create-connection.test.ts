import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketAddress } from "../api/address.ts";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from "../api/constants.ts";
import { abortError, systemError } from "../api/errors.ts";
import type { Kernel } from "../api/kernel.ts";
import { host } from "../calls.ts";
import { FakeClock } from "../../test/fake-clock.ts";
import { turn } from "../../test/turn.ts";
import { expectNoDescriptorLeft } from "../../test/open-descriptors.ts";
import { createConnection } from "./create-connection.ts";
import { createServer } from "./create-server.ts";
import type { Socket } from "./socket.ts";

expectNoDescriptorLeft();

/** An attempt that a test decides about. */
interface Attempt {
  readonly to: string;
  readonly fd: number;
  succeed(): void;
  fail(code: "ECONNREFUSED" | "ENETUNREACH" | "EHOSTUNREACH"): void;
}

/** The host with other names, attempts and time. */
function scene(...addresses: string[]): { kernel: Kernel; clock: FakeClock; attempts: Attempt[] } {
  const clock = new FakeClock();
  const attempts: Attempt[] = [];
  const kernel: Kernel = {
    ...host,
    clock,
    getaddrinfo: (_node, service) =>
      Promise.resolve(
        addresses.map((address) => {
          const family = address.includes(":") ? AF_INET6 : AF_INET;
          const whole = { family, address, port: service } as SocketAddress;
          return { family, type: SOCK_STREAM, protocol: 0, address: whole };
        }),
      ),
    connect: (fd, to, options) =>
      new Promise((resolve, reject) => {
        const signal = options?.signal;
        signal?.addEventListener("abort", () => reject(abortError(signal)));
        const address = to as SocketAddress & { address: string };
        attempts.push({
          to: address.address,
          fd,
          succeed: resolve,
          fail: (code) => reject(systemError("connect", code, address)),
        });
      }),
  };
  return { kernel, clock, attempts };
}

const targets = (attempts: readonly Attempt[]): string[] => attempts.map(({ to }) => to);
const attemptAt = (attempts: readonly Attempt[], index: number): Attempt => attempts[index] as Attempt;

test("RFC 8305 §5: an attempt has 250 ms, then the next begins beside it; the first that succeeds wins", async () => {
  const { kernel, clock, attempts } = scene("2001:db8::1", "2001:db8::2", "192.0.2.1");
  const connecting = createConnection(kernel, { host: "example", port: 80 });
  await turn();
  assert.deepEqual(targets(attempts), ["2001:db8::1"]);
  await clock.pass(249);
  assert.equal(attempts.length, 1);
  await clock.pass(1);
  assert.deepEqual(targets(attempts), ["2001:db8::1", "192.0.2.1"]);
  await clock.pass(250);
  assert.deepEqual(targets(attempts), ["2001:db8::1", "192.0.2.1", "2001:db8::2"]);

  const winner = attemptAt(attempts, 1);
  winner.succeed();
  const socket = await connecting;
  assert.equal(socket.fd, winner.fd);
  assert.equal(socket.family, AF_INET);
  for (const loser of [attemptAt(attempts, 0), attemptAt(attempts, 2)]) {
    assert.throws(() => host.getsockname(loser.fd), { code: "EBADF" }, "the losers are closed");
  }
  assert.equal(clock.sleeps.length, 0);
  socket.close();
});

test("the next attempt begins at once when one fails", async () => {
  const { kernel, clock, attempts } = scene("2001:db8::1", "192.0.2.1");
  const connecting = createConnection(kernel, { host: "example", port: 80 });
  await turn();
  attemptAt(attempts, 0).fail("ENETUNREACH");
  await turn();
  assert.deepEqual(targets(attempts), ["2001:db8::1", "192.0.2.1"]);
  assert.equal(clock.sleeps.length, 0, "the last attempt is waited for without a limit");
  attemptAt(attempts, 1).succeed();
  (await connecting).close();
});

test("an early attempt may still win after later ones began", async () => {
  const { kernel, clock, attempts } = scene("2001:db8::1", "192.0.2.1");
  const connecting = createConnection(kernel, { host: "example", port: 80 });
  await turn();
  await clock.pass(250);
  attemptAt(attempts, 1).fail("ECONNREFUSED");
  await turn();
  attemptAt(attempts, 0).succeed();
  const socket = await connecting;
  assert.equal(socket.family, AF_INET6);
  socket.close();
});

test("two that succeed at the same time: one is kept, the other closed", async () => {
  const { kernel, clock, attempts } = scene("2001:db8::1", "192.0.2.1");
  const connecting = createConnection(kernel, { host: "example", port: 80 });
  await turn();
  await clock.pass(250);
  attemptAt(attempts, 0).succeed();
  attemptAt(attempts, 1).succeed();
  const socket = await connecting;
  assert.equal(socket.fd, attemptAt(attempts, 0).fd);
  await turn();
  assert.throws(() => host.getsockname(attemptAt(attempts, 1).fd), { code: "EBADF" });
  socket.close();
});

test("when all fail, one error tells most and has all of them", async () => {
  const { kernel, attempts } = scene("2001:db8::1", "192.0.2.1", "192.0.2.2");
  const connecting = createConnection(kernel, { host: "example", port: 80 });
  const failed = assert.rejects(
    connecting,
    (error: AggregateError & { code: string; address: string; port: number }) => {
      assert.equal(error.code, "ECONNREFUSED");
      assert.equal(error.address, "192.0.2.1");
      assert.equal(error.port, 80);
      assert.match(error.message, /^connect ECONNREFUSED 192\.0\.2\.1:80 \(also failed: connect ENETUNREACH/);
      assert.deepEqual(
        error.errors.map(({ code }: { code: string }) => code),
        ["ENETUNREACH", "ECONNREFUSED", "EHOSTUNREACH"],
      );
      return true;
    },
  );
  for (const code of ["ENETUNREACH", "ECONNREFUSED", "EHOSTUNREACH"] as const) {
    await turn();
    attempts.at(-1)?.fail(code);
  }
  await failed;
});

test("the error of a single attempt is its own", async () => {
  const { kernel, attempts } = scene("192.0.2.1");
  const connecting = createConnection(kernel, { host: "example", port: 80 });
  await turn();
  attemptAt(attempts, 0).fail("ECONNREFUSED");
  await assert.rejects(connecting, (error: Error) => {
    assert.equal(error.message, "connect ECONNREFUSED 192.0.2.1:80");
    return !(error instanceof AggregateError);
  });
});

test("the time limit ends all attempts with ETIMEDOUT", async () => {
  const { kernel, clock, attempts } = scene("2001:db8::1", "192.0.2.1");
  const connecting = createConnection(kernel, { host: "example", port: 80, timeoutMs: 400 });
  const failed = assert.rejects(connecting, { code: "ETIMEDOUT", message: /example:80 after 400 ms/ });
  await turn();
  await clock.pass(250);
  await clock.pass(150);
  await failed;
  for (const { fd } of attempts) assert.throws(() => host.getsockname(fd), { code: "EBADF" });
  assert.equal(clock.sleeps.length, 0);
});

test("the signal ends all attempts with an AbortError, and the names' question too", async () => {
  const { kernel, clock, attempts } = scene("2001:db8::1", "192.0.2.1");
  const controller = new AbortController();
  const connecting = createConnection(kernel, { host: "example", port: 80, signal: controller.signal });
  await turn();
  await clock.pass(250);
  controller.abort();
  await assert.rejects(connecting, { name: "AbortError" });
  for (const { fd } of attempts) assert.throws(() => host.getsockname(fd), { code: "EBADF" });
  await assert.rejects(createConnection(kernel, { port: 80, signal: controller.signal }), { name: "AbortError" });

  const asking = new AbortController();
  const asked = createConnection(host, { host: "localhost", port: 80, signal: asking.signal });
  asking.abort();
  await assert.rejects(asked, { name: "AbortError" });
});

test("aborting after the connection is there does not close it", async () => {
  await using server = await createServer(host, { host: "127.0.0.1", port: 0 });
  const controller = new AbortController();
  const port = server.localPort as number;
  await using socket = await createConnection(host, { host: "127.0.0.1", port, signal: controller.signal });
  controller.abort();
  assert.equal(socket.closed, false);
});

test("names, options and the local address are applied on the real kernel", async () => {
  await using server = await createServer(host, { host: "localhost", port: 0 });
  const port = server.localPort as number;
  await using named = await createConnection(host, { host: "localhost", port, noDelay: true, keepAlive: true });
  assert.equal(named.getsockopt(IPPROTO_TCP, TCP_NODELAY), true);
  assert.equal(named.getsockopt(SOL_SOCKET, SO_KEEPALIVE), true);

  await using any = await createServer(host, { port: 0 });
  const local = await createConnection(host, {
    host: "127.0.0.1",
    port: any.localPort as number,
    localAddress: "127.0.0.2",
  });
  assert.equal((local.localAddress as { address: string }).address, "127.0.0.2");
  local.close();
});

test("a local port is bound before the connection is asked for, in each family", async () => {
  const { kernel, attempts } = scene("2001:db8::1", "192.0.2.1");
  const bound: unknown[] = [];
  const connecting = createConnection(
    { ...kernel, bind: (_fd, address) => void bound.push(address) },
    { host: "example", port: 80, localPort: 1023 },
  );
  await turn();
  attemptAt(attempts, 0).fail("ENETUNREACH");
  await turn();
  attemptAt(attempts, 1).succeed();
  (await connecting).close();
  assert.deepEqual(bound, [
    { family: AF_INET6, address: "::", port: 1023 },
    { family: AF_INET, address: "0.0.0.0", port: 1023 },
  ]);
});

test("a time that cannot be waited is refused", async () => {
  const options = { host: "127.0.0.1", port: 1, timeoutMs: -1 };
  await assert.rejects(createConnection(host, options), { code: "ERR_OUT_OF_RANGE" });
});

test("a refused connection and an unknown name say so", async () => {
  const server = await createServer(host, { host: "127.0.0.1", port: 0 });
  const port = server.localPort as number;
  server.close();
  await assert.rejects(createConnection(host, { host: "127.0.0.1", port }), {
    code: "ECONNREFUSED",
    message: `connect ECONNREFUSED 127.0.0.1:${port}`,
  });
  await assert.rejects(createConnection(host, { host: "a name with spaces", port }), { syscall: "getaddrinfo" });
  await assert.rejects(createConnection(host, { port: 70_000 }), { code: "ERR_OUT_OF_RANGE" });
  await assert.rejects(createConnection(host, undefined as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("a Unix socket is reached by its path", async () => {
  await using server = await createServer(host, { path: `\0dialtone-test-${process.pid}` });
  await using client = await createConnection(host, { path: `\0dialtone-test-${process.pid}` });
  const { socket }: { socket: Socket } = await server.accept();
  await client.send(new Uint8Array([1]));
  assert.deepEqual(await socket.recv(8), new Uint8Array([1]));
  socket.close();
  await assert.rejects(createConnection(host, { path: `\0dialtone-nobody-${process.pid}` }), { code: "ECONNREFUSED" });
});
