import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  SHUT_WR,
  SO_LINGER,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../api/constants.ts";
import { systemError } from "../api/errors.ts";
import type { Flow } from "../api/flow.ts";
import type { Kernel } from "../api/kernel.ts";
import { host } from "../calls.ts";
import { expectNoDescriptorLeft } from "../../test/open-descriptors.ts";
import { turn } from "../../test/turn.ts";
import { Socket } from "./socket.ts";

expectNoDescriptorLeft();

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

function listening(signal?: AbortSignal): Socket {
  const server = new Socket(host, AF_INET, SOCK_STREAM, { signal });
  server.bind({ family: AF_INET, address: "127.0.0.1", port: 0 });
  server.listen(128);
  return server;
}

async function connected(server: Socket): Promise<Socket> {
  const client = new Socket(host, AF_INET, SOCK_STREAM);
  await client.connect(server.localAddress);
  return client;
}

function datagramPair(): [Socket, Socket] {
  const sockets = [new Socket(host, AF_INET, SOCK_DGRAM), new Socket(host, AF_INET, SOCK_DGRAM)] as const;
  for (const socket of sockets) socket.bind({ family: AF_INET, address: "127.0.0.1", port: 0 });
  return [...sockets];
}

test("an echo server is two loops", async () => {
  const server = listening();
  const echo = async (connection: Socket): Promise<void> => {
    for await (const chunk of connection.chunks()) await connection.sendAll(chunk);
    connection.close();
  };
  const serving = (async () => {
    const echoes: Promise<void>[] = [];
    for await (const connection of server.connections()) echoes.push(echo(connection));
    await Promise.all(echoes);
  })();
  const clients = Array.from({ length: 20 }, async (_, index) => {
    await using client = await connected(server);
    // More than both kernel buffers hold: sending waits for the echo to be read.
    const data = new Uint8Array(index === 0 ? 12_000_000 : 1000).fill(index);
    const sending = client.sendAll(data).then(() => client.shutdown(SHUT_WR));
    let received = 0;
    for await (const chunk of client.chunks()) {
      assert.ok(chunk.every((byte) => byte === index));
      received += chunk.length;
    }
    await sending;
    assert.equal(received, data.length);
    assert.equal(client.bytesRead, data.length);
  });
  await Promise.all(clients);
  server.close();
  await serving;
});

test("leaving connections() early loses none, and accept() goes on", async () => {
  await using server = listening();
  const clients = await Promise.all(Array.from({ length: 40 }, () => connected(server)));
  const peers = new Set(clients.map((client) => client.localPort));
  const seen = (socket: Socket): void => {
    assert.ok(peers.delete(socket.remotePort), "each once");
    socket.close();
  };
  for await (const socket of server.connections()) {
    seen(socket);
    break;
  }
  for (let count = 0; count < 30; count += 1) seen((await server.accept()).socket);
  for await (const socket of server) {
    seen(socket as Socket);
    if (peers.size === 0) break;
  }
  for (const client of clients) client.close();
});

test("closing a listener ends its iteration, and closes what waits there", async () => {
  const server = listening();
  const clients = await Promise.all(Array.from({ length: 5 }, () => connected(server)));
  const connections = server.connections();
  const first = await connections.next();
  (first.value as Socket).close();
  server.close();
  assert.equal((await connections.next()).done, true);
  for (const client of clients) {
    // FIN or RST: the other end is gone.
    await client.recv(1).catch((error: Error) => assert.match(error.message, /ECONNRESET/));
    client.close();
  }
});

test("a shortage of descriptors is thrown, the listener stays, and the next iteration goes on", async () => {
  let shortages = 1;
  const kernel: Kernel = {
    ...host,
    acceptFlow: (fd, handler) => {
      const flow = host.acceptFlow(fd, handler);
      if (shortages-- > 0) {
        flow.pause();
        setImmediate(() => handler.error?.(systemError("accept", "EMFILE"), flow));
      }
      return flow;
    },
  };
  await using server = Socket.from(kernel, listening().detach());
  using client = await connected(server);
  await assert.rejects(server.connections().next(), { code: "EMFILE" });
  assert.equal(server.closed, false);
  for await (const socket of server.connections()) {
    assert.equal(socket.remotePort, client.localPort);
    socket.close();
    break;
  }
});

test("a connection that was reset while it waited is passed over by accept()", async () => {
  await using server = listening();
  const [one, two, three] = await Promise.all([connected(server), connected(server), connected(server)]);
  for await (const socket of server.connections()) {
    socket.close();
    break;
  }
  two.setsockopt(SOL_SOCKET, SO_LINGER, { onoff: true, linger: 0 });
  two.close();
  const { socket } = await server.accept();
  assert.equal(socket.remotePort, three.localPort);
  for (const each of [one, three, socket]) each.close();
});

