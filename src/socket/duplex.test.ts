import assert from "node:assert/strict";
import { once } from "node:events";
import { Socket as NetSocket } from "node:net";
import { test } from "node:test";
import {
  AF_INET,
  IPPROTO_TCP,
  SHUT_WR,
  SO_KEEPALIVE,
  SOL_SOCKET,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from "../api/constants.ts";
import type { Flow } from "../api/flow.ts";
import type { Kernel } from "../api/kernel.ts";
import { host } from "../calls.ts";
import { FakeClock } from "../../test/fake-clock.ts";
import { turn } from "../../test/turn.ts";
import { expectNoDescriptorLeft } from "../../test/open-descriptors.ts";
import { tcpPair } from "../../test/tcp-pair.ts";
import type { SocketDuplex, SocketDuplexOptions } from "./duplex.ts";
import { Socket } from "./socket.ts";

expectNoDescriptorLeft();

/** A stream and the socket at the other end. */
async function duplexAndPeer(options?: SocketDuplexOptions, kernel?: Kernel): Promise<[SocketDuplex, Socket]> {
  const [client, server] = await tcpPair(kernel);
  return [client.toDuplex(options), server];
}

/** All that comes. (A `for await` would destroy the stream at the end of it, whatever is still to be written.) */
async function collected(duplex: SocketDuplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  duplex.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(duplex, "end");
  return Buffer.concat(chunks);
}

async function closed(...streams: SocketDuplex[]): Promise<void> {
  for (const stream of streams) if (!stream.closed) await once(stream, "close");
}

const pattern = (length: number): Buffer => Buffer.alloc(length, "dialtone.");

test("the socket's descriptor is the stream's from now on", async () => {
  const [client, peer] = await tcpPair();
  const { fd } = client;
  const duplex = client.toDuplex();
  assert.equal(client.closed, true);
  client.close();
  assert.ok(host.getsockname(fd));
  await assert.rejects(client.recv(1), { code: "EBADF", message: /handed over/ });
  duplex.destroy();
  await closed(duplex);
  assert.throws(() => host.getsockname(fd), { code: "EBADF" });
  peer.close();
});

test("what an iteration has left unread comes first", async () => {
  const [client, peer] = await tcpPair();
  await peer.sendAll(Buffer.from("HEAD"));
  await peer.sendAll(pattern(200_000));
  peer.close();
  const head = client.recvExactly(300_000);
  await assert.rejects(head, { code: "ENODATA" });
  assert.equal(Buffer.from(await client.recvExactly(4)).toString(), "HEAD");
  const duplex = client.toDuplex();
  assert.ok(pattern(200_000).equals(await collected(duplex)));
  await closed(duplex);
});

test("10 MB go through both ways, and the ends are told", async () => {
  const [a, b] = await tcpPair();
  const [one, two] = [a.toDuplex(), b.toDuplex()];
  const data = pattern(10_000_000);
  one.end(data);
  const arrived = collected(two);
  two.end(data);
  assert.ok(data.equals(await arrived));
  assert.ok(data.equals(await collected(one)));
  await closed(one, two);
  for (const stream of [one, two]) {
    assert.equal(stream.bytesRead, data.length);
    assert.equal(stream.bytesWritten, data.length);
    assert.equal(stream.readyState, "closed");
  }
});

test("many small writes leave together, in order", async () => {
  let corks = 0;
  const kernel: Kernel = {
    ...host,
    flow: (fd, handler, options) => {
      const flow = host.flow(fd, handler, options);
      const cork = flow.cork.bind(flow);
      flow.cork = () => {
        corks += 1;
        cork();
      };
      return flow;
    },
  };
  const [duplex, peer] = await duplexAndPeer({}, kernel);
  duplex.cork();
  for (let index = 0; index < 1000; index += 1) duplex.write(`${index},`);
  duplex.uncork();
  duplex.end();
  let text = "";
  for await (const chunk of peer.chunks()) text += Buffer.from(chunk).toString();
  assert.equal(text, Array.from({ length: 1000 }, (_, index) => `${index},`).join(""));
  assert.equal(corks, 1);
  peer.close();
  duplex.resume();
  await closed(duplex);
});

test("a write's callback waits until the kernel has taken it: the memory is the writer's again", async () => {
  const [duplex, peer] = await duplexAndPeer();
  const data = Buffer.alloc(16_000_000, 1);
  const steps: string[] = [];
  const written = new Promise<void>((resolve) => {
    duplex.write(data, () => {
      steps.push("taken");
      data.fill(2);
      resolve();
    });
  });
  for (let turns = 0; turns < 5; turns += 1) await turn();
  steps.push("read");
  let received = 0;
  for await (const chunk of peer.chunks()) {
    assert.ok(chunk.every((byte) => byte === 1));
    received += chunk.length;
    if (received === data.length) break;
  }
  await written;
  assert.deepEqual(steps, ["read", "taken"]);
  duplex.destroy();
  peer.close();
});

test("a reader that is behind pauses the flow", async () => {
  let received = 0;
  const kernel: Kernel = {
    ...host,
    flow: (fd, handler, options) =>
      host.flow(
        fd,
        {
          ...handler,
          data: (chunk: Uint8Array, flow: Flow) => {
            received += chunk.length;
            handler.data(chunk, flow);
          },
        },
        options,
      ),
  };
  const [duplex, peer] = await duplexAndPeer({ readableHighWaterMark: 16_384 }, kernel);
  const sending = peer.sendAll(new Uint8Array(8_000_000)).then(() => peer.shutdown(SHUT_WR));
  duplex.read(0);
  await once(duplex, "readable");
  for (let turns = 0; turns < 20; turns += 1) await turn();
  assert.ok(received > 0 && received <= 16_384 + 2 * 65_536, `${received} bytes for a reader that does not read`);
  assert.equal((await collected(duplex)).length, 8_000_000);
  await sending;
  peer.close();
  await closed(duplex);
});

test("what was received stays as it is when more comes", async () => {
  const [duplex, peer] = await duplexAndPeer();
  const chunks: Buffer[] = [];
  duplex.on("data", (chunk: Buffer) => chunks.push(chunk));
  const data = Buffer.alloc(3_000_000);
  for (let index = 0; index < data.length; index += 4) data.writeUInt32LE(index, index);
  await peer.sendAll(data);
  for (const size of [1, 10, 100]) await peer.sendAll(data.subarray(0, size));
  peer.close();
  await once(duplex, "end");
  assert.ok(
    Buffer.concat(chunks).equals(
      Buffer.concat([data, data.subarray(0, 1), data.subarray(0, 10), data.subarray(0, 100)]),
    ),
  );
  await closed(duplex);
});

test("without allowHalfOpen it ends when the peer ends", async () => {
  const [duplex, peer] = await duplexAndPeer();
  duplex.resume();
  peer.shutdown(SHUT_WR);
  assert.equal((await peer.recv(1)).length, 0);
  await closed(duplex);
  peer.close();
});

test("with allowHalfOpen it goes on writing after the peer's end", async () => {
  const [duplex, peer] = await duplexAndPeer({ allowHalfOpen: true });
  peer.shutdown(SHUT_WR);
  await once(duplex.resume(), "end");
  assert.equal(duplex.readyState, "writeOnly");
  duplex.end("after all");
  assert.equal(Buffer.from(await peer.recvExactly(9)).toString(), "after all");
  assert.equal((await peer.recv(1)).length, 0);
  await closed(duplex);
  peer.close();
});

test("it goes on reading after its own end", async () => {
  const [duplex, peer] = await duplexAndPeer();
  duplex.end("question");
  assert.equal(Buffer.from(await peer.recvExactly(8)).toString(), "question");
  assert.equal((await peer.recv(1)).length, 0);
  await peer.send(Buffer.from("answer"));
  peer.close();
  assert.equal((await collected(duplex)).toString(), "answer");
  await closed(duplex);
});

test("what arrived before both ends ended is read after", async () => {
  const [duplex, peer] = await duplexAndPeer();
  await peer.send(Buffer.from("last words"));
  peer.close();
  duplex.end();
  await once(duplex, "finish");
  for (let turns = 0; turns < 5; turns += 1) await turn();
  assert.equal((await collected(duplex)).toString(), "last words");
  await closed(duplex);
});

test("'end' comes even when nobody reads, if there is nothing to read", async () => {
  const [duplex, peer] = await duplexAndPeer();
  const ended = once(duplex, "end");
  duplex.read(0);
  peer.close();
  await ended;
  await closed(duplex);
});

test("the peer's reset is an 'error' with the system's code, then 'close'", async () => {
  const [duplex, peer] = await duplexAndPeer();
  duplex.resume();
  const failed = once(duplex, "error");
  const other = peer.toDuplex();
  other.resetAndDestroy();
  const [error] = (await failed) as [Error & { syscall: string; errno: number; code: string }];
  assert.equal(error.code, "ECONNRESET");
  assert.equal(error.syscall, "read");
  assert.equal(error.errno, -104);
  await closed(duplex, other);
});

test("a write that waits fails when the peer resets, or the stream is destroyed", async () => {
  for (const how of ["reset", "destroy"] as const) {
    const [duplex, peer] = await duplexAndPeer();
    duplex.on("error", () => undefined);
    const written = new Promise<Error | null | undefined>((resolve) => duplex.write(Buffer.alloc(32_000_000), resolve));
    const other = peer.toDuplex();
    if (how === "reset") other.resetAndDestroy();
    else duplex.destroy();
    const error = (await written) as Error & { code: string };
    assert.ok(["ECONNRESET", "EPIPE", "ECANCELED"].includes(error.code), error.code);
    other.destroy();
    await closed(duplex, other);
  }
});

test("destroy closes at once; the signal destroys with an AbortError", async () => {
  const controller = new AbortController();
  const [client, peer] = await tcpPair();
  const duplex = client.toDuplex({ signal: controller.signal });
  controller.abort();
  const [error] = (await once(duplex, "error")) as [Error];
  assert.equal(error.name, "AbortError");
  await closed(duplex);
  assert.equal((await peer.recv(1)).length, 0);
  peer.close();

  const socketSignal = new AbortController();
  const [a, b] = Socket.pair(host, undefined, undefined, { signal: socketSignal.signal });
  const stream = a.toDuplex();
  socketSignal.abort();
  assert.equal(((await once(stream, "error")) as [Error])[0].name, "AbortError");
  assert.ok(b.closed);
});

test("destroySoon ends, then destroys", async () => {
  const [duplex, peer] = await duplexAndPeer({ allowHalfOpen: true });
  duplex.write(pattern(100_000));
  duplex.destroySoon();
  let received = 0;
  for await (const chunk of peer.chunks()) received += chunk.length;
  assert.equal(received, 100_000);
  await closed(duplex);
  peer.close();
});

test("it has the members of a net.Socket", async () => {
  const [client, peer] = await tcpPair();
  const local = client.localAddress as { address: string; port: number };
  const remote = client.remoteAddress as { address: string; port: number };
  const duplex = client.toDuplex();
  assert.deepEqual(duplex.address(), { address: local.address, family: "IPv4", port: local.port });
  assert.equal(duplex.localAddress, local.address);
  assert.equal(duplex.localPort, local.port);
  assert.equal(duplex.localFamily, "IPv4");
  assert.equal(duplex.remoteAddress, remote.address);
  assert.equal(duplex.remotePort, remote.port);
  assert.equal(duplex.remoteFamily, "IPv4");
  assert.equal(duplex.connecting, false);
  assert.equal(duplex.pending, false);
  assert.equal(duplex.readyState, "open");
  for (const name of Object.getOwnPropertyNames(NetSocket.prototype)) {
    if (name.startsWith("_") || NOT_HERE.includes(name)) continue;
    assert.ok(name in duplex, name);
  }
  duplex.destroy();
  assert.equal(duplex.remotePort, remote.port, "known after the close");
  peer.close();
});

/** What net.Socket has and a connected stream has no use for. */
const NOT_HERE = [
  "constructor",
  "connect",
  "bufferSize",
  "autoSelectFamilyAttemptedAddresses",
  "getTypeOfService",
  "setTypeOfService",
];

test("a stream of a Unix socket has no host and port", () => {
  const [a, b] = Socket.pair(host);
  const duplex = a.toDuplex();
  assert.deepEqual(duplex.address(), {});
  assert.equal(duplex.remoteAddress, undefined);
  assert.equal(duplex.setNoDelay(), duplex, "advice that it cannot follow");
  duplex.destroy();
  b.close();
});

test("setNoDelay and setKeepAlive set the options", async () => {
  const [client, peer] = await tcpPair();
  const { fd } = client;
  const duplex = client.toDuplex();
  duplex.setNoDelay().setKeepAlive(true, 61_000);
  assert.equal(host.getsockopt(fd, IPPROTO_TCP, TCP_NODELAY), true);
  assert.equal(host.getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE), true);
  assert.equal(host.getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE), 61);
  duplex.setNoDelay(false).setKeepAlive(false);
  assert.equal(host.getsockopt(fd, IPPROTO_TCP, TCP_NODELAY), false);
  assert.equal(host.getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE), false);
  duplex.destroy();
  duplex.setNoDelay().setKeepAlive(true);
  peer.close();
});

