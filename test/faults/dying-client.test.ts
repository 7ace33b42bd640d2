import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, host, SOCK_STREAM, type SystemError } from "../../src/index.ts";
import { openFiles } from "../child.ts";
import { startProgram } from "../child-program.ts";

const PROGRAMS = new URL("./dying-client-programs.js", import.meta.url);
const CLIENTS = 4;

/* Clients that are killed in the middle of what they do, one after the other, while a lasting one goes on. */
for (const [name, how, codes] of [
  ["talks", "in the middle of a message", ["end", "ECONNRESET"]],
  ["doesNotRead", "before it has read what was sent", ["ECONNRESET", "EPIPE"]],
] as const) {
  test(`a client that is killed again and again ${how} hurts nobody`, { timeout: 30_000 }, async (t) => {
    const listener = host.socket(AF_INET, SOCK_STREAM);
    t.after(() => host.close(listener));
    host.bind(listener, { family: AF_INET, address: "127.0.0.1", port: 0 });
    host.listen(listener);
    const address = host.getsockname(listener);
    const lasting = host.socket(AF_INET, SOCK_STREAM);
    t.after(() => host.close(lasting));
    await host.connect(lasting, address);
    const { fd: toLasting } = await host.accept(listener);
    t.after(() => host.close(toLasting));

    const before = [...openFiles().values()].filter((file) => file.startsWith("socket")).length;
    for (let index = 0; index < CLIENTS; index += 1) {
      const child = startProgram(t, PROGRAMS, name, { args: [address] });
      const { fd } = await host.accept(listener);
      const served = name === "talks" ? receiveAll(fd) : sendWithoutEnd(fd);
      assert.equal(await child.told(), "connected");
      assert.deepEqual(await child.kill("SIGKILL"), { code: null, signal: "SIGKILL" });
      const ended = await served;
      assert.ok((codes as readonly string[]).includes(ended), ended);
      host.close(fd);
      // The others are served as ever.
      await host.send(lasting, new Uint8Array([index]));
      const buffer = new Uint8Array(4);
      assert.equal(await host.recv(toLasting, buffer), 1);
      assert.equal(buffer[0], index);
    }
    const after = [...openFiles().values()].filter((file) => file.startsWith("socket")).length;
    assert.equal(after, before, "open sockets");
    assert.equal(host.inspect()["waitingCalls"], 0);
  });
}

async function receiveAll(fd: number): Promise<string> {
  const buffer = new Uint8Array(65536);
  try {
    while ((await host.recv(fd, buffer)) > 0);
    return "end";
  } catch (error) {
    return (error as SystemError).code;
  }
}

async function sendWithoutEnd(fd: number): Promise<string> {
  const data = new Uint8Array(1 << 20);
  try {
    for (;;) await host.send(fd, data);
  } catch (error) {
    return (error as SystemError).code;
  }
}
