import assert from "node:assert/strict";
import { test } from "node:test";
import { errno } from "../../src/api/errno.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import type { Stack } from "../../src/stack/stack.ts";
import { encodeByteCode } from "../../src/wire/floating-code.ts";
import { GroupRecord, parseGroupRecord, readAddresses } from "../../src/wire/group-record.ts";
import { emitIgmp, IGMP_QUERY, IgmpMessage, parseIgmp, sealIgmp } from "../../src/wire/igmp.ts";
import { pattern, payload, ping, take, Told, udp } from "./endpoints.ts";
import { Network, type Segment } from "./network.ts";

const ip = (text: string): IpAddress => IpAddress.parse(text);
const ETH0 = 2;
const TYPES = ["", "IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"];

interface Trio {
  readonly network: Network;
  readonly a: Stack;
  readonly b: Stack;
  readonly router: Stack;
  readonly link: Segment;
}

function trio(): Trio {
  const network = new Network();
  const [a, b, router] = [network.stack(), network.stack(), network.stack()];
  const link = network.segment();
  for (const [index, stack] of [a, b, router].entries()) {
    network.attach(stack, link, [`10.0.0.${index + 1}/24`, `fe80::${index + 1}/64`]);
  }
  network.run(5_000_000);
  link.seen.length = 0;
  return { network, a, b, router, link };
}

/** The IGMP messages that were seen, as text; and forgets them. */
function igmp(link: Segment): string[] {
  const lines: string[] = [];
  for (const frame of link.seen.splice(0)) {
    if (frame[12] !== 8 || frame[13] !== 0 || frame[23] !== 2) continue;
    const view = new DataView(frame.buffer);
    const start = 14 + ((frame[14] as number) & 15) * 4;
    const message = new IgmpMessage();
    assert.equal(parseIgmp(view, start, frame.length, message), 0);
    assert.equal(frame[22], 1, "time to live");
    const to = IpAddress.v4(view.getInt32(30)).toString();
    if (message.recordCount === 0) {
      lines.push(`${message.type.toString(16)} ${IpAddress.v4(message.group).toString()} to ${to}`);
    } else lines.push(`${to}: ${records(view, message).join(", ")}`);
  }
  return lines;
}

function records(view: DataView, message: IgmpMessage): string[] {
  const record = new GroupRecord();
  let at = message.itemsStart;
  return Array.from({ length: message.recordCount }, () => {
    assert.equal(parseGroupRecord(view, at, message.end, 4, record), 0);
    const words = new Int32Array(4 * record.sourceCount);
    readAddresses(view, record.sourcesStart, 4, record.sourceCount, words);
    const sources = Array.from({ length: record.sourceCount }, (_, i) =>
      IpAddress.v4(words[4 * i + 3] ?? 0).toString(),
    );
    at = record.end;
    return `${TYPES[record.type]}(${IpAddress.v4(record.group3).toString()}; ${sources.join(" ")})`;
  });
}

/** Has a router of the link ask: version 1, 2 or 3. */
function query(router: Stack, version: number, group = "0.0.0.0", tenths = 10, sources: string[] = []): void {
  const message = new IgmpMessage();
  message.type = IGMP_QUERY;
  message.version = version;
  message.responseCode = version === 1 ? 0 : version === 2 ? tenths : encodeByteCode(tenths);
  message.group = ip(group).w3;
  message.sourceCount = sources.length;
  const words = Int32Array.from(sources.flatMap((source) => [0, 0, 0xffff, ip(source).w3]));
  const packet = router.context.pool.allocate(100);
  assert.ok(packet);
  packet.end = emitIgmp(packet.view, packet.start, message, words);
  sealIgmp(packet.view, packet.start, packet.end);
  const endpoint = router.raw.open(new Told(), 4, 2);
  assert.ok(endpoint);
  endpoint.options.hopLimit = 1;
  endpoint.options.multicastLoop = false;
  const address = ip(group === "0.0.0.0" ? "224.0.0.1" : group);
  assert.equal(endpoint.send(packet, { address, port: 0, iface: ETH0 }), 0);
  endpoint.close();
}

