import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import koffi from "koffi";
import { glibc, withoutGlibc } from "../../test/glibc.ts";
import { htons, ntohs } from "./byte-order.ts";
import {
  getservbyname,
  getservbyport,
  loadServices,
  parseServices,
  serviceByName,
  serviceByPort,
  serviceEntries,
  type Service,
} from "./services.ts";

const withoutFile = existsSync("/etc/services") ? false : "this system has no /etc/services";
const embedded = loadServices(undefined);

test("a services file: comments, aliases, either protocol; what is no entry is skipped", () => {
  const text = `# a comment
echo\t7/tcp
echo 7/udp # the other one
discard 9/tcp  sink null#glued
  indented 10/tcp\r
no-port
no-protocol 11
empty-protocol 11/
wrong x11/tcp
too-large 65536/tcp
last 65535/dccp`;
  assert.deepEqual(parseServices(text), [
    { name: "echo", aliases: [], port: 7, protocol: "tcp" },
    { name: "echo", aliases: [], port: 7, protocol: "udp" },
    { name: "discard", aliases: ["sink", "null"], port: 9, protocol: "tcp" },
    { name: "indented", aliases: [], port: 10, protocol: "tcp" },
    { name: "last", aliases: [], port: 65535, protocol: "dccp" },
  ]);
  assert.deepEqual(parseServices(""), []);
});

test("the first entry that fits wins, by name, alias or port", () => {
  const table = loadServices("a 1/tcp x\nb 1/udp a\nx 2/tcp\na 3/udp\n");
  const port = (name: string, protocol?: string): number | undefined => serviceByName(table, name, protocol)?.port;
  assert.equal(table.source, "/etc/services");
  assert.equal(port("a"), 1);
  assert.equal(serviceByName(table, "a", "udp")?.name, "b");
  assert.equal(port("x"), 1);
  assert.equal(port("x", "udp"), undefined);
  assert.equal(port("A"), undefined);
  assert.equal(port("a/tcp"), undefined);
  assert.equal(serviceByPort(table, 1)?.name, "a");
  assert.equal(serviceByPort(table, 1, "udp")?.name, "b");
  assert.equal(serviceByPort(table, 2, "udp"), undefined);
  assert.equal(serviceByPort(table, 4), undefined);
});

test("names that every object has are no services", () => {
  for (const name of ["constructor", "__proto__", "toString", ""]) assert.equal(getservbyname(name), undefined);
});

test("an empty file is the system's word: it has no services", () => {
  const table = loadServices("# nothing\n");
  assert.deepEqual([table.source, table.entries.length], ["/etc/services", 0]);
});

test("the table is frozen", () => {
  const entry: { name: string; aliases: readonly string[] } = embedded.entries[0]!;
  assert.throws(() => (entry.name = "x"), TypeError);
  assert.throws(() => (entry.aliases as string[]).push("x"), TypeError);
  assert.throws(() => (serviceEntries().entries as Service[]).pop(), TypeError);
});