test("setTimeout emits 'timeout' after idleness, which activity puts off, and holds no program", async () => {
  const clock = new FakeClock();
  const [duplex, peer] = await duplexAndPeer({}, { ...host, clock });
  const sleeps = (): [number, boolean][] => clock.sleeps.map(({ ms, ref }) => [ms, ref]);
  let timeouts = 0;
  duplex.on("timeout", () => (timeouts += 1));
  duplex.setTimeout(1000); // waits for: the fake clock
  assert.equal(duplex.timeout, 1000);
  assert.deepEqual(sleeps(), [[1000, false]]);
  await clock.pass(600);
  await peer.send(Buffer.from("x"));
  await once(duplex, "data");
  await clock.pass(400);
  assert.equal(timeouts, 0);
  assert.deepEqual(sleeps(), [[600, false]], "the rest, after the activity");
  await clock.pass(600);
  assert.equal(timeouts, 1);
  assert.deepEqual(sleeps(), [], "quiet until something happens");
  duplex.write("y");
  assert.deepEqual(sleeps(), [[1000, false]]);
  duplex.setTimeout(0); // waits for: nothing
  assert.equal(duplex.timeout, 0);
  await clock.pass(5000);
  assert.equal(timeouts, 1);
  // waits for: nothing
  assert.throws(() => duplex.setTimeout(-1), { code: "ERR_OUT_OF_RANGE" });
  duplex.destroy();
  peer.close();
});

test("an unref'd stream does not hold the program", async () => {
  const [duplex, peer] = await duplexAndPeer();
  const waits = (): unknown => host.inspect()["waits"];
  duplex.resume();
  const held = waits();
  duplex.unref();
  assert.equal(waits(), (held as number) - 1);
  duplex.ref();
  assert.equal(waits(), held);
  duplex.destroy();
  peer.close();
});

test("a descriptor that cannot become a stream stays the socket's", () => {
  using socket = Socket.from(host, host.socket(AF_INET, 1));
  const kernel: Kernel = {
    ...host,
    flow: () => {
      throw Object.assign(new TypeError("no flow here"), { code: "EOPNOTSUPP" });
    },
  };
  using refused = Socket.from(kernel, socket.detach());
  assert.throws(() => refused.toDuplex(), { code: "EOPNOTSUPP" });
  assert.equal(refused.closed, false);
});
