import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketAddress } from "../api/address.ts";
import { AF_INET, AF_INET6, AF_UNIX, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET } from "../api/constants.ts";
import type { Kernel } from "../api/kernel.ts";
import { createHost } from "../host/host.ts";
import type { EchoServerNumbers, EchoServerOptions } from "./echo-server-options.ts";
import { sendAll } from "./send-all.ts";
import { tcpEchoClient } from "./tcp-echo-client.ts";
import { tcpEchoServer } from "./tcp-echo-server.ts";
import { udpEchoClient } from "./udp-echo-client.ts";
import { udpEchoServer } from "./udp-echo-server.ts";

const host = createHost();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

type Program = (kernel: Kernel, address: SocketAddress, options: EchoServerOptions) => Promise<EchoServerNumbers>;

/** Runs the clients while the server runs; its numbers. */
async function during(
  program: Program,
  address: SocketAddress,
  clients: (address: SocketAddress) => Promise<unknown>,
): Promise<EchoServerNumbers> {
  const stop = new AbortController();
  let finished: Promise<unknown> = Promise.resolve();
  const numbers = program(host, address, {
    signal: stop.signal,
    listening: (bound) => {
      finished = clients(bound).finally(() => stop.abort());
      finished.catch(() => undefined);
    },
  });
  const result = await numbers;
  await finished;
  return result;
}

const ADDRESSES: Readonly<Record<string, SocketAddress>> = {
  IPv4: { family: AF_INET, address: "127.0.0.1", port: 0 },
  IPv6: { family: AF_INET6, address: "::1", port: 0 },
  "an abstract Unix name": { family: AF_UNIX, path: `\0dialtone-programs-${process.pid}` },
};

for (const [what, address] of Object.entries(ADDRESSES)) {
  test(`TCP's programs over ${what}: one client after the other gets its bytes back`, async () => {
    const numbers = await during(tcpEchoServer, address, async (server) => {
      for (const word of ["hello", "", "grüß Gott"]) {
        assert.deepEqual(await tcpEchoClient(host, server, bytes(word)), bytes(word));
      }
    });
    assert.deepEqual(numbers, { clients: 3, bytes: 5 + bytes("grüß Gott").length });
  });

  test(`UDP's programs over ${what}: each datagram comes back whole, an empty one, too`, async () => {
    const numbers = await during(udpEchoServer, address, async (server) => {
      for (const word of ["hello", "", "x".repeat(9000)]) {
        assert.deepEqual(await udpEchoClient(host, server, bytes(word)), bytes(word));
      }
    });
    assert.deepEqual(numbers, { clients: 3, bytes: 9005 });
  });
}

test("more than the buffers hold comes back: both sides go on after a short send and a short receive", async () => {
  const data = new Uint8Array(3_000_000).map((_, index) => index % 251);
  const address = ADDRESSES["IPv4"] as SocketAddress;
  // By parts: the client sends all before it receives, so what comes back must fit the kernel's buffers.
  const numbers = await during(tcpEchoServer, address, async (server) => {
    for (let at = 0; at < data.length; at += 100_000) {
      const part = data.subarray(at, at + 100_000);
      assert.deepEqual(await tcpEchoClient(host, server, part), part);
    }
  });
  assert.deepEqual(numbers, { clients: 30, bytes: data.length });
});

test("sendAll calls send again with the rest", async () => {
  const [one, other] = host.socketpair(AF_UNIX, SOCK_STREAM);
  host.setsockopt(one, SOL_SOCKET, SO_SNDBUF, 4096);
  const sizes: number[] = [];
  // A kernel whose send takes at most 1,000 bytes at a time.
  const short: Kernel = {
    ...host,
    send(fd, data, flags, options) {
      sizes.push(data.length);
      return host.send(fd, data.subarray(0, 1000), flags, options);
    },
  };
  await sendAll(short, one, new Uint8Array(2500));
  assert.deepEqual(sizes, [2500, 1500, 500]);
  const buffer = new Uint8Array(4096);
  assert.equal(await host.recv(other, buffer), 2500);
  host.close(one);
  host.close(other);
});

test("a server's error rejects, and leaves no descriptor behind", async () => {
  const address = ADDRESSES["IPv4"] as SocketAddress;
  await during(tcpEchoServer, address, async (taken) => {
    await assert.rejects(tcpEchoServer(host, taken), { code: "EADDRINUSE", syscall: "bind" });
  });
  assert.equal(host.inspect()["descriptors"], 0);
});

test("a client whose server hangs up says how much came back", async () => {
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.bind(listener, ADDRESSES["IPv4"] as SocketAddress);
  host.listen(listener);
  const client = tcpEchoClient(host, host.getsockname(listener), bytes("hello"));
  const { fd } = await host.accept(listener);
  await host.recv(fd, new Uint8Array(5));
  await host.send(fd, bytes("he"));
  host.close(fd);
  host.close(listener);
  await assert.rejects(client, { code: "ECONNRESET", message: /the server hung up after 2 of 5 bytes/ });
});

test("a client gives up when its signal is aborted", async () => {
  const stop = new AbortController();
  const address = ADDRESSES["IPv4"] as SocketAddress;
  const silent = host.socket(AF_INET, SOCK_STREAM);
  host.bind(silent, address);
  host.listen(silent);
  const client = tcpEchoClient(host, host.getsockname(silent), bytes("hello"), { signal: stop.signal });
  const { fd } = await host.accept(silent);
  await host.recv(fd, new Uint8Array(5));
  stop.abort();
  await assert.rejects(client, { name: "AbortError" });
  host.close(fd);
  host.close(silent);
});
