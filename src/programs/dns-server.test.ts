import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET } from "../api/constants.ts";
import { createHost } from "../host/host.ts";
import { DNS_A, DNS_AAAA, DNS_ANY, DNS_CNAME, DNS_MX, DNS_NS, DNS_PTR, DNS_SRV, DNS_TXT } from "../wire/dns-record.ts";
import { DnsMessage, dnsQuery, ednsOf, ednsRecord, emitDns, parseDns } from "../wire/dns.ts";
import { OK } from "../wire/reason.ts";
import { respond } from "./dns/respond.ts";
import type { ZoneOptions } from "./dns/zone.ts";
import { reverseZones, Zones } from "./dns/zones.ts";
import { dnsServer } from "./dns-server.ts";

const EXAMPLE: ZoneOptions = {
  name: "example.com",
  records: {
    "@": { NS: "ns", MX: { preference: 10, target: "mail" }, TXT: ["one", "two"] },
    ns: { A: "192.0.2.53" },
    www: { A: ["192.0.2.1", "192.0.2.2"], AAAA: "2001:db8::1", ttlS: 60 },
    ftp: { CNAME: "www" },
    far: { CNAME: "www.example.net." },
    loop: { CNAME: "pool" },
    pool: { CNAME: "loop" },
    "_sip._udp": { SRV: { priority: 1, weight: 2, port: 5060, target: "www" } },
    "a.deep": { A: "192.0.2.9" },
    "*.wild": { A: "192.0.2.7" },
    "here.wild": { TXT: "no address" },
    sub: { NS: ["ns.sub", "ns.elsewhere.org."] },
    "ns.sub": { A: "192.0.2.54" },
    big: { A: Array.from({ length: 100 }, (_, at) => `198.51.100.${at}`) },
  },
};
const NET: ZoneOptions = { name: "example.net", records: { www: { A: "203.0.113.1" } } };
const zones = new Zones([EXAMPLE, NET, ...reverseZones({ "www.example.com": ["192.0.2.1", "2001:db8::1"] })]);

function bytesOf(message: DnsMessage): Uint8Array {
  const view = new DataView(new ArrayBuffer(2000));
  return new Uint8Array(view.buffer, 0, emitDns(view, 0, 2000, message));
}

function read(bytes: Uint8Array | undefined): DnsMessage {
  assert.ok(bytes);
  const message = new DnsMessage();
  assert.equal(parseDns(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, message), OK);
  return message;
}

function ask(name: string, type: number, transport: "udp" | "tcp" = "udp"): DnsMessage {
  return read(respond(zones, bytesOf(dnsQuery(77, name, type)), transport));
}

/** "www.example.com 1 192.0.2.1" for a record. */
function lines(records: DnsMessage["answers"]): string[] {
  return records.map(({ name, type, data }) => {
    const what =
      data.kind === "address"
        ? data.address.join(".")
        : "target" in data
          ? data.target
          : data.kind === "text"
            ? "…"
            : "";
    return `${name} ${type} ${what}`;
  });
}

test("a name's records come back with the question, from an authority that does not recurse", () => {
  const message = ask("WWW.Example.com", DNS_A);
  assert.equal(message.id, 77);
  assert.equal(message.response && message.authoritative && !message.recursionAvailable, true);
  assert.deepEqual(message.questions, [{ name: "WWW.Example.com", type: DNS_A, class: 1 }]);
  assert.deepEqual(lines(message.answers), ["www.example.com 1 192.0.2.1", "www.example.com 1 192.0.2.2"]);
  assert.equal(message.answers[0]?.ttlS, 60);
  assert.equal(ask("www.example.com", DNS_AAAA).answers.length, 1);
  assert.equal(ask("www.example.com", DNS_ANY).answers.length, 3);
  assert.equal(ask("example.com", DNS_TXT).answers.length, 2);
  assert.equal(ask("example.com", DNS_MX).answers.length, 1);
  assert.equal(ask("_sip._udp.example.com", DNS_SRV).answers.length, 1);
  assert.deepEqual(lines(ask("1.2.0.192.in-addr.arpa", DNS_PTR).answers), [
    "1.2.0.192.in-addr.arpa 12 www.example.com",
  ]);
});

test("aliases are followed as far as the zones go: RFC 1034 §4.3.2", () => {
  assert.deepEqual(lines(ask("ftp.example.com", DNS_AAAA).answers), [
    "ftp.example.com 5 www.example.com",
    `www.example.com 28 ${[32, 1, 13, 184, ...new Uint8Array(11), 1].join(".")}`,
  ]);
  assert.equal(lines(ask("far.example.com", DNS_A).answers)[1], "www.example.net 1 203.0.113.1");
  assert.deepEqual(lines(ask("ftp.example.com", DNS_CNAME).answers), ["ftp.example.com 5 www.example.com"]);
  assert.equal(ask("loop.example.com", DNS_A).answers.length, 17);
});

test("what is not there is said with the zone's SOA, for as long as that may be kept: RFC 2308", () => {
  const none = ask("no.example.com", DNS_A);
  assert.equal(none.responseCode, 3);
  assert.deepEqual([none.authorities[0]?.type, none.authorities[0]?.ttlS], [6, 300]);
  const other = ask("ns.example.com", DNS_AAAA);
  assert.deepEqual([other.responseCode, other.answers.length, other.authorities[0]?.type], [0, 0, 6]);
  // A name that only has others below it is there: RFC 4592 §2.2.2.
  assert.equal(ask("deep.example.com", DNS_A).responseCode, 0);
  assert.equal(ask("www.elsewhere.org", DNS_A).responseCode, 5);
});

