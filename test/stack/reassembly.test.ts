import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { pattern, take, udp } from "./endpoints.ts";
import { ipv4, ipv6, udpDatagram, WireEnd } from "./wire-end.ts";

interface Version {
  readonly name: string;
  readonly here: string;
  readonly there: string;
  fragment(id: number, offset: number, more: boolean, payload: Uint8Array, ecn?: number): Uint8Array;
}

const VERSIONS: readonly Version[] = [
  {
    name: "IPv4",
    here: "10.0.0.1",
    there: "10.0.0.2",
    fragment(identification, fragmentOffset, moreFragments, payload, trafficClass = 0) {
      return ipv4(this.there, this.here, { identification, fragmentOffset, moreFragments, trafficClass }, payload);
    },
  },
  {
    name: "IPv6",
    here: "2001:db8::1",
    there: "2001:db8::2",
    fragment(identification, fragmentOffset, moreFragments, payload, trafficClass = 0) {
      const bytes = new Uint8Array(8 + payload.length);
      const view = new DataView(bytes.buffer);
      bytes[0] = 17;
      view.setUint16(2, fragmentOffset | (moreFragments ? 1 : 0));
      view.setUint32(4, identification);
      bytes.set(payload, 8);
      const packet = ipv6(this.there, this.here, 44, bytes);
      packet[1] = (trafficClass << 4) & 0xff;
      return packet;
    },
  },
];

for (const version of VERSIONS) {
  const { name, here, there } = version;
  const datagram = (length: number): Uint8Array => udpDatagram(there, here, 5, 7, pattern(length));
  const start = (): { end: WireEnd; server: ReturnType<typeof udp> } => {
    const end = new WireEnd([`${here}/${name === "IPv4" ? 24 : 64}`]);
    return { end, server: udp(end.stack, here, 7) };
  };

  test(`${name}: fragments come together in whatever order and however often they come`, () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 150 }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, fc.array(fc.nat(1000), { minLength: 30, maxLength: 30 }), (places, order) => {
        const { end, server } = start();
        const whole = datagram(1300);
        const ends = [...places.map((place) => place * 8).sort((a, b) => a - b), whole.length];
        const fragments = ends.map((to, index) => {
          const from = index === 0 ? 0 : (ends[index - 1] as number);
          return version.fragment(77, from, to < whole.length, whole.subarray(from, to));
        });
        const shuffled = fragments
          .flatMap((fragment) => [fragment, fragment])
          .map((fragment, index) => ({ fragment, key: order[index] ?? 0 }))
          .sort((a, b) => a.key - b.key);
        for (const { fragment } of shuffled) assert.deepEqual(end.put(fragment), []);
        assert.deepEqual(take(server), pattern(1300));
        end.stack.advance(120_000_000);
        server.close();
        assert.equal(end.stack.context.pool.inUse, 0);
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: an overlap gives up the whole packet: RFC 5722 §3`, () => {
    for (const [offset, length] of [
      [8, 16],
      [0, 32],
      [40, 16],
      [16, 8],
      [0, 8],
    ] as const) {
      const { end, server } = start();
      const whole = datagram(100);
      end.put(version.fragment(1, 0, true, whole.subarray(0, 24)));
      end.put(version.fragment(1, 48, true, whole.subarray(48, 72)));
      assert.equal(end.stack.ip.reassembly.size, 1);
      end.put(version.fragment(1, offset, true, whole.subarray(offset, offset + length)));
      assert.equal(end.stack.ip.reassembly.size, 0, `${offset}+${length}`);
      assert.equal(end.stack.ip.reassembly.counters.refused, 1);
      end.put(version.fragment(1, 24, true, whole.subarray(24, 48)));
      end.put(version.fragment(1, 72, false, whole.subarray(72)));
      assert.equal(server.queue.count, 0);
      end.stack.advance(120_000_000);
      assert.equal(end.stack.context.pool.inUse, 0);
    }
  });

  test(`${name}: fragments that contradict each other on where the packet ends give it up`, () => {
    const { end } = start();
    const whole = datagram(100);
    end.put(version.fragment(1, 48, false, whole.subarray(48, 64)));
    end.put(version.fragment(1, 64, true, whole.subarray(64, 72)));
    assert.equal(end.stack.ip.reassembly.counters.refused, 1);
    end.put(version.fragment(2, 48, false, whole.subarray(48, 64)));
    end.put(version.fragment(2, 32, false, whole.subarray(32, 40)));
    assert.equal(end.stack.ip.reassembly.counters.refused, 2);
    assert.equal(end.stack.context.pool.inUse, 0);
  });

  test(`${name}: the sender is told of a packet that did not get whole, if its first fragment came`, () => {
    const { end } = start();
    const whole = datagram(100);
    end.put(version.fragment(1, 0, true, whole.subarray(0, 48)));
    end.put(version.fragment(2, 48, false, whole.subarray(48)));
    assert.deepEqual(end.sent, []);
    end.stack.advance(61_000_000);
    assert.equal(end.sent.length, 1);
    const error = end.sent.at(0);
    assert.ok(error);
    const at = name === "IPv4" ? 20 : 40;
    assert.deepEqual([error[at], error[at + 1]], name === "IPv4" ? [11, 1] : [3, 1]);
    assert.equal(end.stack.ip.reassembly.counters.timedOut, 2);
    assert.equal(end.stack.context.pool.inUse, 0);
  });

  test(`${name}: one marked fragment marks the packet; a mark beside one without ECN refuses it: RFC 3168 §5.3`, () => {
    const whole = datagram(100);
    for (const [first, second, expected] of [
      [2, 3, 3],
      [3, 2, 3],
      [2, 2, 2],
      [0, 3, undefined],
    ] as const) {
      const { end, server } = start();
      end.put(version.fragment(1, 0, true, whole.subarray(0, 48), first));
      end.put(version.fragment(1, 48, false, whole.subarray(48), second));
      const packet = server.queue.first;
      const byte = packet?.bytes[packet.network + 1] ?? 0;
      const ecn = packet === undefined ? undefined : (name === "IPv4" ? byte : byte >>> 4) & 3;
      assert.equal(ecn, expected);
    }
  });
}

test("an IPv6 fragment that is the whole packet is taken as it is: RFC 6946", () => {
  const end = new WireEnd(["2001:db8::1/64"]);
  const server = udp(end.stack, "2001:db8::1", 7);
  const version = VERSIONS[1] as Version;
  end.put(version.fragment(9, 0, false, udpDatagram(version.there, version.here, 5, 7, pattern(10))));
  assert.deepEqual(take(server), pattern(10));
  assert.equal(end.stack.ip.reassembly.counters.whole, 0);
});

test("a fragment that would end behind 64 KiB is refused: the ping of death", () => {
  const end = new WireEnd(["10.0.0.1/24"]);
  end.put(ipv4("10.0.0.2", "10.0.0.1", { fragmentOffset: 65_528 }, pattern(100)));
  assert.equal(end.stack.ip.input.counters.headerErrors, 1);
  assert.equal(end.stack.ip.reassembly.size, 0);
});
