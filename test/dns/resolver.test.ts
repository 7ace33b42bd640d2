import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AF_INET,
  AF_INET6,
  AI_CANONNAME,
  AI_V4MAPPED,
  NI_NAMEREQD,
  NI_NUMERICSERV,
  SOCK_DGRAM,
  SOCK_STREAM,
} from "../../src/api/constants.ts";
import type { AddressHints, Kernel } from "../../src/api/kernel.ts";
import { dnsServer, type DnsServerNumbers } from "../../src/programs/dns-server.ts";
import type { ZoneOptions } from "../../src/programs/dns/zone.ts";
import { reverseZones, Zones } from "../../src/programs/dns/zones.ts";
import type { HostedStackOptions } from "../../src/stack/hosted-stack.ts";
import { DnsMessage, emitDns, parseDns } from "../../src/wire/dns.ts";
import { HostedNetwork, type NetworkHost } from "../stack/hosted-network.ts";

const EXAMPLE: ZoneOptions = {
  name: "example.com",
  ttlS: 100,
  negativeTtlS: 50,
  records: {
    www: { A: ["192.0.2.1", "192.0.2.2"], AAAA: "2001:db8::1" },
    four: { A: "192.0.2.4" },
    ftp: { CNAME: "www" },
    far: { CNAME: "www.example.net." },
    one: { CNAME: "two" },
    two: { CNAME: "one" },
    text: { TXT: "no address" },
    big: { A: Array.from({ length: 200 }, (_, at) => `198.51.100.${at}`) },
    "www.sub": { A: "192.0.2.8" },
  },
};
const REVERSE = reverseZones({ "www.example.com": ["192.0.2.1", "2001:db8::1"], "a b": "192.0.2.9" });
const SERVER = { family: AF_INET, address: "10.0.0.53", port: 53 } as const;

/** A client, a server at 10.0.0.53, and what it is asked for. */
class Scene {
  readonly network: HostedNetwork = new HostedNetwork();
  readonly client: NetworkHost;
  readonly server: NetworkHost;
  readonly stop: AbortController = new AbortController();
  readonly zones: Zones = new Zones([EXAMPLE, ...REVERSE]);
  served: Promise<DnsServerNumbers> | undefined;

  constructor(options: Partial<HostedStackOptions> = {}) {
    this.client = this.network.host("client", ["10.0.0.1/24"], { nameServers: ["10.0.0.53"], ...options });
    this.server = this.network.host("server", ["10.0.0.53/24"]);
  }

  serve(): this {
    const { signal } = this.stop;
    this.served = dnsServer(this.server.kernel, SERVER, { zones: this.zones, signal });
    return this;
  }

  /** The addresses of a name, or the code and the number of why not. */
  async ask(name: string, hints: AddressHints = {}): Promise<string[]> {
    const asked = this.client.kernel.getaddrinfo(name, null, { type: SOCK_STREAM, ...hints });
    return this.network.run(
      asked.then(
        (infos) => infos.flatMap(({ address }) => ("address" in address ? [address.address] : [])),
        (error: { code: string; errno: number }) => [error.code, String(error.errno)],
      ),
    );
  }

  /** Sockets of the client's resolver. */
  get sockets(): number {
    return (this.client.stack.inspect()["resolver"] as { sockets: number } | undefined)?.sockets ?? 0;
  }

  /** Time goes by, on the network's clock. */
  pass(ms: number): Promise<void> {
    // waits for: the virtual clock
    return this.network.run(this.client.kernel.clock.sleep(ms));
  }

  /** Ends the server; what it did. Nothing is left open, and nobody is kept alive. */
  async end(): Promise<DnsServerNumbers | undefined> {
    this.stop.abort();
    const numbers = await this.network.run(this.served ?? Promise.resolve(undefined));
    assert.deepEqual(this.client.kernel.descriptors(), []);
    assert.equal(this.sockets, 0);
    assert.deepEqual(this.server.kernel.descriptors(), []);
    assert.equal(this.client.held, 0);
    assert.deepEqual(this.network.thrown, []);
    return numbers;
  }
}