for (const group of ["239.1.2.3", "ff02::1234"]) {
  test(`members of ${group} hear it, the sender's machine too, and nobody else: RFC 1112 §7`, () => {
    const { network, a, b, router } = trio();
    const any = group.includes(":") ? "::" : "0.0.0.0";
    const [server, stranger, own] = [udp(b, any, 7), udp(router, any, 7), udp(a, any, 7)];
    const client = udp(a, any, 0);
    assert.equal(server.memberships.join(ETH0, ip(group)), 0);
    assert.equal(own.memberships.join(ETH0, ip(group)), 0);
    assert.equal(server.memberships.join(ETH0, ip(group)), -errno.EADDRINUSE);
    const send = (): void => {
      assert.equal(client.send(payload(a, pattern(2)), { address: ip(group), port: 7, iface: ETH0 }), 0);
      network.settle();
    };
    send();
    assert.deepEqual([take(server), take(own), take(stranger)], [pattern(2), pattern(2), undefined]);
    client.options.multicastLoop = false;
    send();
    assert.deepEqual([take(server), take(own)], [pattern(2), undefined]);
    client.options.multicastLoop = true;
    client.options.hopLimit = 0;
    send();
    assert.deepEqual([take(server), take(own)], [undefined, pattern(2)]);
    client.options.hopLimit = -1;
    assert.equal(server.memberships.leave(ETH0, ip(group)), 0);
    assert.equal(server.memberships.leave(ETH0, ip(group)), -errno.EADDRNOTAVAIL);
    send();
    assert.equal(take(server), undefined);
    own.close();
    network.run(5_000_000);
    assert.equal(network.pool.inUse, 0);
  });
}

test("a source filter decides whom a member hears: RFC 3376 §3", () => {
  const { network, a, b, router } = trio();
  const server = udp(b, "0.0.0.0", 7);
  const group = ip("239.1.2.3");
  const heard = (): string => {
    for (const [stack, name] of [
      [a, 1],
      [router, 3],
    ] as const) {
      udp(stack, "0.0.0.0", 0).send(payload(stack, Uint8Array.of(name)), { address: group, port: 7, iface: ETH0 });
    }
    network.settle();
    const from = [take(server), take(server)].flatMap((bytes) => (bytes === undefined ? [] : [bytes[0]]));
    return from.join();
  };
  const { memberships } = server;
  assert.equal(memberships.joinSource(ETH0, group, ip("10.0.0.1")), 0);
  assert.equal(heard(), "1");
  assert.equal(memberships.joinSource(ETH0, group, ip("10.0.0.1")), -errno.EADDRNOTAVAIL);
  assert.equal(memberships.joinSource(ETH0, group, ip("10.0.0.3")), 0);
  assert.equal(heard(), "1,3");
  assert.equal(memberships.leaveSource(ETH0, group, ip("10.0.0.1")), 0);
  assert.equal(heard(), "3");
  assert.equal(memberships.block(ETH0, group, ip("10.0.0.3")), -errno.EINVAL);
  assert.equal(memberships.leaveSource(ETH0, group, ip("10.0.0.3")), 0);
  assert.equal(heard(), "");
  assert.equal(memberships.join(ETH0, group), 0);
  assert.equal(memberships.block(ETH0, group, ip("10.0.0.3")), 0);
  assert.equal(heard(), "1");
  assert.equal(memberships.unblock(ETH0, group, ip("10.0.0.3")), 0);
  assert.equal(heard(), "1,3");
  assert.equal(memberships.setFilter(ETH0, group, true, [ip("10.0.0.3")]), 0);
  assert.equal(heard(), "3");
  assert.equal(memberships.setFilter(ETH0, group, true, []), 0);
  assert.equal(heard(), "");
});

test("routers are told twice of each change: RFC 3376 §5.1", () => {
  const { network, b, link } = trio();
  const server = udp(b, "0.0.0.0", 7);
  const group = ip("239.1.2.3");
  const told = (): string[] => {
    network.run(2_000_000);
    return igmp(link);
  };
  const twice = (line: string): string[] => [`224.0.0.22: ${line}`, `224.0.0.22: ${line}`];
  server.memberships.join(ETH0, group);
  assert.deepEqual(told(), twice("TO_EX(239.1.2.3; )"));
  server.memberships.block(ETH0, group, ip("10.0.0.9"));
  assert.deepEqual(told(), twice("BLOCK(239.1.2.3; 10.0.0.9)"));
  server.memberships.unblock(ETH0, group, ip("10.0.0.9"));
  assert.deepEqual(told(), twice("ALLOW(239.1.2.3; 10.0.0.9)"));
  server.memberships.setFilter(ETH0, group, true, [ip("10.0.0.8"), ip("10.0.0.7")]);
  assert.deepEqual(told(), twice("TO_IN(239.1.2.3; 10.0.0.8 10.0.0.7)"));
  server.close();
  assert.deepEqual(told(), twice("BLOCK(239.1.2.3; 10.0.0.8 10.0.0.7)"));
  assert.equal(b.nextDeadlineUs(), Infinity);
});

