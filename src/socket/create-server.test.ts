import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { AF_INET, AF_INET6, SO_ACCEPTCONN, SOCK_STREAM, SOL_SOCKET } from "../api/constants.ts";
import { systemError } from "../api/errors.ts";
import type { Kernel } from "../api/kernel.ts";
import { host } from "../calls.ts";
import { expectNoDescriptorLeft } from "../../test/open-descriptors.ts";
import { createConnection } from "./create-connection.ts";
import { createServer } from "./create-server.ts";
import { Socket } from "./socket.ts";

expectNoDescriptorLeft();

const folder = mkdtempSync(join(tmpdir(), "dialtone-server-"));
after(() => rmSync(folder, { recursive: true }));

const withoutIpv6 = ((): string | false => {
  try {
    const fd = host.socket(AF_INET6, SOCK_STREAM);
    host.bind(fd, { family: AF_INET6, address: "::1", port: 0 });
    host.close(fd);
    return false;
  } catch {
    return "this machine has no IPv6";
  }
})();

const portOf = (socket: Socket): number => socket.localPort as number;

test("without a host, clients of both families come", { skip: withoutIpv6 }, async () => {
  await using server = await createServer(host, { port: 0 });
  assert.equal(server.family, AF_INET6);
  assert.equal(server.getsockopt(SOL_SOCKET, SO_ACCEPTCONN), true);
  for (const [address, seenAs] of [
    ["127.0.0.1", "::ffff:127.0.0.1"],
    ["::1", "::1"],
  ] as const) {
    await using client = await createConnection(host, { host: address, port: portOf(server) });
    const { socket, address: peer } = await server.accept();
    assert.equal((peer as { address: string }).address, seenAs);
    assert.equal(socket.remotePort, client.localPort);
    socket.close();
  }
});

test("ipv6Only leaves IPv4 alone", { skip: withoutIpv6 }, async () => {
  await using server = await createServer(host, { port: 0, ipv6Only: true });
  await assert.rejects(createConnection(host, { host: "127.0.0.1", port: portOf(server) }), { code: "ECONNREFUSED" });
});

test("where there is no IPv6 it listens on 0.0.0.0", async () => {
  const kernel: Kernel = {
    ...host,
    socket(family, type, protocol) {
      if (family === AF_INET6) throw systemError("socket", "EAFNOSUPPORT");
      return host.socket(family, type, protocol);
    },
  };
  await using server = await createServer(kernel, { port: 0 });
  assert.deepEqual(server.localAddress, { family: AF_INET, address: "0.0.0.0", port: portOf(server) });
  await assert.rejects(createServer(kernel, { port: 0, ipv6Only: true }), { code: "EAFNOSUPPORT" });
});

test("an address in use is refused, and shared only by reusePort", async () => {
  await using first = await createServer(host, { host: "127.0.0.1", port: 0, reusePort: true });
  const options = { host: "127.0.0.1", port: portOf(first) };
  await assert.rejects(createServer(host, options), { code: "EADDRINUSE", syscall: "bind", port: options.port });
  await using second = await createServer(host, { ...options, reusePort: true });
  assert.equal(portOf(second), portOf(first));
});

test("a service's name is a port; a name may be the host", async () => {
  const bound: unknown[] = [];
  const kernel: Kernel = {
    ...host,
    bind: (fd, address) => {
      bound.push((address as { port: number }).port);
      host.bind(fd, { ...(address as { family: typeof AF_INET; address: string }), port: 0 });
    },
  };
  await using byService = await createServer(kernel, { port: "http" });
  await using byName = await createServer(kernel, { host: "localhost", port: "https" });
  assert.deepEqual(bound, [80, 443]);
  assert.ok(portOf(byService) > 0 && portOf(byName) > 0);
});

test("an address that is not this machine's is refused", async () => {
  await assert.rejects(createServer(host, { host: "192.0.2.1", port: 0 }), { code: "EADDRNOTAVAIL" });
});

test("the signal closes the listener", async () => {
  const controller = new AbortController();
  const server = await createServer(host, { host: "127.0.0.1", port: 0, signal: controller.signal });
  const accepting = server.accept();
  controller.abort();
  await assert.rejects(accepting, { name: "AbortError" });
  assert.equal(server.closed, true);
});

test("a socket's file that nobody listens on is removed only when asked", async () => {
  const path = join(folder, "stale");
  const killed = await createServer(host, { path });
  await assert.rejects(createServer(host, { path, removeStale: true }), { code: "EADDRINUSE" }, "it is in use");
  killed.close();
  assert.ok(existsSync(path));
  await assert.rejects(createServer(host, { path }), { code: "EADDRINUSE" });
  await using server = await createServer(host, { path, removeStale: true });
  await using client = await createConnection(host, { path });
  (await server.accept()).socket.close();
  assert.equal((await client.recv(1)).length, 0);
});

test("a file that is no socket is never removed", async () => {
  const path = join(folder, "letter");
  writeFileSync(path, "keep me");
  await assert.rejects(createServer(host, { path, removeStale: true }), { code: "EADDRINUSE" });
  assert.ok(existsSync(path));
});
