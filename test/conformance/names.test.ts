import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  getprotobyname,
  getservbyname,
  getservbyport,
  IPPROTO_TCP,
  IPPROTO_UDP,
  NI_DGRAM,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  type AddressHints,
  type AddressInfo,
  type SocketAddress,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { throwsWith } from "./sockets.ts";

const STREAM = { type: SOCK_STREAM, protocol: IPPROTO_TCP } as const;

function inet(address: string, port: number): AddressInfo {
  return { family: AF_INET, ...STREAM, address: { family: AF_INET, address, port } };
}

function inet6(address: string, port: number): AddressInfo {
  return { family: AF_INET6, ...STREAM, address: { family: AF_INET6, address, port } };
}

/** The addresses of both forms of the call, which are the same. */
async function resolve(
  t: Context,
  node: string | null,
  service: string | number | null,
  hints: AddressHints = { type: SOCK_STREAM },
): Promise<AddressInfo[]> {
  const found = await t.kernel.getaddrinfo(node, service, hints);
  assert.deepEqual(t.blocking.getaddrinfoSync(node, service, hints), found);
  return found;
}

conformance("names", (test) => {
  test("addresses as text are addresses", { needs: ["blocking"] }, async (t) => {
    assert.deepEqual(await resolve(t, "127.0.0.1", 80), [inet("127.0.0.1", 80)]);
    assert.deepEqual(await resolve(t, "::1", "65535"), [inet6("::1", 65_535)]);
    assert.deepEqual(await resolve(t, "0x7f.1", null), [inet("127.0.0.1", 0)], "as inet_aton reads them");
    assert.deepEqual(await resolve(t, "::ffff:1.2.3.4", 1), [inet6("::ffff:1.2.3.4", 1)]);
  });

  test("a service's name is its port", { needs: ["blocking"] }, async (t) => {
    assert.deepEqual(await resolve(t, "127.0.0.1", "http"), [inet("127.0.0.1", 80)]);
    assert.equal(getservbyname("http", "tcp")?.port, 80);
    const [udp] = await resolve(t, "127.0.0.1", "domain", { type: SOCK_DGRAM });
    assert.deepEqual([udp?.protocol, udp?.address], [IPPROTO_UDP, { family: AF_INET, address: "127.0.0.1", port: 53 }]);
    assert.equal(getprotobyname("udp")?.number, IPPROTO_UDP);
  });

  test("without a type there is an answer for each", { needs: ["blocking"] }, async (t) => {
    const found = await resolve(t, "127.0.0.1", 7, {});
    const types = found.map(({ type }) => type);
    assert.deepEqual(new Set(types.slice(0, 2)), new Set([SOCK_STREAM, SOCK_DGRAM]));
    assert.ok(types.length === 2 || types[2] === SOCK_RAW);
  });

  test(
    "no name is this machine: to connect to, or with AI_PASSIVE to bind",
    { needs: ["blocking", "ipv6"] },
    async (t) => {
      const four = { type: SOCK_STREAM, family: AF_INET };
      const six = { type: SOCK_STREAM, family: AF_INET6 };
      assert.deepEqual(await resolve(t, null, 7, four), [inet("127.0.0.1", 7)]);
      assert.deepEqual(await resolve(t, null, 7, { ...four, flags: AI_PASSIVE }), [inet("0.0.0.0", 7)]);
      assert.deepEqual(await resolve(t, null, 7, six), [inet6("::1", 7)]);
      assert.deepEqual(await resolve(t, null, 7, { ...six, flags: AI_PASSIVE }), [inet6("::", 7)]);
      const both = await resolve(t, null, 7, { type: SOCK_STREAM, family: AF_UNSPEC, flags: AI_PASSIVE });
      assert.deepEqual(new Set(both.map(({ family }) => family)), new Set([AF_INET, AF_INET6]));
    },
  );

  test("localhost is the loopback address", { needs: ["blocking"] }, async (t) => {
    const found = await resolve(t, "localhost", 80, { type: SOCK_STREAM, family: AF_INET });
    assert.ok(found.some(({ address }) => "address" in address && address.address === "127.0.0.1"));
  });

  test("what was found can be connected to", {}, async (t) => {
    const listening = t.socket(AF_INET, SOCK_STREAM);
    const [here] = await t.kernel.getaddrinfo("127.0.0.1", 0, { type: SOCK_STREAM });
    assert.ok(here !== undefined);
    t.kernel.bind(listening, here.address);
    t.kernel.listen(listening);
    const { port } = t.kernel.getsockname(listening) as { port: number };
    const [there] = await t.kernel.getaddrinfo("127.0.0.1", port, { type: SOCK_STREAM });
    assert.ok(there !== undefined);
    const client = t.socket(there.family, there.type, there.protocol);
    await t.kernel.connect(client, there.address);
  });

  test("AI_CANONNAME gives the name, in the first answer", { needs: ["blocking"] }, async (t) => {
    const [first, second] = await resolve(t, "127.0.0.1", 7, { flags: AI_CANONNAME });
    assert.equal(first?.canonicalName, "127.0.0.1");
    assert.equal(second !== undefined && "canonicalName" in second, false);
  });

  test("AI_V4MAPPED gives IPv4 to who wants IPv6", { needs: ["blocking"] }, async (t) => {
    const hints = { type: SOCK_STREAM, family: AF_INET6, flags: AI_V4MAPPED };
    assert.deepEqual(await resolve(t, "10.1.2.3", 5, hints), [inet6("::ffff:10.1.2.3", 5)]);
  });

  for (const [what, node, service, hints, code, errno] of [
    ["a name where AI_NUMERICHOST allows none", "localhost", 80, { flags: AI_NUMERICHOST }, "ENOTFOUND", -3008],
    ["a service where AI_NUMERICSERV allows none", "::1", "http", { flags: AI_NUMERICSERV }, "ENOTFOUND", -3008],
    ["neither node nor service", null, null, {}, "ENOTFOUND", -3008],
    ["flags that there are not", "127.0.0.1", 80, { flags: 0x4000_0000 }, "EAI_BADFLAGS", -3002],
    ["a family without names", "127.0.0.1", 80, { family: 99 }, "EAI_FAMILY", -3005],
    ["a service that nobody knows", "::1", "no-such-service", { type: SOCK_STREAM }, "EAI_SERVICE", -3010],
    ["a type without that protocol", "::1", 1, { type: SOCK_STREAM, protocol: IPPROTO_UDP }, "EAI_SOCKTYPE", -3011],
    ["an address of the other family", "::1", 80, { family: AF_INET }, "EAI_ADDRFAMILY", -3000],
  ] as const) {
    test(`${what}: ${code}`, { needs: ["blocking"] }, async (t) => {
      const error = { name: "Error", code, errno, syscall: "getaddrinfo" };
      await assert.rejects(t.kernel.getaddrinfo(node, service, hints), error);
      assert.throws(() => t.blocking.getaddrinfoSync(node, service, hints), error);
    });
  }

  test("the error names who was looked for", {}, async (t) => {
    await assert.rejects(t.kernel.getaddrinfo("no name", "7", { flags: AI_NUMERICHOST }), {
      hostname: "no name:7",
      message: /^getaddrinfo ENOTFOUND no name:7 \(.+\)$/,
    });
  });

  test("wrong arguments are refused before the call", {}, async (t) => {
    const wrong: readonly (readonly [work: () => Promise<unknown>, code: string, argument: RegExp])[] = [
      [() => t.kernel.getaddrinfo(7 as unknown as string, 7), "ERR_INVALID_ARG_TYPE", /"node"/],
      [() => t.kernel.getaddrinfo("a\0b", 7), "ERR_OUT_OF_RANGE", /"node"/],
      [() => t.kernel.getaddrinfo("a", 65_536), "ERR_OUT_OF_RANGE", /"service"/],
      [() => t.kernel.getaddrinfo("a", 7, { family: 0.5 }), "ERR_OUT_OF_RANGE", /"hints\.family"/],
      [() => t.kernel.getaddrinfo("a", 7, { signal: {} as AbortSignal }), "ERR_INVALID_ARG_TYPE", /"signal"/],
      [() => t.kernel.getnameinfo("::1" as unknown as Uint8Array), "ERR_INVALID_ARG_TYPE", /"address"/],
    ];
    for (const [work, code, argument] of wrong) await assert.rejects(work(), { code, message: argument });
  });

  test("an aborted signal ends the call before it begins", {}, async (t) => {
    const signal = AbortSignal.abort();
    await assert.rejects(t.kernel.getaddrinfo("127.0.0.1", 7, { signal }), { name: "AbortError" });
    const address = { family: AF_INET, address: "127.0.0.1", port: 7 } as const;
    await assert.rejects(t.kernel.getnameinfo(address, 0, { signal }), { name: "AbortError" });
  });

  test("getnameinfo gives text for numbers, and services' names", { needs: ["blocking"] }, async (t) => {
    const numeric = NI_NUMERICHOST | NI_NUMERICSERV;
    const ask = async (address: string, port: number, flags: number): Promise<string> => {
      const asked: SocketAddress = address.includes(":")
        ? { family: AF_INET6, address, port }
        : { family: AF_INET, address, port };
      const found = await t.kernel.getnameinfo(asked, flags);
      assert.deepEqual(t.blocking.getnameinfoSync(asked, flags), found);
      return `${found.node} ${found.service}`;
    };
    assert.equal(await ask("127.0.0.1", 80, numeric), "127.0.0.1 80");
    assert.equal(await ask("::1", 65_535, numeric), "::1 65535");
    assert.equal(await ask("127.0.0.1", 80, NI_NUMERICHOST), "127.0.0.1 http");
    assert.equal(await ask("127.0.0.1", 69, NI_NUMERICHOST | NI_DGRAM), "127.0.0.1 tftp");
    assert.equal(getservbyport(69, "udp")?.name, "tftp");
    assert.equal(await ask("127.0.0.1", 80, NI_NUMERICSERV), "localhost 80");
  });

  test("getnameinfo refuses what is no address of the internet, and flags that there are not", {}, async (t) => {
    const bytes = new Uint8Array(16).fill(1);
    await assert.rejects(t.kernel.getnameinfo(bytes), { code: "EAI_FAMILY", errno: -3005, syscall: "getnameinfo" });
    const address = { family: AF_INET, address: "127.0.0.1", port: 7 } as const;
    await assert.rejects(t.kernel.getnameinfo(address, 0x4000_0000), { code: "EAI_BADFLAGS", errno: -3002 });
  });

  test("interfaces by name and number", {}, (t) => {
    const index = t.kernel.if_nametoindex("lo");
    assert.ok(index > 0);
    assert.equal(t.kernel.if_indextoname(index), "lo");
    assert.deepEqual(
      t.kernel.if_nameindex().find(({ name }) => name === "lo"),
      { index, name: "lo" },
    );
    throwsWith(() => t.kernel.if_nametoindex("none0"), "if_nametoindex", "ENODEV");
    throwsWith(() => t.kernel.if_nametoindex(""), "if_nametoindex", "ENODEV");
    throwsWith(() => t.kernel.if_nametoindex("a name that is far too long"), "if_nametoindex", "ENODEV");
    throwsWith(() => t.kernel.if_indextoname(0x7ffffff0), "if_indextoname", "ENXIO");
    throwsWith(() => t.kernel.if_indextoname(0), "if_indextoname", "ENXIO");
    assert.throws(() => t.kernel.if_nametoindex("lo\0x"), { code: "ERR_INVALID_ARG_VALUE", message: /"name"/ });
    assert.throws(() => t.kernel.if_nametoindex(1 as unknown as string), { code: "ERR_INVALID_ARG_TYPE" });
    assert.throws(() => t.kernel.if_indextoname(-1), { code: "ERR_OUT_OF_RANGE", message: /"index"/ });
  });

  test("a thousand names at once are all looked up, while events come", {}, async (t) => {
    const [one, other] = t.socketpair(AF_UNIX, SOCK_STREAM);
    const flow = t.kernel.flow(other, { data: (chunk, echo) => void echo.write(chunk) });
    const names = Array.from({ length: 1000 }, (_, index) => `127.0.${index >> 8}.${index & 0xff}`);
    const lookups = names.map((name) => t.kernel.getaddrinfo(name, 7, STREAM));
    for (let round = 0; round < 50; round += 1) {
      await t.kernel.send(one, new Uint8Array(1));
      assert.equal(await t.kernel.recv(one, new Uint8Array(1)), 1);
    }
    assert.deepEqual(
      await Promise.all(lookups),
      names.map((name) => [inet(name, 7)]),
    );
    flow.close();
  });
});