test("queries are answered within the time they give: all groups, one, or some of its senders: RFC 3376 §5.2", () => {
  const { network, b, router, link } = trio();
  const server = udp(b, "0.0.0.0", 7);
  server.memberships.join(ETH0, ip("239.1.2.3"));
  server.memberships.joinSource(ETH0, ip("239.9.9.9"), ip("10.0.0.1"));
  network.run(2_000_000);
  igmp(link);
  const answers = (): string[] => {
    network.run(1_000_000);
    return igmp(link).filter((line) => !line.startsWith("11"));
  };
  query(router, 3);
  assert.deepEqual(answers(), ["224.0.0.22: IS_EX(239.1.2.3; ), IS_IN(239.9.9.9; 10.0.0.1)"]);
  query(router, 3, "239.1.2.3");
  assert.deepEqual(answers(), ["224.0.0.22: IS_EX(239.1.2.3; )"]);
  query(router, 3, "239.9.9.9", 10, ["10.0.0.1", "10.0.0.2"]);
  assert.deepEqual(answers(), ["224.0.0.22: IS_IN(239.9.9.9; 10.0.0.1)"]);
  query(router, 3, "239.9.9.9", 10, ["10.0.0.2"]);
  assert.deepEqual(answers(), []);
  query(router, 3, "239.7.7.7");
  assert.deepEqual(answers(), []);
});

test("to an older querier older reports are sent, and one member speaks for all: RFC 2236 §3, RFC 3376 §7.2.1", () => {
  const { network, a, b, router, link } = trio();
  const servers = [udp(a, "0.0.0.0", 7), udp(b, "0.0.0.0", 7)];
  query(router, 2);
  network.run(1_000_000);
  igmp(link);
  for (const server of servers) server.memberships.join(ETH0, ip("239.1.2.3"));
  network.run(20_000_000);
  const joined = igmp(link);
  assert.ok(joined.length >= 2 && joined.length <= 4);
  assert.ok(joined.every((line) => line === "16 239.1.2.3 to 239.1.2.3"));
  query(router, 2);
  network.run(1_000_000);
  assert.deepEqual(igmp(link), ["11 0.0.0.0 to 224.0.0.1", "16 239.1.2.3 to 239.1.2.3"]);
  for (const server of servers) server.close();
  network.run(1_000_000);
  assert.deepEqual(igmp(link), ["17 239.1.2.3 to 224.0.0.2"]);
  for (const stack of [a, b]) assert.equal(stack.inspect().uses["groupsToTell"], 0);
  network.run(300_000_000);
  const late = udp(a, "0.0.0.0", 8);
  late.memberships.join(ETH0, ip("239.1.2.4"));
  network.run(2_000_000);
  assert.deepEqual(new Set(igmp(link)), new Set(["224.0.0.22: TO_EX(239.1.2.4; )"]));
});

test("an echo request to all nodes is answered over IPv6, and not over IPv4: RFC 4443 §4.2", () => {
  const { network, a } = trio();
  const v6 = ping(a, "ff02::1", 5, ETH0);
  const v4 = ping(a, "224.0.0.1", 5, ETH0);
  network.settle();
  assert.equal(v6.endpoint.queue.count, 3);
  assert.equal(v4.endpoint.queue.count, 0);
});

test("a socket may be in twenty groups: net.ipv4.igmp_max_memberships", () => {
  const { b } = trio();
  const server = udp(b, "0.0.0.0", 7);
  for (let i = 0; i < 20; i++) assert.equal(server.memberships.join(ETH0, ip(`239.1.2.${i}`)), 0);
  assert.equal(server.memberships.join(ETH0, ip("239.1.3.1")), -errno.ENOBUFS);
  assert.equal(server.memberships.join(ETH0, ip("10.0.0.1")), -errno.EINVAL);
});
