import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { AF_INET, AF_UNIX } from "../../src/api/constants.ts";
import { encodeProxyHeader, host, serve, type ServeOptions, type Server } from "../../src/index.ts";
import { expectNoDescriptorLeft } from "../open-descriptors.ts";
import { Client } from "./client.ts";
import { FakeClock, turn, until } from "./fake-clock.ts";
import { handler } from "./handlers.ts";
import { LOOPBACK, SHAPES } from "./shapes.ts";

expectNoDescriptorLeft();

const source = { family: AF_INET, address: "192.0.2.1", port: 56324 } as const;
const destination = { family: AF_INET, address: "192.0.2.9", port: 443 } as const;
const V1 = encodeProxyHeader({ version: 1, source, destination });
const tlvs = [{ type: 0x02, value: Buffer.from("example.org") }];
const V2 = encodeProxyHeader({ version: 2, source, destination, tlvs, crc32c: true });
const V2_LOCAL = encodeProxyHeader({ version: 2, command: "LOCAL" });
const HEADERS = { v1: V1, v2: V2 };

const WHO = JSON.stringify(source);

const bytes = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));

for (const [name, options] of Object.entries(SHAPES)) {
  suite(name, () => {
    const start = (more: ServeOptions): Promise<Server> => serve(host, { address: LOOPBACK, ...options, ...more });

    for (const [version, header] of Object.entries(HEADERS)) {
      test(`${version}: the handler learns the client, and gets the bytes behind the header`, async () => {
        await using server = await start({ proxy: "any" });
        const client = await Client.dial(host, server.address);
        await client.say(bytes(header, "who"));
        assert.equal(await client.hear(WHO.length), WHO);
        assert.equal(await client.echo("more"), "more");
        client.close();
      });
    }

    test("what is no header is refused: counted, told, and nobody else is hurt", async () => {
      const told: unknown[] = [];
      await using server = await start({ proxy: "v2", onError: (error) => told.push(error) });
      const bad = await Client.dial(host, server.address);
      await bad.say("GET / HTTP/1.1\r\n\r\n");
      await bad.ending();
      bad.close();
      const good = await Client.dial(host, server.address);
      await good.say(bytes(V2, "hello"));
      assert.equal(await good.hear(5), "hello");
      good.close();
      await until(() => server.stats().errors === 1 && told.length === 1);
      assert.match(String(told[0]), /EPROTO.*signature/);
    });
  });
}