test("a wildcard is for names that are not there: RFC 4592", () => {
  assert.deepEqual(lines(ask("any.wild.example.com", DNS_A).answers), ["any.wild.example.com 1 192.0.2.7"]);
  assert.deepEqual(lines(ask("a.b.wild.example.com", DNS_A).answers), ["a.b.wild.example.com 1 192.0.2.7"]);
  assert.deepEqual(ask("here.wild.example.com", DNS_A).answers, []);
  assert.equal(ask("below.here.wild.example.com", DNS_A).responseCode, 3);
});

test("what others are responsible for is referred to them, with their addresses", () => {
  const message = ask("x.sub.example.com", DNS_A);
  assert.equal(message.authoritative, false);
  assert.deepEqual(lines(message.authorities), [
    `sub.example.com ${DNS_NS} ns.sub.example.com`,
    `sub.example.com ${DNS_NS} ns.elsewhere.org`,
  ]);
  assert.deepEqual(lines(message.additionals), ["ns.sub.example.com 1 192.0.2.54"]);
});

test("what does not fit into 512 bytes, or what the client takes, is cut and says so", () => {
  const cut = ask("big.example.com", DNS_A);
  assert.deepEqual([cut.truncated, cut.answers.length], [true, 0]);
  const whole = ask("big.example.com", DNS_A, "tcp");
  assert.deepEqual([whole.truncated, whole.answers.length], [false, 100]);
  const query = dnsQuery(1, "www.example.com", DNS_A);
  query.additionals = [ednsRecord({ udpBytes: 4096, responseCode: 0, version: 0, dnssecOk: true, options: [] })];
  const edns = ednsOf(read(respond(zones, bytesOf(query), "udp")));
  assert.deepEqual([edns?.udpBytes, edns?.dnssecOk, edns?.version], [1232, true, 0]);
});

test("what is no legal query gets a code, and what is no query nothing", () => {
  const other = dnsQuery(1, "www.example.com", DNS_A);
  other.opcode = 5;
  assert.equal(read(respond(zones, bytesOf(other), "udp")).responseCode, 4);
  const future = dnsQuery(1, "www.example.com", DNS_A);
  future.additionals = [ednsRecord({ udpBytes: 512, responseCode: 0, version: 1, dnssecOk: false, options: [] })];
  const answer = read(respond(zones, bytesOf(future), "udp"));
  assert.deepEqual([ednsOf(answer)?.responseCode, answer.answers.length], [16, 0]);
  const cut = bytesOf(dnsQuery(9, "www.example.com", DNS_A));
  for (let length = 0; length < cut.length; length += 1) {
    const bytes = respond(zones, cut.slice(0, length), "udp");
    if (length < 12) assert.equal(bytes, undefined);
    else assert.deepEqual([read(bytes).id, read(bytes).responseCode], [9, 1]);
  }
  const response = dnsQuery(1, "www.example.com", DNS_A);
  response.response = true;
  assert.equal(respond(zones, bytesOf(response), "udp"), undefined);
});

test("a record that is none is refused, and named", () => {
  const zone = (records: ZoneOptions["records"]): Zones => new Zones([{ name: "a", records }]);
  const invalid = { code: "ERR_INVALID_ARG_VALUE" };
  assert.throws(() => zone({ www: { A: "2001:db8::1" } }), { ...invalid, message: /"www A".*addresses like/ });
  assert.throws(() => zone({ www: { AAAA: "192.0.2.1" } }), invalid);
  assert.throws(() => zone({ "a..b": { A: "192.0.2.1" } }), invalid);
  assert.throws(() => zone({ "www.b.": { A: "192.0.2.1" } }), { ...invalid, message: /names in a/ });
  assert.throws(() => zone({ www: { CNAME: "b", A: "192.0.2.1" } }), { ...invalid, message: /alias/ });
  assert.throws(() => zone({ www: { TXT: "x".repeat(256) } }), invalid);
  assert.throws(() => zone({ www: { MX: { preference: 70_000, target: "b" } } }), invalid);
  assert.throws(() => zone({ www: { A: "192.0.2.1", ttlS: -1 } }), invalid);
  assert.throws(() => zone({ www: { HINFO: "x" } as never }), { ...invalid, message: /types A, AAAA/ });
  assert.throws(() => new Zones([{ name: "", records: {} }]), invalid);
});

test("a server that is stopped leaves nothing open, and says what it did", async () => {
  const host = createHost();
  const stop = new AbortController();
  const address = { family: AF_INET, address: "127.0.0.1", port: 0 } as const;
  const numbers = await dnsServer(host, address, { zones, signal: stop.signal, listening: () => stop.abort() });
  assert.deepEqual(numbers, { datagrams: 0, streamed: 0 });
  assert.equal(host.inspect()["descriptors"], 0);
  await assert.rejects(dnsServer(host, { ...address, address: "192.0.2.1" }, { zones }), { code: "EADDRNOTAVAIL" });
  assert.equal(host.inspect()["descriptors"], 0);
});
