import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import koffi from "koffi";
import { glibc, withoutGlibc } from "../../test/glibc.ts";
import {
  getprotobyname,
  getprotobynumber,
  loadProtocols,
  parseProtocols,
  protocolByName,
  protocolByNumber,
  protocolEntries,
} from "./protocols.ts";

const withoutFile = existsSync("/etc/protocols") ? false : "this system has no /etc/protocols";
const embedded = loadProtocols(undefined);

test("a protocols file: comments and aliases; what is no entry is skipped", () => {
  assert.deepEqual(parseProtocols("# none\nip\t0 IP # pseudo\n tcp 6\nx\ny z\nmptcp 262 MPTCP mp\n"), [
    { name: "ip", aliases: ["IP"], number: 0 },
    { name: "tcp", aliases: [], number: 6 },
    { name: "mptcp", aliases: ["MPTCP", "mp"], number: 262 },
  ]);
});

test("the first entry that fits wins", () => {
  const table = loadProtocols("a 1 x\nx 2\nb 1\n");
  assert.equal(table.source, "/etc/protocols");
  assert.equal(protocolByName(table, "x")?.number, 1);
  assert.equal(protocolByNumber(table, 1)?.name, "a");
  assert.equal(protocolByName(table, "constructor"), undefined);
  assert.equal(protocolByNumber(table, 9), undefined);
});

test("the embedded table has the protocols that sockets are made of", () => {
  assert.equal(embedded.source, "embedded");
  const numbers = { ip: 0, icmp: 1, igmp: 2, tcp: 6, udp: 17, ipv6: 41, gre: 47, esp: 50, "ipv6-icmp": 58, sctp: 132 };
  for (const [name, number] of Object.entries({ ...numbers, TCP: 6, UDP: 17, udplite: 136, mptcp: 262 })) {
    assert.equal(protocolByName(embedded, name)?.number, number, name);
  }
  assert.equal(protocolByNumber(embedded, 6)?.name, "tcp");
  const names = embedded.entries.flatMap(({ name, aliases }) => [name, ...aliases]);
  assert.equal(new Set(names).size, names.length, "no name is there twice");
});

test("the embedded table agrees with the system's file wherever both know a name", { skip: withoutFile }, () => {
  let common = 0;
  for (const { name, number } of embedded.entries) {
    const system = getprotobyname(name);
    if (system === undefined) continue;
    assert.equal(system.number, number, name);
    common++;
  }
  assert.ok(common > 10, `${common} names in common`);
});

test("wrong arguments are refused", () => {
  assert.throws(() => getprotobyname(6 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => getprotobynumber("6" as never), { code: "ERR_INVALID_ARG_TYPE" });
  for (const number of [-1, 2 ** 31, 0.5]) assert.throws(() => getprotobynumber(number), { code: "ERR_OUT_OF_RANGE" });
});

describe("the system's file", { skip: withoutFile }, () => {
  test("gives what glibc gives, for every name, alias and number", { skip: withoutGlibc }, () => {
    const library = glibc!;
    koffi.struct("protoent", { p_name: "const char *", p_aliases: "const char **", p_proto: "int" });
    const byName = library.func("protoent *getprotobyname(const char *)");
    const byNumber = library.func("protoent *getprotobynumber(int)");
    const { source, entries } = protocolEntries();
    assert.equal(source, "/etc/protocols");
    assert.ok(entries.length > 0);
    for (const { name, aliases, number } of entries) {
      for (const each of [name, ...aliases]) check(getprotobyname(each), byName(each), each);
      check(getprotobynumber(number), byNumber(number), `${number}`);
    }
    for (let number = 0; number < 300; number++) check(getprotobynumber(number), byNumber(number), `${number}`);
    check(getprotobyname("no-such-protocol"), byName("no-such-protocol"), "no-such-protocol");
  });
});

function check(ours: ReturnType<typeof getprotobyname>, pointer: unknown, what: string): void {
  const c = pointer === null ? undefined : (koffi.decode(pointer, "protoent") as { p_name: string; p_proto: number });
  assert.deepEqual([ours?.name, ours?.number], [c?.p_name, c?.p_proto], what);
}
