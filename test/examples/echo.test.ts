import assert from "node:assert/strict";
import { mkdtempSync, existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { withExample } from "./run.ts";

const long = "a word that is longer than the receive buffer of both programs";

async function client(name: string, ...words: string[]): Promise<string> {
  return withExample(name, words, async (it) => {
    const { code, output } = await it.end();
    assert.equal(code, 0, it.errors);
    return output;
  });
}

for (const server of ["tcp-echo-server", "tcp-echo-server-blocking"]) {
  for (const caller of ["tcp-echo-client", "tcp-echo-client-blocking"]) {
    test(`${caller} gets its words back from ${server}`, async () => {
      await withExample(server, ["0", "2"], async (it) => {
        const port = String(await it.port());
        assert.equal(await client(caller, "127.0.0.1", "hello", port), "Received: hello\n");
        assert.equal(await client(caller, "127.0.0.1", long, port), `Received: ${long}\n`);
        assert.equal((await it.end()).code, 0);
      });
    });
  }
}

test("a client whom nobody answers says why, and exits 1", async () => {
  for (const caller of ["tcp-echo-client", "tcp-echo-client-blocking"]) {
    await withExample(caller, ["127.0.0.1", "hello", "1"], async (it) => {
      assert.equal((await it.end()).code, 1);
      assert.equal(it.errors, "connect() failed: connect ECONNREFUSED 127.0.0.1:1\n");
    });
  }
});

test("a server with helper processes serves each client in another process", async () => {
  await withExample("tcp-echo-server-processes", ["0", "2"], async (it) => {
    const port = String(await it.port());
    const words = await Promise.all([
      client("tcp-echo-client", "127.0.0.1", "one", port),
      client("tcp-echo-client", "127.0.0.1", "three", port),
    ]);
    assert.deepEqual(words, ["Received: one\n", "Received: three\n"]);
    const { code, output } = await it.end();
    assert.equal(code, 0, it.errors);
    const helpers = [...output.matchAll(/process (\d+) echoed (\d+) bytes/g)];
    assert.deepEqual(new Set(helpers.map(([, , bytes]) => bytes)), new Set(["3", "5"]));
    assert.equal(new Set([String(it.pid), ...helpers.map(([, pid]) => pid)]).size, 3);
  });
});

test("a server with threads serves each client in another thread", async () => {
  await withExample("tcp-echo-server-threads", ["0", "2"], async (it) => {
    const port = String(await it.port());
    await Promise.all([
      client("tcp-echo-client", "127.0.0.1", "one", port),
      client("tcp-echo-client", "127.0.0.1", "three", port),
    ]);
    const { code, output } = await it.end();
    assert.equal(code, 0, it.errors);
    const threads = [...output.matchAll(/thread (\d+) echoed (\d+) bytes/g)];
    assert.deepEqual(new Set(threads.map(([, , bytes]) => bytes)), new Set(["3", "5"]));
    assert.equal(new Set(threads.map(([, thread]) => thread)).size, 2);
  });
});

test("a select server serves a client that calls while another one is silent", async () => {
  await withExample("tcp-echo-server-select", ["0", "3"], async (it) => {
    const port = String(await it.port());
    const words = ["one", "two", long];
    const answers = await Promise.all(words.map((word) => client("tcp-echo-client", "127.0.0.1", word, port)));
    assert.deepEqual(
      answers,
      words.map((word) => `Received: ${word}\n`),
    );
    assert.equal((await it.end()).code, 0, it.errors);
  });
});

test("a client that reads on another thread hears all that it said", async () => {
  await withExample("tcp-echo-server", ["0", "1"], async (it) => {
    const port = String(await it.port());
    const heard = await client("tcp-client-reader-thread", "127.0.0.1", port, "a line", "another line");
    assert.equal(heard, "a line\nanother line\n");
    assert.equal((await it.end()).code, 0);
  });
});

test("datagrams come back from the UDP server", async () => {
  await withExample("udp-echo-server", ["0", "2"], async (it) => {
    const port = String(await it.port());
    assert.equal(await client("udp-echo-client", "127.0.0.1", "hello", port), "Received: hello\n");
    assert.equal(await client("udp-echo-client", "127.0.0.1", long, port), `Received: ${long}\n`);
    assert.equal((await it.end()).code, 0);
  });
});

test("a word that no datagram of the lecture holds is refused", async () => {
  await withExample("udp-echo-client", ["127.0.0.1", "x".repeat(256)], async (it) => {
    assert.equal((await it.end()).code, 1);
    assert.match(it.errors, /Echo word too long/);
  });
});

test("words come back over a Unix socket, and its file is gone afterwards", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dialtone-"));
  try {
    const path = join(folder, "echo");
    await withExample("unix-echo-server", [path, "1"], async (it) => {
      await it.line(/listening on/);
      assert.equal(await client("unix-echo-client", path, long), `Received: ${long}\n`);
      assert.equal((await it.end()).code, 0);
    });
    assert.equal(existsSync(path), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