suite("the header of a connection", () => {
  const start = (more: ServeOptions = {}): Promise<Server> =>
    serve(host, { address: LOOPBACK, handler, proxy: "any", ...more });

  for (const [version, header] of Object.entries(HEADERS)) {
    test(`${version}: may come byte by byte`, async () => {
      await using server = await start();
      const client = await Client.dial(host, server.address);
      for (const byte of header) {
        await client.say(Uint8Array.of(byte));
        await turn();
      }
      assert.equal(await client.echo("hello"), "hello");
      // The header is not of the conversation.
      assert.equal(server.stats().bytesRead, 5);
      client.close();
    });

    test(`${version}: cut off anywhere by the end of the connection, it is refused`, async () => {
      await using server = await start();
      for (let length = 0; length < header.length; length += 1) {
        const client = await Client.dial(host, server.address);
        if (length > 0) await client.say(header.subarray(0, length));
        client.finish();
        assert.match(await client.ending(), /^(|ECONNRESET)$/);
        client.close();
      }
      assert.deepEqual([server.stats().errors, server.stats().active], [header.length, 0]);
    });

    test(`${version}: cut off anywhere by a reset, it hurts nobody else`, async () => {
      await using server = await start();
      for (let length = 0; length < header.length; length += 1) {
        const client = await Client.dial(host, server.address);
        if (length > 0) await client.say(header.subarray(0, length));
        client.reset();
      }
      const good = await Client.dial(host, server.address);
      await good.say(bytes(header, "hello"));
      assert.equal(await good.hear(5), "hello");
      await until(() => server.stats().active === 1);
      good.close();
    });
  }

  test("of the other version is refused", async () => {
    for (const [proxy, header] of [
      ["v1", V2],
      ["v2", V1],
    ] as const) {
      await using server = await start({ proxy });
      const client = await Client.dial(host, server.address);
      await client.say(header);
      await client.ending();
      client.close();
      await until(() => server.stats().errors === 1);
    }
  });

  test("with a wrong checksum is refused", async () => {
    const wrong = V2.slice();
    wrong[wrong.length - 1] = (wrong.at(-1) as number) ^ 1;
    await using server = await start();
    const client = await Client.dial(host, server.address);
    await client.say(wrong);
    await client.ending();
    client.close();
    await until(() => server.stats().errors === 1);
  });

  test("longer than proxyMaxBytes is refused", async () => {
    await using server = await start({ proxyMaxBytes: V2.length - 1 });
    const client = await Client.dial(host, server.address);
    await client.say(V2);
    await client.ending();
    client.close();
    await until(() => server.stats().errors === 1);
  });

  test("that is LOCAL leaves the real address", async () => {
    await using server = await start();
    const client = await Client.dial(host, server.address);
    const real = JSON.stringify(host.getsockname(client.fd));
    await client.say(bytes(V2_LOCAL, "who"));
    assert.equal(await client.hear(real.length), real);
    client.close();
  });

  test("carries its vectors to the handler", async () => {
    await using server = await start({
      handler: (socket, { proxy }) => socket.sendAll(proxy?.tlvs[0]?.value ?? new Uint8Array()),
    });
    const client = await Client.dial(host, server.address);
    await client.say(V2);
    assert.equal(await client.hear(11), "example.org");
    client.close();
  });

  test("must come within handshakeTimeoutMs, however slowly its bytes trickle", async () => {
    const clock = new FakeClock();
    const options = { address: LOOPBACK, handler, proxy: "any", handshakeTimeoutMs: 1000 } as const;
    await using server = await serve({ ...host, clock }, options);
    const slow = await Client.dial(host, server.address);
    for (let at = 0; at < 5; at += 1) {
      await slow.say(V2.subarray(at, at + 1));
      await turn();
      await clock.advance(240);
    }
    assert.match(await slow.ending(), /^(|ECONNRESET)$/);
    assert.deepEqual([server.stats().timedOut, server.stats().errors, server.stats().active], [1, 0, 0]);
    slow.close();
  });

  test("counts as a client: maxClients holds, and stop waits for it", async () => {
    const clock = new FakeClock();
    const server = await serve({ ...host, clock }, { address: LOOPBACK, handler, proxy: "any", maxClients: 1 });
    const [first, second] = [await Client.dial(host, server.address), await Client.dial(host, server.address)];
    await until(() => server.stats().active === 1);
    await second.say(bytes(V1, "hello"));
    for (let turns = 0; turns < 20; turns += 1) await turn();
    assert.equal(server.stats().accepted, 1);
    await first.say(V1);
    assert.equal(await first.echo("x"), "x");
    first.close();
    assert.equal(await second.hear(5), "hello");
    const stopped = server.stop({ deadlineMs: 100 });
    await clock.advance(100);
    await stopped;
    await second.ending();
    second.close();
  });
});

suite("proxyFrom", () => {
  const whoIs = async (
    proxyFrom: readonly string[],
    header: Uint8Array | string,
    address = LOOPBACK,
  ): Promise<string> => {
    await using server = await serve(host, { address, handler, proxy: "any", proxyFrom });
    const client = await Client.dial(host, server.address);
    await client.say(bytes(header, "who"));
    client.finish();
    const heard = await client.hear(1000).catch(() => "");
    client.close();
    return heard;
  };

  test("a peer of the list must begin with a header", async () => {
    for (const list of [["127.0.0.1"], ["10.0.0.0/8", "127.0.0.0/8"], ["::ffff:127.0.0.1"], ["0.0.0.0/0"]]) {
      assert.equal(await whoIs(list, V1), WHO, list.join());
      assert.equal(await whoIs(list, ""), "", list.join());
    }
    assert.equal(await whoIs(["::1"], V1, "::1"), WHO);
    assert.equal(await whoIs(["::/0"], V1, "::1"), WHO);
  });

  test("any other peer is a client itself: its header is data", async () => {
    for (const list of [["10.0.0.0/8"], ["127.0.0.2/32"], ["128.0.0.0/1"], ["::1"], []]) {
      assert.match(await whoIs(list, ""), /"address":"127\.0\.0\.1"/, list.join());
      assert.match(await whoIs(list, V1), /^PROXY/, list.join());
    }
  });

  test("unix stands for the peers of a Unix socket", async () => {
    const path = `\0dt-proxy-${process.pid}`;
    await using server = await serve(host, { path, handler, proxy: "v2", proxyFrom: ["unix"] });
    const client = await Client.dial(host, { family: AF_UNIX, path });
    await client.say(bytes(V2, "who"));
    assert.equal(await client.hear(WHO.length), WHO);
    client.close();
    assert.equal(server.stats().errors, 0);
  });
});
