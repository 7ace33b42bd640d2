import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { AF_INET, host, SOCK_STREAM } from "../../src/index.ts";
import { Child, run } from "../child-program.ts";
import { bound, bytes, folder, LOOPBACK, owned, receive, text, without } from "./peers.ts";

/** HTTP by hand: one request a connection, answered with what was asked for. */
async function serveHttp(listener: number): Promise<void> {
  for (;;) {
    const accepted = await host.accept(listener).catch(() => undefined);
    if (accepted === undefined) return;
    await answer(accepted.fd);
    host.close(accepted.fd);
  }
}

async function answer(fd: number): Promise<void> {
  let request = "";
  const buffer = new Uint8Array(1000);
  while (!request.includes("\r\n\r\n")) {
    const count = await host.recv(fd, buffer);
    if (count === 0) return;
    request += text(buffer, count);
  }
  const [head, rest] = request.split("\r\n\r\n", 2) as [string, string];
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  let body = rest;
  while (body.length < length) body += text(buffer, await host.recv(fd, buffer));
  const answered = `${head.split("\r\n")[0]} ${body.length}`.repeat(body.length > 0 ? 5000 : 1);
  await host.send(
    fd,
    bytes(`HTTP/1.1 200 OK\r\nContent-Length: ${answered.length}\r\nConnection: close\r\n\r\n${answered}`),
  );
}

describe("curl", { skip: without("curl") }, () => {
  test("gets from a server written by hand", { timeout: 10_000 }, async (t) => {
    const { fd, address } = bound(t);
    void serveHttp(fd);
    assert.equal(await run("curl", "-sS", `http://127.0.0.1:${address.port}/path?query`), "GET /path?query HTTP/1.1 0");
  });

  test("posts to it, and reads a long answer", { timeout: 10_000 }, async (t) => {
    const { fd, address } = bound(t);
    void serveHttp(fd);
    const file = `${folder(t)}/body`;
    writeFileSync(file, "x".repeat(200_000));
    const answered = await run("curl", "-sS", "--data-binary", `@${file}`, `http://127.0.0.1:${address.port}/`);
    assert.equal(answered, "POST / HTTP/1.1 200000".repeat(5000));
  });
});

describe("python3 -m http.server", { skip: without("python3") }, () => {
  test("is got from by hand", { timeout: 10_000 }, async (t) => {
    const directory = folder(t);
    writeFileSync(`${directory}/page`, "by hand\n".repeat(10_000));
    const python = new Child(t, "python3", ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "-d", directory]);
    const port = Number(/port (\d+)/.exec(await python.line())?.[1]);
    const fd = owned(t, host.socket(AF_INET, SOCK_STREAM));
    await host.connect(fd, { ...LOOPBACK, port });
    await host.send(fd, bytes("GET /page HTTP/1.0\r\nHost: localhost\r\n\r\n"));
    const [head, body] = (await receive(fd)).split("\r\n\r\n");
    assert.match(head as string, /^HTTP\/1\.0 200 OK\r\n/);
    assert.equal(body, "by hand\n".repeat(10_000));
  });
});
