import assert from "node:assert/strict";
import { test } from "node:test";
import { dialtone, echoServer, Running } from "./dialtone.ts";

const SHAPES = ["iterative", "concurrent", "threads", "processes"];

for (const shape of SHAPES) {
  test(`${shape}: clients get their words back, and Ctrl-C ends it with its numbers`, async (t) => {
    const { server, line, port } = await echoServer(t, "0", "--shape", shape);
    const running = server;
    assert.match(line, new RegExp(`^listening on 127\\.0\\.0\\.1:[1-9]\\d* \\(tcp, ${shape}\\)$`));
    const words = ["hello", "two words", "grüß Gott 📞"];
    const answers = await Promise.all(words.map((word) => dialtone("echo-client", "127.0.0.1", word, port)));
    assert.deepEqual(
      answers,
      words.map((word) => ({ code: 0, stdout: `${word}\n`, stderr: "" })),
    );
    const bytes = words.reduce((sum, word) => sum + Buffer.byteLength(word), 0);
    assert.deepEqual(await running.end("SIGINT"), {
      code: 0,
      stdout: `3 clients, ${bytes} bytes sent back`,
      stderr: "",
    });
    assert.deepEqual(await dialtone("echo-client", "127.0.0.1", "hello", port), {
      code: 1,
      stdout: "",
      stderr: `dialtone echo-client: connect ECONNREFUSED 127.0.0.1:${port}\n`,
    });
  });
}

test("SIGTERM ends it as Ctrl-C does", async (t) => {
  const { server } = await echoServer(t, "0");
  const running = server;
  assert.deepEqual(await running.end("SIGTERM"), { code: 0, stdout: "0 clients, 0 bytes sent back", stderr: "" });
});

test("--json at both ends", async (t) => {
  const server = new Running(t, "echo-server", "0", "--json");
  const { listening } = JSON.parse(await server.line()) as { listening: { port: number } };
  const { port } = listening;
  assert.deepEqual(listening, {
    address: `127.0.0.1:${port}`,
    port,
    protocol: "tcp",
    type: "stream",
    shape: "concurrent",
  });
  const { stdout } = await dialtone("echo-client", "127.0.0.1", "hello", String(port), "--json");
  assert.deepEqual(JSON.parse(stdout), { server: `127.0.0.1:${port}`, sent: "hello", received: "hello", bytes: 5 });
  assert.deepEqual(JSON.parse((await server.end("SIGINT")).stdout), { clients: 1, bytes: 5 });
});

test("UDP, both ways", async (t) => {
  const { server, line, port } = await echoServer(t, "0", "--udp");
  const running = server;
  assert.match(line, /^listening on 127\.0\.0\.1:\d+ \(udp\)$/);
  const answer = await dialtone("echo-client", "127.0.0.1", "hello", port, "--udp");
  assert.deepEqual(answer, { code: 0, stdout: "hello\n", stderr: "" });
  assert.deepEqual(await running.end("SIGINT"), { code: 0, stdout: "1 datagram, 5 bytes sent back", stderr: "" });
  assert.deepEqual(await dialtone("echo-client", "127.0.0.1", "hello", port, "--udp"), {
    code: 1,
    stdout: "",
    stderr: `dialtone echo-client: recv ECONNREFUSED 127.0.0.1:${port}\n`,
  });
});

test("IPv6, and both versions at the wildcard", async (t) => {
  const { server, line, port } = await echoServer(t, "0", "--address", "::1");
  const six = server;
  assert.equal(line, `listening on [::1]:${port} (tcp, concurrent)`);
  assert.equal((await dialtone("echo-client", "::1", "six", port)).stdout, "six\n");
  assert.equal((await six.end("SIGINT")).code, 0);

  const wildcard = await echoServer(t, "0", "--address", "::", "--udp");
  const both = wildcard.server;
  assert.equal((await dialtone("echo-client", "::1", "six", wildcard.port, "--udp")).stdout, "six\n");
  assert.equal((await dialtone("echo-client", "127.0.0.1", "four", wildcard.port, "--udp")).stdout, "four\n");
  assert.equal((await both.end("SIGINT")).stdout, "2 datagrams, 7 bytes sent back");
});

test("names are resolved, and their addresses are tried in turn", async (t) => {
  const { port } = await echoServer(t, "0");
  assert.equal((await dialtone("echo-client", "localhost", "hello", port)).stdout, "hello\n");
});

test("a name that nobody has", async () => {
  const { code, stdout, stderr } = await dialtone("echo-client", "nobody.invalid", "hello");
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.match(stderr, /^dialtone echo-client: getaddrinfo (ENOTFOUND|EAI_AGAIN) nobody\.invalid.*\n$/);
});

test("a port that is taken", async (t) => {
  const { port } = await echoServer(t, "0");
  assert.deepEqual(await dialtone("echo-server", port), {
    code: 1,
    stdout: "",
    stderr: `dialtone echo-server: bind EADDRINUSE 127.0.0.1:${port}\n`,
  });
});

test("--trace prints each call on stderr, and the result alone on stdout", async (t) => {
  const { server, port } = await echoServer(t, "0", "--trace");
  const running = server;
  const { stdout, stderr } = await dialtone("echo-client", "127.0.0.1", "hello", port, "--trace");
  assert.equal(stdout, "hello\n");
  assert.deepEqual(callsOf(stderr, "client"), ["getaddrinfo", "socket", "connect", "send", "recv", "close"]);
  const calls = callsOf((await running.end("SIGINT")).stderr, "server");
  assert.deepEqual(
    calls.filter((name) => ["socket", "bind", "listen", "recv", "send"].includes(name)),
    ["socket", "bind", "listen", "recv", "send", "recv"],
  );
});

function callsOf(trace: string, who: string): string[] {
  return [...trace.matchAll(new RegExp(`^ *[\\d.]+  ${who} +(\\w+)\\(`, "gm"))].map((match) => match[1] ?? "");
}

test("without colour where nobody sees it", async () => {
  const { stderr } = await dialtone("echo-client", "--unix", "@dialtone-nobody", "hello", "--trace");
  assert.match(stderr, /connect\(\d+, @dialtone-nobody\) = -1 ECONNREFUSED +no such number/);
  assert.ok(!stderr.includes("\x1b"));
});
