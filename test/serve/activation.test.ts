import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { AF_INET, F_GETFD, FD_CLOEXEC, SOCK_STREAM } from "../../src/api/constants.ts";
import type { Inet4Address } from "../../src/api/address.ts";
import { host, listenFds, type PassedDescriptor } from "../../src/index.ts";
import { Client } from "./client.ts";
import { LOOPBACK } from "./shapes.ts";

interface Told {
  readonly passed?: PassedDescriptor[];
  readonly again?: PassedDescriptor[];
  readonly address?: Inet4Address;
  readonly error?: string;
}

function listener(): number {
  const fd = host.socket(AF_INET, SOCK_STREAM);
  host.bind(fd, { family: AF_INET, address: LOOPBACK, port: 0 });
  host.listen(fd);
  return fd;
}

/**
 * Starts the server as a service manager does: the listeners are its descriptors from 3 on, and the variables name its
 * own process, which the shell knows before it becomes the server.
 */
async function activate(
  activation: true | string,
  names: string | undefined,
  fds: readonly number[],
  use?: (told: Told) => Promise<void>,
): Promise<Told> {
  const main = fileURLToPath(new URL("../child-main.js", import.meta.url));
  const programs = new URL("./server-programs.js", import.meta.url).href;
  const variables = `LISTEN_PID=$$ LISTEN_FDS=${fds.length}${names === undefined ? "" : ` LISTEN_FDNAMES=${names}`}`;
  const command = `export ${variables}; exec "$0" "$@"`;
  const words = ["-c", command, process.execPath, main, programs, "activated", JSON.stringify([activation])];
  const child = spawn("sh", words, { stdio: ["pipe", "pipe", "inherit", ...fds] });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  const told = JSON.parse(line.toString()) as Told;
  await use?.(told);
  child.stdin?.end();
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 0);
  return told;
}

suite("socket activation", () => {
  test("serves on the descriptor that was passed", async () => {
    const fd = listener();
    const address = host.getsockname(fd);
    const told = await activate(true, undefined, [fd], async () => {
      const client = await Client.dial(host, address);
      assert.equal(await client.echo("hello"), "hello");
      client.close();
    });
    assert.deepEqual(told, { passed: [{ fd: 3, name: "unknown" }], again: [], address });
    host.close(fd);
  });

  test("takes the one of the name", async () => {
    const fds = [listener(), listener()];
    const second = host.getsockname(fds[1] as number);
    const told = await activate("two", "one:two", fds);
    assert.deepEqual(told.address, second);
    assert.deepEqual(told.passed, [
      { fd: 3, name: "one" },
      { fd: 4, name: "two" },
    ]);
    for (const fd of fds) host.close(fd);
  });

  test("says which there are when the wanted one is not", async () => {
    const fds = [listener(), listener()];
    assert.match((await activate("three", "one:two", fds)).error ?? "", /the name of one descriptor.*one, two/);
    assert.match((await activate(true, "one:two", fds)).error ?? "", /the only descriptor/);
    for (const fd of fds) host.close(fd);
    assert.match((await activate(true, undefined, [])).error ?? "", /LISTEN_FDS: none/);
  });
});

suite("listenFds", () => {
  const env = { LISTEN_PID: "7", LISTEN_FDS: "1", LISTEN_FDNAMES: "x" };

  test("gives none without the variables, and none for another process", () => {
    assert.deepEqual(listenFds(host, { env: {} }), []);
    assert.deepEqual(listenFds(host, { env, pid: 8 }), []);
    assert.deepEqual(listenFds(host, { env: { LISTEN_FDS: "1" }, pid: 7 }), []);
    assert.deepEqual(listenFds(host, { env: { ...env, LISTEN_FDS: "0" }, pid: 7 }), []);
  });

  test("refuses what is no number of descriptors", () => {
    for (const LISTEN_FDS of ["-1", "1e3", "x", "", "999999"]) {
      const wrong = { env: { ...env, LISTEN_FDS }, pid: 7 };
      assert.throws(() => listenFds(host, wrong), { code: "ERR_INVALID_ARG_VALUE" }, LISTEN_FDS);
    }
  });

  test("marks the descriptors close-on-exec, and removes the variables when told", () => {
    const flags = new Map([[3, 0]]);
    const fcntl = (fd: number, command: number, argument = 0): number => {
      if (command === F_GETFD) return flags.get(fd) as number;
      flags.set(fd, argument);
      return 0;
    };
    const variables: Record<string, string> = { ...env };
    assert.deepEqual(listenFds({ ...host, fcntl }, { env: variables, pid: 7, unset: true }), [{ fd: 3, name: "x" }]);
    assert.equal(flags.get(3), FD_CLOEXEC);
    assert.deepEqual(variables, {});
  });
});
