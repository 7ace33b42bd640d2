import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { host } from "../calls.ts";
import { expectNoDescriptorLeft } from "../../test/open-descriptors.ts";
import { listener } from "../../test/tcp-pair.ts";
import { createConnection } from "./create-connection.ts";
import type { SocketDuplex } from "./duplex.ts";
import type { Socket } from "./socket.ts";

expectNoDescriptorLeft();

/** The `ws` package's server on our connections. */
class EchoServer implements AsyncDisposable {
  readonly connections: SocketDuplex[] = [];
  readonly sockets: WebSocketServer;
  readonly #http: http.Server = http.createServer();
  readonly #listener: Socket = listener();
  readonly #serving: Promise<void>;

  constructor() {
    this.sockets = new WebSocketServer({ server: this.#http });
    this.sockets.on("connection", (socket) => {
      socket.on("error", () => undefined);
      socket.on("message", (data, binary) => socket.send(data as Buffer, { binary }));
    });
    this.#serving = this.#serve();
  }

  get port(): number {
    return this.#listener.localPort as number;
  }

  async #serve(): Promise<void> {
    for await (const socket of this.#listener.connections()) {
      const duplex = socket.toDuplex({ allowHalfOpen: true });
      this.connections.push(duplex);
      this.#http.emit("connection", duplex);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
    this.sockets.close();
    for (const connection of this.connections) connection.destroy();
    for (const connection of this.connections) if (!connection.closed) await once(connection, "close");
  }
}

/** The `ws` package's client on our connection, when it is open. */
async function open(port: number): Promise<[WebSocket, SocketDuplex]> {
  const below = (await createConnection(host, { host: "127.0.0.1", port })).toDuplex();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { createConnection: () => below as never });
  await once(socket, "open");
  return [socket, below];
}

async function reply(socket: WebSocket): Promise<{ data: Buffer; binary: boolean }> {
  const [data, binary] = (await once(socket, "message")) as [Buffer, boolean];
  return { data, binary };
}

test("messages of all sizes come back from ws's server to ws's client", async () => {
  await using server = new EchoServer();
  const [socket, below] = await open(server.port);
  socket.send("hello");
  assert.deepEqual(await reply(socket), { data: Buffer.from("hello"), binary: false });
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 10_000_000]) {
    const data = Buffer.alloc(size, "dialtone.");
    socket.send(data);
    const { data: back, binary } = await reply(socket);
    assert.ok(back.equals(data) && binary, `${size} bytes`);
  }
  socket.close(1000, "done");
  const [code] = (await once(socket, "close")) as [number];
  assert.equal(code, 1000);
  if (!below.closed) await once(below, "close");
});

test("pings are answered, and many clients talk at once", async () => {
  await using server = new EchoServer();
  const clients = await Promise.all(Array.from({ length: 20 }, () => open(server.port)));
  await Promise.all(
    clients.map(async ([socket, below], index) => {
      socket.ping("there?");
      const [pong] = (await once(socket, "pong")) as [Buffer];
      assert.equal(pong.toString(), "there?");
      socket.send(String(index));
      assert.equal((await reply(socket)).data.toString(), String(index));
      socket.close();
      await once(socket, "close");
      if (!below.closed) await once(below, "close");
    }),
  );
});

test("a client that is terminated closes the server's side", async () => {
  await using server = new EchoServer();
  const [socket, below] = await open(server.port);
  const [served] = [...server.sockets.clients];
  assert.ok(served !== undefined);
  const gone = once(served, "close");
  socket.terminate();
  const [code] = (await gone) as [number];
  assert.equal(code, 1006);
  if (!below.closed) await once(below, "close");
});
