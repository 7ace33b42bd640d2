import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, SHUT_WR, SOCK_DGRAM, SOCK_STREAM } from "../../src/api/constants.ts";
import { createHost } from "../../src/host/host.ts";
import { dialtone, echoServer } from "./dialtone.ts";

const host = createHost();
const LOOPBACK = { family: AF_INET, address: "127.0.0.1", port: 0 } as const;

for (const [what, type, flags] of [
  ["a datagram", SOCK_DGRAM, ["--udp"]],
  ["a connection", SOCK_STREAM, []],
] as const) {
  test(`${what} that nobody answers ends at the timeout, with the reason`, async () => {
    const fd = host.socket(AF_INET, type);
    try {
      host.bind(fd, LOOPBACK);
      if (type === SOCK_STREAM) host.listen(fd);
      const name = host.getsockname(fd);
      const port = "port" in name ? String(name.port) : "";
      assert.deepEqual(await dialtone("echo-client", "127.0.0.1", "hello", port, "--timeout", "50", ...flags), {
        code: 1,
        stdout: "",
        stderr: `dialtone echo-client: no answer from 127.0.0.1:${port} within 50 ms\n`,
      });
    } finally {
      host.close(fd);
    }
  });
}

test("a server that hangs up before the answer", async () => {
  const fd = host.socket(AF_INET, SOCK_STREAM);
  try {
    host.bind(fd, LOOPBACK);
    host.listen(fd);
    const name = host.getsockname(fd);
    const client = dialtone("echo-client", "127.0.0.1", "hello", "port" in name ? String(name.port) : "");
    const { fd: accepted } = await host.accept(fd);
    await host.recv(accepted, new Uint8Array(5));
    host.close(accepted);
    const { code, stderr } = await client;
    assert.equal(code, 1);
    assert.match(stderr, /recv ECONNRESET \(the server hung up after 0 of 5 bytes\) 127\.0\.0\.1:\d+\n$/);
  } finally {
    host.close(fd);
  }
});

test("Ctrl-C lets a client that is there finish, and refuses the next", async (t) => {
  const { server, port } = await echoServer(t, "0");
  const running = server;
  const address = { ...LOOPBACK, port: Number(port) };
  const client = host.socket(AF_INET, SOCK_STREAM);
  try {
    await host.connect(client, address);
    await host.send(client, new TextEncoder().encode("one"));
    await host.recv(client, new Uint8Array(3));
    const ended = running.end("SIGINT");
    await refused(address);
    await host.send(client, new TextEncoder().encode("two"));
    const answer = new Uint8Array(3);
    await host.recv(client, answer);
    assert.equal(new TextDecoder().decode(answer), "two");
    host.shutdown(client, SHUT_WR);
    const { code, stdout, stderr } = await ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    // Those who dialled until they were refused are counted as well.
    assert.match(stdout, /^\d+ clients?, 6 bytes sent back$/);
  } finally {
    host.close(client);
  }
});

/** Dials until nobody answers any more. */
async function refused(address: { family: typeof AF_INET; address: string; port: number }): Promise<void> {
  for (;;) {
    const fd = host.socket(AF_INET, SOCK_STREAM);
    try {
      await host.connect(fd, address);
    } catch {
      return;
    } finally {
      host.close(fd);
    }
  }
}
