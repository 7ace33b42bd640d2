import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { AF_INET, AF_UNIX, host, SOCK_DGRAM, SOCK_STREAM } from "../../src/index.ts";
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
} from "./peers.ts";

/** There are several programs of that name, with other options. */
function withoutOpenBsdNetcat(): string | false {
  const missing = without("nc");
  if (missing !== false) return missing;
  const { stdout, stderr } = spawnSync("nc", ["-h"], { encoding: "utf8" });
  return `${stdout}${stderr}`.includes("OpenBSD") ? false : "the nc that is installed is not OpenBSD's";
}

describe("nc", { skip: withoutOpenBsdNetcat() }, () => {
  test("calls our server over TCP", { timeout: 10_000 }, async (t) => {
    const { fd, address } = bound(t);
    void echoStreams(fd);
    const nc = new Child(t, "nc", ["-N", "127.0.0.1", String(address.port)]);
    nc.give("hello\nworld\n");
    nc.giveEnd();
    assert.deepEqual(await nc.rest(), ["hello", "world"]);
    assert.equal((await nc.exited).code, 0, nc.stderr);
  });

  test("answers our client over TCP", { timeout: 10_000 }, async (t) => {
    const port = freePort();
    const nc = new Child(t, "nc", ["-l", "-v", "127.0.0.1", String(port)]);
    await nc.said(/Listening/i);
    const fd = owned(t, host.socket(AF_INET, SOCK_STREAM));
    await host.connect(fd, { ...LOOPBACK, port });
    await host.send(fd, bytes("question\n"));
    assert.equal(await nc.line(), "question");
    nc.give("answer\n");
    assert.equal(await receive(fd, 7), "answer\n");
    host.close(fd);
    assert.equal((await nc.exited).code, 0, nc.stderr);
  });

  test("calls our server over a Unix socket", { timeout: 10_000 }, async (t) => {
    const path = `${folder(t)}/socket`;
    const { fd } = bound(t, unixAddress(path));
    void echoStreams(fd);
    const nc = new Child(t, "nc", ["-N", "-U", path]);
    nc.give("hello\n");
    nc.giveEnd();
    assert.deepEqual(await nc.rest(), ["hello"]);
  });

  test("answers our client over a Unix socket", { timeout: 10_000 }, async (t) => {
    const path = `${folder(t)}/socket`;
    const nc = new Child(t, "nc", ["-l", "-v", "-U", path]);
    await nc.said(/Listening/i);
    const fd = owned(t, host.socket(AF_UNIX, SOCK_STREAM));
    await host.connect(fd, unixAddress(path));
    await host.send(fd, bytes("question\n"));
    assert.equal(await nc.line(), "question");
    nc.give("answer\n");
    assert.equal(await receive(fd, 7), "answer\n");
  });

  test("calls our server over UDP", { timeout: 10_000 }, async (t) => {
    const { fd, address } = bound(t, LOOPBACK, SOCK_DGRAM);
    void echoDatagrams(fd);
    const nc = new Child(t, "nc", ["-u", "127.0.0.1", String(address.port)]);
    nc.give("datagram\n");
    assert.equal(await nc.line(), "datagram");
  });

  test("answers our client over UDP", { timeout: 10_000 }, async (t) => {
    const port = freePort(SOCK_DGRAM);
    const nc = new Child(t, "nc", ["-u", "-l", "-v", "127.0.0.1", String(port)]);
    await nc.said(/Bound|Listening/i);
    const fd = owned(t, host.socket(AF_INET, SOCK_DGRAM));
    await host.sendto(fd, bytes("question\n"), 0, { ...LOOPBACK, port });
    assert.equal(await nc.line(), "question");
    nc.give("answer\n");
    const buffer = new Uint8Array(64);
    const received = await host.recvfrom(fd, buffer);
    assert.deepEqual(received.address, { ...LOOPBACK, port });
    assert.equal(text(buffer, received.bytes), "answer\n");
  });
});
