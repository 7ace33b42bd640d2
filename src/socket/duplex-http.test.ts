import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";
import { SO_LINGER, SOL_SOCKET } from "../api/constants.ts";
import { expectNoDescriptorLeft } from "../../test/open-descriptors.ts";
import { host } from "../calls.ts";
import { listener } from "../../test/tcp-pair.ts";
import { createConnection } from "./create-connection.ts";
import type { SocketDuplex } from "./duplex.ts";
import type { Socket } from "./socket.ts";

expectNoDescriptorLeft();

/** Node's HTTP server on our connections; `connections` are those that came. */
class HttpServer implements AsyncDisposable {
  readonly connections: SocketDuplex[] = [];
  readonly http: http.Server;
  readonly #listener: Socket = listener();
  readonly #serving: Promise<void>;

  constructor(answer: http.RequestListener) {
    this.http = http.createServer(answer);
    this.#serving = this.#serve();
  }

  get port(): number {
    return this.#listener.localPort as number;
  }

  async #serve(): Promise<void> {
    for await (const socket of this.#listener.connections()) {
      const duplex = socket.toDuplex({ allowHalfOpen: true });
      this.connections.push(duplex);
      this.http.emit("connection", duplex);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
    this.http.close();
    for (const connection of this.connections) connection.destroy();
    for (const connection of this.connections) if (!connection.closed) await once(connection, "close");
  }
}

/** Node's HTTP client on our connections. */
class Agent extends http.Agent {
  readonly made: SocketDuplex[] = [];

  override createConnection(
    options: http.ClientRequestArgs,
    done?: (error: Error | null, stream: SocketDuplex) => void,
  ): undefined {
    createConnection(host, { host: "127.0.0.1", port: Number(options.port) }).then(
      (socket) => {
        const duplex = socket.toDuplex();
        this.made.push(duplex);
        done?.(null, duplex);
      },
      (error: Error) => done?.(error, undefined as never),
    );
  }
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly reused: boolean;
}

function request(options: http.RequestOptions, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks), reused: sent.reusedSocket });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const echo: http.RequestListener = (incoming, outgoing) => incoming.pipe(outgoing);
const big = Buffer.alloc(10_000_000, "dialtone.");

test("10 MB go to Node's HTTP server and back, again and again on one connection", async () => {
  await using server = new HttpServer(echo);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let count = 0; count < 3; count += 1) {
    const { status, body, reused } = await request({ agent, port: server.port, method: "POST" }, big);
    assert.equal(status, 200);
    assert.ok(body.equals(big));
    assert.equal(reused, count > 0);
  }
  assert.equal(server.connections.length, 1);
  assert.ok((server.connections[0]?.bytesRead ?? 0) > 3 * big.length);
  agent.destroy();
});

test("many clients at once", async () => {
  await using server = new HttpServer(echo);
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const bodies = Array.from({ length: 100 }, (_, index) => Buffer.alloc(1000 * index, index));
  const answers = await Promise.all(bodies.map((body) => request({ agent, port: server.port, method: "POST" }, body)));
  for (const [index, { body }] of answers.entries()) assert.ok(body.equals(bodies[index] as Buffer));
  agent.destroy();
});

test("a slow reader holds the server back, and gets everything", async () => {
  let taken: Promise<void> | undefined;
  let done = false;
  await using server = new HttpServer((_incoming, outgoing) => {
    taken = new Promise((resolve) => {
      outgoing.end(big, () => {
        done = true;
        resolve();
      });
    });
  });
  const sent = http.get({ agent: new Agent(), port: server.port });
  const [response] = (await once(sent, "response")) as [http.IncomingMessage];
  for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(done, false, "10 MB are more than both kernel buffers, and nobody reads");
  let received = 0;
  for await (const chunk of response) {
    received += (chunk as Buffer).length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(received, big.length);
  await taken;
});

test("a client that goes away in the middle is an aborted request, and hurts nobody", async () => {
  const closed: Promise<unknown>[] = [];
  await using server = new HttpServer((incoming, outgoing) => {
    closed.push(once(outgoing, "close"));
    if (incoming.url === "/endless") outgoing.write(Buffer.alloc(1000));
    else outgoing.end("well");
  });
  const sent = http.get({ agent: new Agent(), port: server.port, path: "/endless" });
  const [response] = (await once(sent, "response")) as [http.IncomingMessage];
  response.on("error", () => undefined);
  sent.on("error", () => undefined);
  sent.destroy();
  await Promise.all(closed);

  const socket = await createConnection(host, { host: "127.0.0.1", port: server.port });
  await socket.sendAll(Buffer.from("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"));
  await socket.recv(10);
  socket.setsockopt(SOL_SOCKET, SO_LINGER, { onoff: true, linger: 0 });
  socket.close();
  const reset = server.connections[1] as SocketDuplex;
  if (!reset.closed) await once(reset, "close").catch(() => undefined);

  const { body } = await request({ agent: new Agent(), port: server.port, path: "/" });
  assert.equal(body.toString(), "well");
});

test("a client that closes its sending side after the question gets the answer", async () => {
  await using server = new HttpServer((_incoming, outgoing) => {
    setImmediate(() => outgoing.end("the answer"));
  });
  await using socket = await createConnection(host, { host: "127.0.0.1", port: server.port });
  Object.assign(server.http, { httpAllowHalfOpen: true });
  await socket.sendAll(Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  socket.shutdown(1);
  let text = "";
  for await (const chunk of socket.chunks()) text += Buffer.from(chunk).toString();
  assert.match(text, /^HTTP\/1\.1 200 OK[^]*the answer$/);
});

test("the server's idle connections end after keepAliveTimeout; a free client connection notices", async () => {
  await using server = new HttpServer((_incoming, outgoing) => outgoing.end("ok"));
  server.http.keepAliveTimeout = 1;
  const agent = new Agent({ keepAlive: true });
  await request({ agent, port: server.port });
  // A client that asked in the moment of the end would be hung up on: so it is, with HTTP.
  for (const end of [...server.connections, ...agent.made]) if (!end.closed) await once(end, "close");
  const again = await request({ agent, port: server.port });
  assert.equal(again.body.toString(), "ok");
  assert.equal(server.connections.length, 2);
  agent.destroy();
});

test("a refused connection is the request's error", async () => {
  const server = listener();
  const port = server.localPort as number;
  server.close();
  await assert.rejects(request({ agent: new Agent(), port }), { code: "ECONNREFUSED", port });
});

test("a protocol upgrade hands the stream to the program", async () => {
  await using server = new HttpServer(() => assert.fail("no plain request"));
  server.http.on("upgrade", (_incoming, stream) => {
    stream.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    stream.pipe(stream);
  });
  const sent = http.get({
    agent: new Agent(),
    port: server.port,
    headers: { connection: "Upgrade", upgrade: "echo" },
  });
  const [, stream] = (await once(sent, "upgrade")) as [http.IncomingMessage, SocketDuplex];
  stream.end("shout");
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  assert.equal(text, "shout");
});
