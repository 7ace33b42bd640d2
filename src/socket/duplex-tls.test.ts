import assert from "node:assert/strict";
import { once } from "node:events";
import https from "node:https";
import { test } from "node:test";
import tls from "node:tls";
import { expectNoDescriptorLeft } from "../../test/open-descriptors.ts";
import { tcpPair } from "../../test/tcp-pair.ts";
import type { SocketDuplex } from "./duplex.ts";

expectNoDescriptorLeft();

const KEY = Buffer.from("0123456789abcdef0123456789abcdef", "hex");

/** TLS with a key that both know, so that the test needs no certificate (RFC 4279). */
const SHARED: tls.SecureContextOptions = { ciphers: "PSK", minVersion: "TLSv1.2", maxVersion: "TLSv1.2" };

/** Both ends of a TLS connection on ours. */
async function tlsPair(): Promise<{ client: tls.TLSSocket; server: tls.TLSSocket; below: SocketDuplex[] }> {
  const [near, far] = await tcpPair();
  const below = [near.toDuplex(), far.toDuplex()] as const;
  const server = new tls.TLSSocket(below[1], {
    isServer: true,
    ...SHARED,
    pskCallback: () => KEY,
  } as tls.TLSSocketOptions);
  const client = tls.connect({
    socket: below[0],
    ...SHARED,
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk: KEY, identity: "dialtone" }),
  });
  await once(client, "secureConnect");
  return { client, server, below: [...below] };
}

async function closed(streams: readonly SocketDuplex[]): Promise<void> {
  for (const stream of streams) if (!stream.closed) await once(stream, "close");
}

async function collected(stream: tls.TLSSocket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "end");
  return Buffer.concat(chunks);
}

test("10 MB go both ways through tls.connect and TLSSocket", async () => {
  const { client, server, below } = await tlsPair();
  const data = Buffer.alloc(10_000_000, "dialtone.");
  const arrived = [collected(client), collected(server)];
  client.end(data);
  server.end(data);
  for (const body of await Promise.all(arrived)) assert.ok(body.equals(data));
  await closed(below);
});

test("the end of TLS is the end of the connection below", async () => {
  const { client, server, below } = await tlsPair();
  server.resume();
  client.end("bye");
  await once(server, "end");
  await closed(below);
});

test("a connection that is reset below is TLS's error", async () => {
  const { client, server, below } = await tlsPair();
  server.on("error", () => undefined);
  const failed = once(client.resume(), "error");
  below[1]?.resetAndDestroy();
  const [error] = (await failed) as [Error & { code: string }];
  assert.equal(error.code, "ECONNRESET");
  client.destroy();
  await closed(below);
});

test("destroying TLS closes the connection below", async () => {
  const { client, server, below } = await tlsPair();
  server.on("error", () => undefined).resume();
  client.destroy();
  await closed(below);
});

test("Node's HTTPS server and client run on it", async () => {
  const [near, far] = await tcpPair();
  const below = [near.toDuplex(), far.toDuplex({ allowHalfOpen: true })] as const;
  const body = Buffer.alloc(3_000_000, "dialtone.");
  const server = https.createServer(
    { ...SHARED, pskCallback: () => KEY } as https.ServerOptions,
    (incoming, outgoing) => {
      incoming.pipe(outgoing);
    },
  );
  server.emit("connection", below[1]);
  const request = https.request({
    method: "POST",
    headers: { connection: "close" },
    createConnection: () =>
      tls.connect({
        socket: below[0],
        ...SHARED,
        checkServerIdentity: () => undefined,
        pskCallback: () => ({ psk: KEY, identity: "dialtone" }),
      }),
  });
  request.end(body);
  const [response] = (await once(request, "response")) as [AsyncIterable<Buffer>];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  assert.ok(Buffer.concat(chunks).equals(body));
  await closed(below);
});

test("a peer that leaves TLS without a farewell is an end, not a crash", async () => {
  const { client, server, below } = await tlsPair();
  const ended = once(client.resume(), "end");
  server.on("error", () => undefined);
  // FIN, without TLS's close_notify before it.
  below[1]?.destroy();
  await ended;
  await closed(below);
});
