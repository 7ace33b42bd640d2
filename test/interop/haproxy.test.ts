import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { AF_INET, AF_INET6, SOCK_STREAM } from "../../src/api/constants.ts";
import type { SocketAddress } from "../../src/api/address.ts";
import { host, PP2_TYPE_UNIQUE_ID, serve, type ProxyHeader, type Server } from "../../src/index.ts";
import { Client } from "../serve/client.ts";

const missing = spawnSync("haproxy", ["-v"]).error !== undefined;
const skip = missing ? "haproxy is not installed" : false;

/** HAProxy before the server, on a listener that it inherits; `options` are those of its line for the server. */
async function haproxyBefore(t: TestContext, server: Server, options: string, frontend = ""): Promise<SocketAddress> {
  assert.ok("address" in server.address);
  const isInet6 = server.address.family === AF_INET6;
  const fd = host.socket(server.address.family, SOCK_STREAM);
  host.bind(
    fd,
    isInet6 ? { family: AF_INET6, address: "::1", port: 0 } : { family: AF_INET, address: "127.0.0.1", port: 0 },
  );
  host.listen(fd);
  const folder = mkdtempSync(join(tmpdir(), "dt-haproxy-"));
  const file = join(folder, "haproxy.cfg");
  const { address, port } = server.address;
  writeFileSync(
    file,
    `defaults
  mode tcp
  timeout connect 10s
  timeout client 30s
  timeout server 30s
listen front
  bind fd@3
  ${frontend}
  server echo ${address}:${port} ${options}
`,
  );
  const child = spawn("haproxy", ["-db", "-f", file], { stdio: ["ignore", "ignore", "ignore", fd] });
  t.after(async () => {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    rmSync(folder, { recursive: true });
  });
  const front = host.getsockname(fd);
  host.close(fd);
  return front;
}

suite("behind HAProxy", { skip }, () => {
  const cases: Readonly<Record<string, readonly ["v1" | "v2", string]>> = {
    "send-proxy": ["v1", "send-proxy"],
    "send-proxy-v2": ["v2", "send-proxy-v2"],
    "send-proxy-v2 with a checksum": ["v2", "send-proxy-v2 proxy-v2-options crc32c"],
    "send-proxy-v2 with a unique id": ["v2", "send-proxy-v2 proxy-v2-options unique-id,crc32c"],
  };
  for (const [name, [proxy, options]] of Object.entries(cases)) {
    for (const address of ["127.0.0.1", "::1"]) {
      test(`${name}, ${address}: the handler learns the client and the front's address`, async (t) => {
        const headers: (ProxyHeader | undefined)[] = [];
        await using server = await serve(host, {
          address,
          proxy,
          handler: async (socket, context) => {
            headers.push(context.proxy);
            await socket.sendAll(await socket.recv(100));
          },
        });
        const front = await haproxyBefore(t, server, options, "unique-id-format %pid-%rt");
        const client = await Client.dial(host, front);
        assert.equal(await client.echo("hello"), "hello");
        const [header] = headers;
        assert.ok(header !== undefined);
        assert.deepEqual(header.source, host.getsockname(client.fd));
        assert.deepEqual(header.destination, front);
        assert.equal(header.crc32c, options.includes("crc32c"));
        assert.equal(
          header.tlvs.some(({ type, value }) => type === PP2_TYPE_UNIQUE_ID && value.length > 0),
          options.includes("unique-id"),
        );
        client.close();
      });
    }
  }

  test("a health check is LOCAL", async (t) => {
    let checked: (header: ProxyHeader | undefined) => void = () => undefined;
    const check = new Promise<ProxyHeader | undefined>((resolve) => (checked = resolve));
    await using server = await serve(host, {
      address: "127.0.0.1",
      proxy: "v2",
      handler: (_, { proxy }) => checked(proxy),
    });
    await haproxyBefore(t, server, "send-proxy-v2 check inter 100ms");
    const header = await check;
    assert.deepEqual([header?.command, header?.source], ["LOCAL", undefined]);
  });
});