/** A server that does with each query what the test says: gives the messages to answer with. */
async function answering(
  kernel: Kernel,
  signal: AbortSignal,
  respond: (query: DnsMessage, count: number) => (DnsMessage | Uint8Array)[],
): Promise<undefined> {
  const fd = kernel.socket(AF_INET, SOCK_DGRAM);
  kernel.bind(fd, SERVER);
  const buffer = new Uint8Array(2000);
  try {
    for (let count = 0; ; count += 1) {
      const { bytes, address } = await kernel.recvfrom(fd, buffer, 0, { signal });
      const query = new DnsMessage();
      parseDns(new DataView(buffer.buffer), 0, bytes, query);
      query.response = true;
      query.recursionAvailable = true;
      for (const message of respond(query, count)) {
        const memory = new DataView(new ArrayBuffer(2000));
        const made =
          message instanceof Uint8Array ? message : new Uint8Array(memory.buffer, 0, emitDns(memory, 0, 2000, message));
        assert.ok(address);
        await kernel.sendto(fd, made, 0, address);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return undefined;
  } finally {
    kernel.close(fd);
  }
}

const A_RECORD = {
  type: 1,
  class: 1,
  ttlS: 60,
  data: { kind: "address", address: Uint8Array.of(192, 0, 2, 1) },
} as const;

/** A response with one address of the name that was asked for. */
function answered(query: DnsMessage, changes: Partial<DnsMessage> = {}): DnsMessage {
  const name = query.questions[0]?.name ?? "";
  return Object.assign(new DnsMessage(), query, { answers: [{ name, ...A_RECORD }], additionals: [] }, changes);
}

const NOT_FOUND = ["ENOTFOUND", "-3008"];
const NO_DATA = ["ENOTFOUND", "-3007"];
const AGAIN = ["EAI_AGAIN", "-3001"];

test("a name of the network's server has its addresses, IPv6 and IPv4", async () => {
  const scene = new Scene().serve();
  assert.deepEqual((await scene.ask("www.example.com")).sort(), ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
  assert.deepEqual(await scene.ask("WWW.example.COM.", { family: AF_INET6 }), ["2001:db8::1"]);
  assert.deepEqual(await scene.ask("four.example.com"), ["192.0.2.4"]);
  assert.deepEqual(await scene.ask("four.example.com", { family: AF_INET6, flags: AI_V4MAPPED }), ["::ffff:192.0.2.4"]);
  await scene.end();
});

test("names of the table, and localhost, are nobody's to be asked for", async () => {
  const scene = new Scene({ hosts: { own: "192.0.2.77" } });
  assert.deepEqual(await scene.ask("own"), ["192.0.2.77"]);
  assert.deepEqual(await scene.ask("any.localhost"), ["::1", "127.0.0.1"]);
  assert.equal(scene.network.nowUs, 0);
  await scene.end();
});

test("aliases lead to the name that has the addresses, the canonical one", async () => {
  const scene = new Scene().serve();
  scene.zones.set({ name: "example.net", records: { www: { A: "203.0.113.1" } } });
  assert.deepEqual(await scene.ask("ftp.example.com", { family: AF_INET }), ["192.0.2.1", "192.0.2.2"]);
  assert.deepEqual(await scene.ask("far.example.com", { family: AF_INET }), ["203.0.113.1"]);
  const hints = { family: AF_INET, flags: AI_CANONNAME };
  const [info] = await scene.network.run(scene.client.kernel.getaddrinfo("ftp.example.com", null, hints));
  assert.equal(info?.canonicalName, "www.example.com");
  assert.deepEqual(await scene.ask("one.example.com"), ["EAI_FAIL", "-3004"]);
  await scene.end();
});

test("an alias that leads out of what a server answers for is asked for anew", async () => {
  const scene = new Scene();
  const asked: string[] = [];
  const served = answering(scene.server.kernel, scene.stop.signal, (query) => {
    const name = query.questions[0]?.name ?? "";
    asked.push(name);
    if (name === "b.org") return [answered(query)];
    const alias = { name, type: 5, class: 1, ttlS: 60, data: { kind: "name", target: "b.org" } } as const;
    return [answered(query, { answers: [alias] })];
  });
  assert.deepEqual(await scene.ask("a.org", { family: AF_INET }), ["192.0.2.1"]);
  assert.deepEqual(asked, ["a.org", "b.org"]);
  scene.served = served as never;
  await scene.end();
});

test("no such name and no such address are told apart; a name that is none is not asked for", async () => {
  const scene = new Scene().serve();
  assert.deepEqual(await scene.ask("no.example.com"), NOT_FOUND);
  assert.deepEqual(await scene.ask("text.example.com"), NO_DATA);
  assert.deepEqual(await scene.ask("four.example.com", { family: AF_INET6 }), NO_DATA);
  for (const wrong of ["a..b", "x".repeat(64), "ü.example.com", `${"a.".repeat(200)}b`]) {
    assert.deepEqual(await scene.ask(wrong), NOT_FOUND);
  }
  // Nobody is responsible for it: every server was asked, in every round.
  assert.deepEqual(await scene.ask("www.elsewhere.org"), AGAIN);
  const numbers = await scene.end();
  assert.deepEqual(numbers, { datagrams: 2 + 2 + 1 + 4, streamed: 0 });
});

test("without a name server only the table's names are known", async () => {
  const scene = new Scene({ nameServers: [] });
  assert.deepEqual(await scene.ask("www.example.com"), NOT_FOUND);
  scene.client.stack.setResolver({ nameServers: ["10.0.0.53:53"] });
  scene.serve();
  assert.deepEqual(await scene.ask("four.example.com"), ["192.0.2.4"]);
  await scene.end();
});

test("an answer that does not fit comes over TCP", async () => {
  const scene = new Scene().serve();
  assert.equal((await scene.ask("big.example.com", { family: AF_INET })).length, 200);
  const numbers = await scene.end();
  assert.deepEqual(numbers, { datagrams: 1, streamed: 1 });
});

test("a server that is reset in the middle of TCP is as one that does not answer", async () => {
  const scene = new Scene({ resolver: { attempts: 1 } });
  const { kernel } = scene.server;
  const { signal } = scene.stop;
  const udp = answering(kernel, signal, (query) => [answered(query, { truncated: true, answers: [] })]);
  assert.deepEqual(await scene.ask("a.org", { family: AF_INET }), AGAIN);
  const listener = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.bind(listener, SERVER);
  kernel.listen(listener);
  const hangsUp = kernel.accept(listener).then(({ fd }) => kernel.close(fd));
  assert.deepEqual(await scene.ask("b.org", { family: AF_INET }), AGAIN);
  await scene.network.run(hangsUp);
  kernel.close(listener);
  scene.served = udp as never;
  await scene.end();
});

test("a lost question and a lost answer are asked for again, after the time that was set", async () => {
  const scene = new Scene({ resolver: { timeoutMs: 300, attempts: 4 } }).serve();
  // The link's addresses are learned first, so that what is lost is DNS.
  assert.deepEqual(await scene.ask("four.example.com"), ["192.0.2.4"]);
  const before = scene.network.nowUs;
  let left = 3;
  scene.network.lose = () => left-- > 0;
  assert.deepEqual(await scene.ask("www.example.com", { family: AF_INET }), ["192.0.2.1", "192.0.2.2"]);
  // Each round waits twice as long.
  assert.equal(scene.network.nowUs - before, (300 + 600 + 1200) * 1000 + 2000);
  await scene.end();
});

test("a name server that never answers is given up: EAI_AGAIN, after all rounds", async () => {
  const scene = new Scene();
  scene.network.lose = () => true;
  assert.deepEqual(await scene.ask("www.example.com"), AGAIN);
  assert.equal(Math.round(scene.network.nowUs / 1e6), 15);
  await scene.end();
});

test("a second server is asked when the first is silent, refuses, fails or is not there", async () => {
  const scene = new Scene({ nameServers: ["10.0.0.54", "10.0.0.53"], resolver: { timeoutMs: 1000 } }).serve();
  assert.deepEqual(await scene.ask("four.example.com"), ["192.0.2.4"]);
  assert.ok(scene.network.nowUs >= 1_000_000);
  const other = scene.network.host("other", ["10.0.0.54/24"]);
  // The link has given up looking for it.
  await scene.pass(10_000);
  const before = scene.network.nowUs;
  // Nobody has the port: its machine says so at once.
  assert.deepEqual(await scene.ask("www.example.com", { family: AF_INET }), ["192.0.2.1", "192.0.2.2"]);
  assert.ok(scene.network.nowUs - before < 100_000);
  const zones: ZoneOptions[] = [{ name: "example.org", records: {} }];
  const address = { ...SERVER, address: "10.0.0.54" };
  const second = dnsServer(other.kernel, address, { zones, signal: scene.stop.signal });
  assert.deepEqual(await scene.ask("www.sub.example.com"), ["192.0.2.8"]);
  await scene.end();
  assert.equal((await scene.network.run(second)).datagrams, 2);
});

test("an answer with another id, question or opcode, a query, and what cannot be read are not believed", async () => {
  const scene = new Scene({ resolver: { attempts: 1, timeoutMs: 500 } });
  const wrong: ((query: DnsMessage) => DnsMessage | Uint8Array)[] = [
    (query) => answered(query, { id: query.id ^ 1 }),
    (query) => answered(query, { questions: [{ name: "b.org", type: 1, class: 1 }] }),
    (query) => answered(query, { questions: [{ name: "a.org", type: 28, class: 1 }] }),
    (query) => answered(query, { questions: [{ name: "a.org", type: 1, class: 3 }] }),
    (query) => answered(query, { questions: [] }),
    (query) => answered(query, { response: false }),
    (query) => answered(query, { opcode: 4 }),
    (query) => Uint8Array.of(query.id >>> 8, query.id & 0xff, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 9),
    () => new Uint8Array(3),
    () => new Uint8Array(1900),
  ];
  const served = answering(scene.server.kernel, scene.stop.signal, (query) => wrong.map((make) => make(query)));
  assert.deepEqual(await scene.ask("a.org", { family: AF_INET }), AGAIN);
  assert.ok(scene.network.nowUs >= 500_000);
  scene.served = served as never;
  await scene.end();
});

test("between wrong answers the right one is found", async () => {
  const scene = new Scene();
  const served = answering(scene.server.kernel, scene.stop.signal, (query) => [
    answered(query, { id: query.id ^ 0x8000, answers: [] }),
    answered(query),
  ]);
  assert.deepEqual(await scene.ask("a.org", { family: AF_INET }), ["192.0.2.1"]);
  scene.served = served as never;
  await scene.end();
});

test("many wrong answers are somebody who guesses: TCP is asked", async () => {
  const scene = new Scene({ resolver: { attempts: 1 } });
  const served = answering(scene.server.kernel, scene.stop.signal, (query) =>
    Array.from({ length: 60 }, (_, at) => answered(query, { id: query.id ^ (at + 1) })),
  );
  // The server's TCP port is closed, which is told at once: nobody waited for the time to be over.
  assert.deepEqual(await scene.ask("a.org", { family: AF_INET }), AGAIN);
  assert.ok(scene.network.nowUs < 1_000_000);
  scene.served = served as never;
  await scene.end();
});

test("ids and ports are different each time, and nobody's to guess", async () => {
  const scene = new Scene({ resolver: { cacheEntries: 0 } });
  const ids = new Set<number>();
  const { kernel } = scene.server;
  const served = answering(kernel, scene.stop.signal, (query) => {
    ids.add(query.id);
    return [answered(query)];
  });
  for (let i = 0; i < 20; i += 1) await scene.ask(`n${i}.org`, { family: AF_INET });
  assert.equal(ids.size, 20);
  const numbers = [...ids];
  assert.ok(Math.max(...numbers) - Math.min(...numbers) > 10_000);
  scene.served = served as never;
  await scene.end();
});

test("a server that does not know EDNS is asked without it: RFC 6891 §7", async () => {
  const scene = new Scene();
  const withEdns: boolean[] = [];
  const served = answering(scene.server.kernel, scene.stop.signal, (query) => {
    const has = query.additionals.length > 0;
    withEdns.push(has);
    return [has ? answered(query, { responseCode: 1, answers: [], questions: [] }) : answered(query)];
  });
  assert.deepEqual(await scene.ask("a.org", { family: AF_INET }), ["192.0.2.1"]);
  assert.deepEqual(withEdns, [true, false]);
  scene.served = served as never;
  await scene.end();
});

test("answers are kept as long as they hold, negative ones too", async () => {
  const scene = new Scene().serve();
  const asked = async (name: string): Promise<number> => {
    const before = scene.network.nowUs;
    await scene.ask(name, { family: AF_INET });
    return scene.network.nowUs - before;
  };
  assert.ok((await asked("www.example.com")) > 0);
  assert.equal(await asked("WWW.example.com"), 0);
  assert.ok((await asked("no.example.com")) > 0);
  assert.equal(await asked("no.example.com"), 0);
  await scene.pass(51_000);
  assert.ok((await asked("no.example.com")) > 0);
  assert.equal(await asked("www.example.com"), 0);
  await scene.pass(50_000);
  assert.ok((await asked("www.example.com")) > 0);
  await scene.end();
});

test("the cache is bounded: the answer that was not asked for the longest goes", async () => {
  const scene = new Scene({ resolver: { cacheEntries: 2 } }).serve();
  const asked = async (name: string): Promise<boolean> => {
    const before = scene.network.nowUs;
    await scene.ask(name, { family: AF_INET });
    return scene.network.nowUs > before;
  };
  for (const name of ["www", "four"]) assert.equal(await asked(`${name}.example.com`), true);
  assert.equal(await asked("www.example.com"), false);
  assert.equal(await asked("ftp.example.com"), true);
  assert.equal(await asked("www.example.com"), false);
  assert.equal(await asked("four.example.com"), true);
  await scene.end();
});

test("the same question is asked once, whoever asks; hundreds of others wait for their turn", async () => {
  const scene = new Scene().serve();
  await Promise.all(Array.from({ length: 50 }, () => scene.ask("four.example.com", { family: AF_INET })));
  const names = Array.from({ length: 200 }, (_, at) => `n${at}.example.com`);
  const all = Promise.all(names.map((name) => scene.client.kernel.getaddrinfo(name, null).catch(() => undefined)));
  let most = 0;
  scene.network.lose = () => {
    most = Math.max(most, scene.sockets);
    return false;
  };
  await scene.network.run(all);
  assert.equal(most, 64);
  assert.equal((await scene.end())?.datagrams, 401);
});

test("aborting ends the wait at once, and the question when nobody else asks it", async () => {
  const scene = new Scene().serve();
  scene.network.lose = () => true;
  const stop = new AbortController();
  const { kernel } = scene.client;
  const one = kernel.getaddrinfo("www.example.com", null, { signal: stop.signal });
  const other = kernel.getaddrinfo("www.example.com", null, { family: AF_INET });
  const failed = assert.rejects(one, { name: "AbortError" });
  stop.abort();
  await scene.network.run(failed);
  assert.equal(scene.network.nowUs, 0);
  scene.network.lose = () => false;
  assert.equal((await scene.network.run(other))[0]?.address.family, AF_INET);
  await assert.rejects(kernel.getaddrinfo("x.example.com", null, { signal: stop.signal }), { name: "AbortError" });
  await scene.end();
});

test("a short name is looked for in the domains that were set: resolv.conf(5)", async () => {
  const scene = new Scene({ resolver: { searchDomains: ["example.net", "example.com"] } }).serve();
  scene.zones.set({ name: "example.net", records: {} });
  scene.zones.set({ name: ".", records: { only: { A: "192.0.2.99" } } });
  assert.deepEqual(await scene.ask("four"), ["192.0.2.4"]);
  assert.deepEqual(await scene.ask("www.sub", { family: AF_INET }), ["192.0.2.8"]);
  assert.deepEqual(await scene.ask("only", { family: AF_INET }), ["192.0.2.99"]);
  assert.deepEqual(await scene.ask("four."), NOT_FOUND);
  assert.deepEqual(await scene.ask("text"), NO_DATA);
  await scene.end();
});

test("an address has the name of its PTR record, the number where there is none", async () => {
  const scene = new Scene().serve();
  const { kernel } = scene.client;
  const name = async (address: string, flags = 0): Promise<string> => {
    const family = address.includes(":") ? AF_INET6 : AF_INET;
    const asked = kernel.getnameinfo({ family, address, port: 80 } as never, flags | NI_NUMERICSERV);
    return scene.network.run(
      asked.then(
        ({ node }) => node,
        ({ code }: { code: string }) => code,
      ),
    );
  };
  assert.equal(await name("192.0.2.1"), "www.example.com");
  assert.equal(await name("2001:db8::1"), "www.example.com");
  assert.equal(await name("::ffff:192.0.2.1"), "www.example.com");
  assert.equal(await name("192.0.2.200"), "192.0.2.200");
  assert.equal(await name("192.0.2.200", NI_NAMEREQD), "ENOTFOUND");
  // What is no host's name is not told, whatever the server says.
  assert.equal(await name("192.0.2.9"), "192.0.2.9");
  scene.network.lose = () => true;
  assert.equal(await name("192.0.2.201"), "EAI_AGAIN");
  await scene.end();
});

test("settings that are none are refused, and named", () => {
  const make = (options: Partial<HostedStackOptions>) => () => new Scene(options);
  const value = { code: "ERR_INVALID_ARG_VALUE", message: /nameServers.*10\.0\.0\.53:5353/ };
  for (const server of ["", "name", "10.0.0.53:0", "10.0.0.53:70000", "[::1", "::1:x", "fe80::1%eth0", "1.2.3.4.5"]) {
    assert.throws(make({ nameServers: [server] }), value, server);
  }
  for (const server of ["10.0.0.53", "10.0.0.53:5353", "::1", "[::1]", "[fe80::1%2]:5353"])
    make({ nameServers: [server] })();
  assert.throws(make({ nameServers: "10.0.0.53" as never }), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(make({ resolver: { searchDomains: ["a..b"] } }), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(make({ resolver: { attempts: 0 } }), { code: "ERR_OUT_OF_RANGE", message: /attempts.*1 to 10/ });
  assert.throws(make({ resolver: { timeoutMs: 0.5 } }), { code: "ERR_OUT_OF_RANGE" });
});
