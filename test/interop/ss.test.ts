import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AF_INET, host, SOCK_DGRAM, SOCK_STREAM } from "../../src/index.ts";
import { run } from "../child-program.ts";
import { bound, LOOPBACK, owned, without } from "./peers.ts";

describe("ss", { skip: without("ss") }, () => {
  test("shows our listener with its backlog, and what waits in it", { timeout: 10_000 }, async (t) => {
    const { fd, address } = bound(t);
    host.listen(fd, 17);
    const show = (): Promise<string> => run("ss", "-Hltn", `sport = :${address.port}`);
    assert.match(await show(), new RegExp(`^LISTEN +0 +17 +127\\.0\\.0\\.1:${address.port}\\s`));
    for (let index = 0; index < 2; index += 1) {
      await host.connect(owned(t, host.socket(AF_INET, SOCK_STREAM)), address);
    }
    assert.match(await show(), /^LISTEN +2 +17 /);
    owned(t, (await host.accept(fd)).fd);
    assert.match(await show(), /^LISTEN +1 +17 /);
  });

  test("shows bytes that were sent and not yet received", { timeout: 10_000 }, async (t) => {
    const { fd, address } = bound(t);
    const client = owned(t, host.socket(AF_INET, SOCK_STREAM));
    await host.connect(client, address);
    const server = owned(t, (await host.accept(fd)).fd);
    await host.send(client, new Uint8Array(1234));
    const established = (): Promise<string> => run("ss", "-Htn", "state", "established", `sport = :${address.port}`);
    assert.match(await established(), /^1234 +0 /);
    await host.recv(server, new Uint8Array(1000));
    assert.match(await established(), /^234 +0 /);
  });

  test("shows our datagram socket, and its peer when it is connected", { timeout: 10_000 }, async (t) => {
    const { address } = bound(t, LOOPBACK, SOCK_DGRAM);
    const show = (...filter: string[]): Promise<string> => run("ss", "-Huan", ...filter);
    assert.match(await show(`sport = :${address.port}`), /^UNCONN +0 +0 /);
    const client = owned(t, host.socket(AF_INET, SOCK_DGRAM));
    await host.connect(client, address);
    assert.match(await show(`dport = :${address.port}`), new RegExp(`^ESTAB .* 127\\.0\\.0\\.1:${address.port}\\s`));
  });
});
