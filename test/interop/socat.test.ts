import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  host,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Inet6Address,
  type SocketAddress,
} from "../../src/index.ts";
import { Child } from "../child-program.ts";
import {
  bound,
  bytes,
  echoDatagrams,
  echoStreams,
  folder,
  freePort,
  LOOPBACK,
  owned,
  receive,
  text,
  unixAddress,
  without,
  type Scope,
} from "./peers.ts";

/** Where socat says that it listens: its second level of detail tells. */
const LISTENING = /listening on .*?:(\d+)$/m;

const LOOPBACK6: Inet6Address = { family: AF_INET6, address: "::1", port: 0 };

/** Why nothing can be done over IPv6 here; false where it can. */
function noIpv6(): string | false {
  const interfaces = "/proc/net/if_inet6";
  const isThere = existsSync(interfaces) && readFileSync(interfaces, "latin1").includes(" lo");
  return isThere ? false : "the machine has no IPv6 loopback";
}

describe("socat calls our server", { skip: without("socat") }, () => {
  const path = (t: Scope): SocketAddress => unixAddress(`${folder(t)}/socket`);
  const abstract = (): SocketAddress => unixAddress(`\0dialtone-${process.pid}`);
  const pathOf = (address: SocketAddress): string => (address as { path: string }).path;

  for (const [name, address, type, target] of [
    ["TCP", () => LOOPBACK, SOCK_STREAM, (at: { port: number }) => `TCP4:127.0.0.1:${at.port}`],
    ["TCP over IPv6", () => LOOPBACK6, SOCK_STREAM, (at: { port: number }) => `TCP6:[::1]:${at.port}`],
    ["UDP", () => LOOPBACK, SOCK_DGRAM, (at: { port: number }) => `UDP4:127.0.0.1:${at.port}`],
    ["a Unix stream", path, SOCK_STREAM, (at: SocketAddress) => `UNIX-CONNECT:${pathOf(at)}`],
    ["a Unix seqpacket", path, SOCK_SEQPACKET, (at: SocketAddress) => `UNIX-CONNECT:${pathOf(at)},type=5`],
    [
      "an abstract Unix stream",
      abstract,
      SOCK_STREAM,
      (at: SocketAddress) => `ABSTRACT-CONNECT:${pathOf(at).slice(1)}`,
    ],
  ] as const) {
    const skip = name.includes("IPv6") && noIpv6();
    test(`over ${name}`, { timeout: 10_000, skip }, async (t) => {
      const { fd, address: at } = bound<SocketAddress>(t, address(t), type);
      void (type === SOCK_DGRAM ? echoDatagrams(fd) : echoStreams(fd));
      const socat = new Child(t, "socat", ["-t", "5", "-", (target as (at: unknown) => string)(at)]);
      socat.give(`over ${name}\n`);
      assert.equal(await socat.line(), `over ${name}`);
      socat.giveEnd();
    });
  }

  test("over Unix datagrams, with a name of its own", { timeout: 10_000 }, async (t) => {
    const directory = folder(t);
    const { fd } = bound<SocketAddress>(t, unixAddress(`${directory}/server`), SOCK_DGRAM);
    void echoDatagrams(fd);
    const target = `UNIX-SENDTO:${directory}/server,bind=${directory}/client`;
    const socat = new Child(t, "socat", ["-t", "5", "-", target]);
    socat.give("datagram\n");
    assert.equal(await socat.line(), "datagram");
  });
});

describe("socat answers our client", { skip: without("socat") }, () => {
  test("over TCP", { timeout: 10_000 }, async (t) => {
    const socat = new Child(t, "socat", ["-d", "-d", "TCP4-LISTEN:0,bind=127.0.0.1", "PIPE"]);
    const port = Number((await socat.said(LISTENING))[1]);
    const fd = owned(t, host.socket(AF_INET, SOCK_STREAM));
    await host.connect(fd, { ...LOOPBACK, port });
    await host.send(fd, bytes("echo"));
    assert.equal(await receive(fd, 4), "echo");
    host.close(fd);
    assert.equal((await socat.exited).code, 0, socat.stderr);
  });

  for (const [name, type, option] of [
    ["a Unix stream", SOCK_STREAM, "UNIX-LISTEN"],
    ["a Unix seqpacket", SOCK_SEQPACKET, "UNIX-LISTEN"],
  ] as const) {
    test(`over ${name}`, { timeout: 10_000 }, async (t) => {
      const path = `${folder(t)}/socket`;
      const socat = new Child(t, "socat", ["-d", "-d", `${option}:${path},type=${type}`, "PIPE"]);
      await socat.said(/listening on/);
      const fd = owned(t, host.socket(AF_UNIX, type));
      await host.connect(fd, unixAddress(path));
      await host.send(fd, bytes("echo"));
      assert.equal(await receive(fd, 4), "echo");
    });
  }

  test("over UDP", { timeout: 10_000 }, async (t) => {
    const port = freePort(SOCK_DGRAM);
    const details = ["-d", "-d", "-d", "-d"];
    const socat = new Child(t, "socat", [...details, `UDP4-RECVFROM:${port},bind=127.0.0.1`, "PIPE"]);
    await socat.said(/ bind\(.*\) -> 0/);
    const fd = owned(t, host.socket(AF_INET, SOCK_DGRAM));
    await host.connect(fd, { ...LOOPBACK, port });
    await host.send(fd, bytes("datagram"));
    const buffer = new Uint8Array(64);
    assert.equal(text(buffer, await host.recv(fd, buffer)), "datagram");
  });
});

test("socat stands between our client and our server", { skip: without("socat"), timeout: 10_000 }, async (t) => {
  const { fd: listener, address } = bound(t);
  void echoStreams(listener);
  const socat = new Child(t, "socat", ["-d", "-d", "TCP4-LISTEN:0,bind=127.0.0.1", `TCP4:127.0.0.1:${address.port}`]);
  const port = Number((await socat.said(LISTENING))[1]);
  const fd = owned(t, host.socket(AF_INET, SOCK_STREAM));
  await host.connect(fd, { ...LOOPBACK, port });
  const data = "there and back ".repeat(50_000);
  const received = receive(fd, data.length);
  assert.equal(await host.send(fd, bytes(data)), data.length);
  assert.equal(await received, data);
  // The half-close passes through both ways.
  host.shutdown(fd, 1);
  assert.equal(await host.recv(fd, new Uint8Array(1)), 0);
  assert.equal((await socat.exited).code, 0, socat.stderr);
});