test("leaving chunks() early loses nothing, and recv() goes on", async () => {
  const [first, second] = Socket.pair(host);
  using a = first;
  using b = second;
  await a.sendAll(new Uint8Array(100_000).fill(1));
  await a.sendAll(new Uint8Array(50_000).fill(2));
  let received = 0;
  for await (const chunk of b.chunks()) {
    received += chunk.length;
    break;
  }
  assert.ok(received < 150_000);
  received += (await b.recv(10)).length;
  for await (const chunk of b.chunks()) {
    received += chunk.length;
    if (received === 150_000) break;
  }
  await assert.rejects(b.recv(1, MSG_DONTWAIT), { code: "EAGAIN" });
  assert.equal(b.bytesRead, 150_000);
  await a.send(bytes("more"));
  assert.equal(text(await b.recv(10)), "more");
});

test("detach refuses while something is unread", async () => {
  const [first, second] = Socket.pair(host);
  using a = first;
  using b = second;
  await a.send(bytes("first"));
  const chunks = b.chunks();
  const arrived = chunks.next();
  assert.throws(() => b.detach(), { code: "EBUSY" });
  await arrived;
  await a.send(bytes("second"));
  // The end of the stream has been seen, so the second chunk is here.
  a.shutdown(SHUT_WR);
  while (!/unread/.test(stateOf(b))) await turn();
  await chunks.return();
  assert.throws(() => b.detach(), { code: "EBUSY" });
  assert.equal(text(await b.recv(100)), "second");
  host.close(b.detach());
});

function stateOf(socket: Socket): string {
  const inspect = (socket as unknown as Record<symbol, () => object>)[Symbol.for("nodejs.util.inspect.custom")];
  return JSON.stringify(inspect?.call(socket));
}

test("only a connection has chunks: a listener and a datagram socket stay as they are", async () => {
  await using server = listening();
  await assert.rejects(server.chunks().next(), { code: "EINVAL", message: /listens/ });
  assert.throws(() => server.toDuplex(), { code: "EINVAL" });
  using datagrams = new Socket(host, AF_INET, SOCK_DGRAM);
  await assert.rejects(datagrams.chunks().next(), { code: "EPROTOTYPE" });
  assert.throws(() => datagrams.toWeb(), { code: "EPROTOTYPE" });
  await assert.rejects(datagrams.connections().next(), { code: "EINVAL", message: /not listen/ });
  await assert.rejects(server.datagrams().next(), { code: "EPROTOTYPE" });
  assert.equal(server.closed || datagrams.closed, false);
});

test("a receive during an iteration takes nothing away from it", async () => {
  const [first, second] = Socket.pair(host);
  using a = first;
  using b = second;
  await a.send(bytes("one"));
  const chunks = b.chunks();
  const arrived = await chunks.next();
  await a.send(bytes("two"));
  while (!/unread/.test(stateOf(b))) await turn();
  await assert.rejects(b.recv(3), { code: "EBUSY" });
  assert.equal(text(arrived.value as Uint8Array) + text((await chunks.next()).value as Uint8Array), "onetwo");
  await chunks.return();
});

test("the other calls that wait are refused during an iteration, a second one too", async () => {
  const [first, second] = Socket.pair(host);
  using a = first;
  using b = second;
  const chunks = b.chunks();
  const arrived = chunks.next();
  await assert.rejects(b.recv(1), { code: "EBUSY" });
  await assert.rejects(b.chunks().next(), { code: "EBUSY" });
  await a.send(bytes("x"));
  assert.equal(text((await arrived).value as Uint8Array), "x");
  await chunks.return();
  await a.send(bytes("y"));
  assert.equal(text(await b.recv(1)), "y");
});

test("leaving the loop waits until what was sent in it has left", async () => {
  const [first, second] = Socket.pair(host);
  using a = first;
  using b = second;
  await a.send(bytes("go"));
  const data = new Uint8Array(2_000_000).fill(7);
  let sending: Promise<number> | undefined;
  const loop = (async () => {
    for await (const _ of b.chunks()) {
      sending = b.send(data);
      break;
    }
    b.shutdown(SHUT_WR);
  })();
  let received = 0;
  for await (const chunk of a.chunks()) received += chunk.length;
  assert.equal(received, data.length);
  await loop;
  assert.equal(await sending, data.length);
});

test("a slow consumer pauses the flow: little is received ahead", async () => {
  let most = 0;
  let receivedByFlow = 0;
  const kernel: Kernel = {
    ...host,
    flow: (fd, handler, options) =>
      host.flow(
        fd,
        {
          allocate: (flow: Flow) => handler.allocate?.(flow) ?? new Uint8Array(0),
          end: (flow: Flow) => handler.end?.(flow),
          drain: (flow: Flow) => handler.drain?.(flow),
          close: (error: Error | undefined, flow: Flow) => handler.close?.(error, flow),
          data: (chunk: Uint8Array, flow: Flow) => {
            receivedByFlow += chunk.length;
            most = Math.max(most, receivedByFlow - consumed);
            handler.data(chunk, flow);
          },
        },
        options,
      ),
  };
  let consumed = 0;
  const [first, second] = Socket.pair(kernel, AF_UNIX, SOCK_STREAM);
  using a = first;
  using b = second;
  const sending = a.sendAll(new Uint8Array(5_000_000)).then(() => a.shutdown(SHUT_WR));
  for await (const chunk of b.chunks()) {
    for (let turns = 0; turns < 3; turns += 1) await turn();
    consumed += chunk.length;
  }
  await sending;
  assert.equal(consumed, 5_000_000);
  assert.ok(most > 0 && most <= 256 * 1024 + 2 * 64 * 1024, `${most} bytes ahead`);
});