test("wrong arguments are refused", () => {
  assert.throws(() => getservbyname(80 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => getservbyname("echo", 6 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => getservbyname("nothing-has-this-name", 6 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => getservbyport("7" as never), { code: "ERR_INVALID_ARG_TYPE" });
  for (const port of [-1, 65536, 1.5]) assert.throws(() => getservbyport(port), { code: "ERR_OUT_OF_RANGE" });
});

describe("the embedded table", () => {
  test("has the services that everybody knows", () => {
    assert.equal(embedded.source, "embedded");
    assert.ok(new Set(embedded.entries.map(({ name }) => name)).size > 250);
    const known = { echo: 7, discard: 9, daytime: 13, chargen: 19, ftp: 21, ssh: 22, telnet: 23, smtp: 25, time: 37 };
    const more = { domain: 53, http: 80, www: 80, pop3: 110, sunrpc: 111, imap: 143, https: 443, imaps: 993 };
    for (const [name, port] of Object.entries({ ...known, ...more, mysql: 3306, postgresql: 5432, redis: 6379 })) {
      assert.equal(serviceByName(embedded, name, "tcp")?.port, port, name);
    }
    for (const [name, port] of Object.entries({ echo: 7, bootps: 67, tftp: 69, ntp: 123, snmp: 161, syslog: 514 })) {
      assert.equal(serviceByName(embedded, name, "udp")?.port, port, name);
      assert.equal(serviceByPort(embedded, port, "udp")?.name, name);
    }
    assert.deepEqual(serviceByPort(embedded, 514)?.name, "shell");
  });

  test("is well formed, in the order of its ports, and says nothing twice", () => {
    const said = new Set<string>();
    let before = 0;
    for (const { name, aliases, port, protocol } of embedded.entries) {
      assert.match(name, /^[a-z0-9][a-z0-9+_-]*$/);
      assert.match(protocol, /^(tcp|udp|sctp)$/, name);
      assert.ok(Number.isInteger(port) && port >= before && port <= 65535, `${name} ${port}`);
      before = port;
      for (const each of [name, ...aliases]) {
        assert.ok(!said.has(`${each}/${protocol}`), `${each}/${protocol} is there twice`);
        said.add(`${each}/${protocol}`);
      }
    }
  });

  test("agrees with the system's file wherever both know a name", { skip: withoutFile }, () => {
    let common = 0;
    for (const { name, port, protocol } of embedded.entries) {
      const system = getservbyname(name, protocol);
      if (system?.name !== name) continue; // an alias there is of the system's own choice
      assert.equal(system.port, port, `${name}/${protocol}`);
      common++;
    }
    assert.ok(common > 50, `${common} names in common`);
  });
});

describe("the system's file", { skip: withoutFile }, () => {
  test("is the source, and every line of it is there", () => {
    const { source, entries } = serviceEntries();
    assert.equal(source, "/etc/services");
    const lines = readFileSync(source, "utf8").match(/^\s*[^#\s]+\s+[0-9]+\/[a-z0-9]+/gm) ?? [];
    const found = entries.map(({ name, port, protocol }) => `${name} ${port}/${protocol}`);
    assert.deepEqual(
      found,
      lines.map((line) => line.trim().replace(/\s+/, " ")),
    );
    assert.equal(serviceEntries().entries, entries, "it is read once");
  });

  test("gives what glibc gives, for names, aliases and ports all over it", { skip: withoutGlibc }, () => {
    const library = glibc!;
    koffi.struct("servent", {
      s_name: "const char *",
      s_aliases: "const char **",
      s_port: "int",
      s_proto: "const char *",
    });
    const byName = library.func("servent *getservbyname(const char *, const char *)");
    const byPort = library.func("servent *getservbyport(int, const char *)");
    // C reads the whole file for each answer, and some systems' files have ten thousand lines.
    const all = serviceEntries().entries;
    const step = Math.ceil(all.length / 400);
    const entries = all.filter((_, index) => index % step === 0);
    for (const { name, aliases, port, protocol } of entries) {
      for (const only of [protocol, undefined]) {
        for (const each of [name, ...aliases]) {
          assert.deepEqual(getservbyname(each, only), service(byName(each, only ?? null)), `${each}/${only}`);
        }
        assert.deepEqual(getservbyport(port, only), service(byPort(htons(port), only ?? null)), `${port}/${only}`);
      }
    }
    for (const name of ["no-such-service", "", "ECHO", "#"]) {
      assert.deepEqual(getservbyname(name), service(byName(name, null)), name);
    }
  });
});

/** A `struct servent` as an entry. */
function service(pointer: unknown): Service | undefined {
  if (pointer === null) return undefined;
  const entry = koffi.decode(pointer, "servent") as {
    s_name: string;
    s_aliases: unknown;
    s_port: number;
    s_proto: string;
  };
  const aliases: string[] = [];
  for (let i = 0; ; i++) {
    const alias = koffi.decode(entry.s_aliases, i * koffi.sizeof("void *"), "const char *") as string | null;
    if (alias === null) break;
    aliases.push(alias);
  }
  return { name: entry.s_name, aliases, port: ntohs(entry.s_port), protocol: entry.s_proto };
}
