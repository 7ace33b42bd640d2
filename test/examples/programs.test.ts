import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { AF_INET, host, SOCK_DGRAM, SOCK_STREAM } from "dialtone";
import { describeFrame } from "../../examples/packet-capture.ts";
import { internetChecksum } from "../../examples/ping.ts";
import { chargenLine, services, smallServer } from "../../examples/small-services.ts";
import { withExample } from "./run.ts";

const root = process.getuid?.() === 0;
const needsRoot = { skip: root ? false : "needs root: a raw or packet socket" };

test("the deadlock is met, and cured by the timeout", async () => {
  await withExample("deadlock", [], async (it) => {
    const { code, output } = await it.end();
    assert.equal(code, 0, it.errors);
    assert.match(output, /alice: sent \d+ bytes, and the line is full: nobody listens/);
    assert.match(output, /alice sent 8388608 and received 8388608, having been stuck once/);
    assert.match(output, /bob sent 8388608 and received 8388608\n/);
  });
});

test("standard input comes out of standard output, through a socket", async () => {
  await withExample("descriptors", [], async (it) => {
    const text = "a line\n".repeat(20_000);
    it.input(text);
    const { code, output } = await it.end();
    assert.equal(code, 0, it.errors);
    assert.equal(output, text);
    assert.match(it.errors, /a socket pair: descriptors \d+ and \d+/);
  });
});

test("this machine answers a ping", needsRoot, async () => {
  await withExample("ping", ["127.0.0.1", "2"], async (it) => {
    const { code, output } = await it.end();
    assert.equal(code, 0, it.errors);
    assert.match(output, /^64 bytes from 127\.0\.0\.1: icmp_seq=1 .*\n64 bytes from 127\.0\.0\.1: icmp_seq=2 /);
  });
});

test("a packet's sum, with its checksum in it, is 0xffff (RFC 1071)", () => {
  assert.equal(internetChecksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)), 0x220d);
  assert.equal(internetChecksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x22, 0x0d)), 0);
  assert.equal(internetChecksum(Uint8Array.of(0xff)), 0x00ff);
});

test("the capture sees a datagram on the loopback, with its addresses and ports", needsRoot, async () => {
  const fd = host.socket(AF_INET, SOCK_DGRAM);
  try {
    host.bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
    const { port } = host.getsockname(fd) as { port: number };
    // Other programs use the loopback, too: ours is the one to its own port.
    await withExample("packet-capture", ["lo"], async (it) => {
      await it.line(/capturing on lo/);
      await host.sendto(fd, new Uint8Array(4), 0, { family: AF_INET, address: "127.0.0.1", port });
      await it.line(new RegExp(`IPv4 127\\.0\\.0\\.1:${port} > 127\\.0\\.0\\.1:${port} udp ttl 64`));
    });
  } finally {
    host.close(fd);
  }
});

test("frames that are cut short are described as far as they go", () => {
  const frame = new Uint8Array(60);
  frame.set([0x08, 0x00, 0x45], 12);
  frame[23] = 6;
  for (let length = 0; length <= frame.length; length += 1)
    assert.ok(describeFrame(frame.subarray(0, length)).length > 0);
  assert.match(describeFrame(frame.subarray(0, 13)), /too short for Ethernet/);
  assert.match(describeFrame(frame.subarray(0, 30)), /IPv4, cut short/);
});

test("a page comes from Node's web server, asked by hand", async () => {
  const server = createServer((request, response) => response.end(`you asked for ${request.url}`));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    await withExample("http-get", ["127.0.0.1", "/a/page", String(port)], async (it) => {
      const { code, output } = await it.end();
      assert.equal(code, 0, it.errors);
      assert.match(output, /^HTTP\/1\.1 200 OK\r\n/);
      assert.match(output, /\r\n\r\nyou asked for \/a\/page$/);
    });
  } finally {
    server.close();
  }
});

async function call(service: string, talk: (fd: number) => Promise<void>): Promise<void> {
  let client: Promise<void> | undefined;
  const served = smallServer(host, service, 0, 1, (port) => {
    client = (async () => {
      const fd = host.socket(AF_INET, SOCK_STREAM);
      try {
        await host.connect(fd, { family: AF_INET, address: "127.0.0.1", port });
        await talk(fd);
      } finally {
        host.close(fd);
      }
    })();
  });
  await Promise.all([served, client]);
}

async function hearAll(fd: number): Promise<Uint8Array> {
  const heard: number[] = [];
  const buffer = new Uint8Array(1024);
  for (let bytes = await host.recv(fd, buffer); bytes > 0; bytes = await host.recv(fd, buffer)) {
    heard.push(...buffer.subarray(0, bytes));
  }
  return Uint8Array.from(heard);
}

test("daytime says the time in words and hangs up", async () => {
  await call("daytime", async (fd) => {
    const line = new TextDecoder().decode(await hearAll(fd));
    assert.ok(line.endsWith("GMT\r\n"));
    assert.ok(!Number.isNaN(Date.parse(line)));
  });
});

test("time says the seconds since 1900 in four bytes", async () => {
  await call("time", async (fd) => assert.equal((await hearAll(fd)).length, 4));
  const [near, far] = host.socketpair(1, SOCK_STREAM);
  try {
    // RFC 868's own example: 2,208,988,800 is 00:00 1 Jan 1970 GMT.
    await services["time"]?.(host, near, () => new Date(0));
    const bytes = new Uint8Array(4);
    await host.recv(far, bytes);
    assert.equal(new DataView(bytes.buffer).getUint32(0), 2208988800);
  } finally {
    host.close(near);
    host.close(far);
  }
});

test("discard takes what comes and answers nothing", async () => {
  await call("discard", async (fd) => {
    await host.send(fd, new Uint8Array(100_000));
    host.shutdown(fd, 1);
    assert.equal((await hearAll(fd)).length, 0);
  });
});

test("chargen goes on until the client hangs up, a character further each line", async () => {
  await call("chargen", async (fd) => {
    const text = new Uint8Array(74 * 200);
    let heard = 0;
    while (heard < text.length) heard += await host.recv(fd, text.subarray(heard));
    for (let line = 0; line < 200; line += 1) {
      assert.deepEqual(text.subarray(line * 74, line * 74 + 74), chargenLine(line));
    }
  });
});