test("an error of the connection is thrown by the loop, and closes the socket", async () => {
  await using server = listening();
  const client = await connected(server);
  const { socket } = await server.accept();
  const chunks = socket.chunks();
  const arrived = chunks.next();
  client.setsockopt(SOL_SOCKET, SO_LINGER, { onoff: true, linger: 0 });
  client.close();
  await assert.rejects(arrived, { code: "ECONNRESET" });
  assert.equal(socket.closed, true);
});

test("closing in the middle is not taken for the end of the stream; aborting is an AbortError", async () => {
  const [a, b] = Socket.pair(host);
  const arrived = b.chunks().next();
  b.close();
  await assert.rejects(arrived, { code: "EBADF" });
  a.close();

  const controller = new AbortController();
  const [c, d] = Socket.pair(host, AF_UNIX, SOCK_STREAM, { signal: controller.signal });
  const server = listening(controller.signal);
  const waits = [c.chunks().next(), server.connections().next()];
  controller.abort();
  for (const wait of waits) await assert.rejects(wait, { name: "AbortError" });
  assert.ok(d.closed);
});

test("datagrams() gives each with its sender; sendto answers in between", async () => {
  const [first, second] = datagramPair();
  using server = first;
  using client = second;
  const serving = (async () => {
    for await (const { data, address, truncated } of server.datagrams()) {
      assert.equal(truncated, false);
      await server.sendto(bytes(text(data).toUpperCase()), 0, address);
    }
  })();
  for (const word of ["one", "two", ""]) {
    await client.sendto(bytes(word), 0, server.localAddress);
    const buffer = new Uint8Array(10);
    const { bytes: length, address } = await client.recvfrom(buffer);
    assert.equal(text(buffer.subarray(0, length)), word.toUpperCase());
    assert.deepEqual(address, server.localAddress);
  }
  server.close();
  await serving;
});

test("leaving datagrams() early loses none, and recvfrom() goes on", async () => {
  const [first, second] = datagramPair();
  using server = first;
  using client = second;
  for (let index = 0; index < 10; index += 1) await client.sendto(bytes(`datagram ${index}`), 0, server.localAddress);
  for await (const { data } of server.datagrams()) {
    assert.equal(text(data), "datagram 0");
    break;
  }
  const buffer = new Uint8Array(5);
  const message = await server.recvmsg({ data: buffer });
  assert.equal(text(buffer), "datag");
  assert.equal(message.flags, 0x20, "MSG_TRUNC");
  assert.deepEqual((await server.recvfrom(buffer)).address, client.localAddress);
  assert.equal(text(await server.recv(100)), "datagram 3");
  let expected = 4;
  for await (const { data } of server.datagrams()) {
    assert.equal(text(data), `datagram ${expected}`);
    expected += 1;
    if (expected === 10) break;
  }
});

test("a send that the network refuses in the loop rejects, and the loop goes on", async () => {
  const [first, second] = datagramPair();
  using server = first;
  using client = second;
  const serving = (async () => {
    for await (const { address } of server.datagrams()) {
      await assert.rejects(server.sendto(new Uint8Array(70_000), 0, address), { code: "EMSGSIZE" });
      await server.sendto(bytes("short"), 0, address);
    }
  })();
  await client.sendto(bytes("?"), 0, server.localAddress);
  assert.equal(text(await client.recv(100)), "short");
  server.close();
  await serving;
});

test("what the network reports ends a datagram loop, and the socket stays usable", async () => {
  const [first, second] = datagramPair();
  using client = first;
  await client.connect(second.localAddress);
  second.close();
  const arrived = client.datagrams().next();
  await client.send(bytes("is anybody there?"));
  await assert.rejects(arrived, { code: "ECONNREFUSED" });
  assert.equal(client.closed, false);
  assert.ok((client.localPort ?? 0) > 0);
});

test("messages of a SOCK_SEQPACKET socket keep their boundaries, until the peer ends", async () => {
  const [a, b] = Socket.pair(host, AF_UNIX, SOCK_SEQPACKET);
  for (const word of ["one", "two"]) await a.send(bytes(word));
  a.close();
  const words: string[] = [];
  for await (const message of b) words.push(text((message as { data: Uint8Array }).data));
  assert.deepEqual(words, ["one", "two"]);
  b.close();
});
