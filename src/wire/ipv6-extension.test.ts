import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { assertTruncationsRefused, emitted, fromHex, toHex, uint8, word } from "../../test/wire/bytes.ts";
import { IpHeader, isFragment } from "./ip-header.ts";
import {
  PROTOCOL_DESTINATION_OPTIONS,
  PROTOCOL_FRAGMENT,
  PROTOCOL_HOP_BY_HOP,
  PROTOCOL_ICMPV6,
  PROTOCOL_NO_NEXT_HEADER,
  PROTOCOL_ROUTING,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from "./ip-protocol.ts";
import {
  emitIpv6Fragment,
  emitIpv6OptionsHeader,
  ipv6OptionsHeaderBytes,
  MAX_EXTENSION_HEADERS,
  parseIpv6Extensions,
} from "./ipv6-extension.ts";
import {
  ACTION_DISCARD,
  ACTION_REPORT,
  ACTION_REPORT_UNICAST,
  ACTION_SKIP,
  emitRouterAlert,
  MAX_IPV6_OPTIONS,
  MAX_IPV6_PADDING_BYTES,
  ROUTER_ALERT_MLD,
} from "./ipv6-option.ts";
import { emitIpv6, parseIpv6 } from "./ipv6.ts";
import {
  BAD_OPTION,
  BAD_VALUE,
  OK,
  TOO_MANY,
  TRUNCATED,
  UNRECOGNIZED_HEADER,
  UNRECOGNIZED_OPTION,
  UNRECOGNIZED_ROUTING,
} from "./reason.ts";

/** Where packets begin: offsets in memory and offsets in the packet are not the same. */
const START = 14;

/** A packet whose payload is `hex`, beginning with the header `first`. */
function packet(first: number, hex: string): DataView {
  const payload = fromHex(hex);
  const view = fromHex(`${"ff".repeat(START)}${"00".repeat(40)}${hex}`);
  emitIpv6(view, START, Object.assign(new IpHeader(), { hopLimit: 64 }), payload.byteLength, first);
  return view;
}

function walk(first: number, hex: string, into: IpHeader = new IpHeader()): number {
  const view = packet(first, hex);
  const reason = parseIpv6(view, START, view.byteLength, into);
  return reason === OK ? parseIpv6Extensions(view, into) : reason;
}

const PADDED = "01 04 00000000";

test("a chain in the recommended order ends at the upper layer", () => {
  const read = new IpHeader();
  const routing = "3c 00 00 00 00000000";
  const reason = walk(PROTOCOL_HOP_BY_HOP, `2b 00 ${PADDED} ${routing} 11 00 ${PADDED} 0007000700080000`, read);
  assert.equal(reason, OK);
  assert.deepEqual([read.protocol, read.extensionCount], [PROTOCOL_UDP, 3]);
  const places = [read.optionsStart, read.routingAt, read.protocolAt, read.payloadStart, read.payloadEnd];
  assert.deepEqual(
    places.map((at) => at - START),
    [40, 48, 56, 64, 72],
  );
});

test("a chain is cut nowhere", () => {
  const chain = `3c 00 ${PADDED} 2c 00 ${PADDED} 11 00 0000 12345678 11 00 ${PADDED}`;
  for (let bytes = 0; bytes < 24; bytes++) {
    const view = packet(PROTOCOL_DESTINATION_OPTIONS, chain);
    view.setUint16(START + 4, bytes);
    const read = new IpHeader();
    assert.equal(parseIpv6(view, START, START + 40 + bytes, read), OK);
    // A packet that ends where its extension header should begin has lost it.
    assert.equal(parseIpv6Extensions(view, read), TRUNCATED, `${bytes} bytes`);
  }
});

test("the chain has a limit", () => {
  const chain = (headers: number): string => `3c 00 ${PADDED} `.repeat(headers - 1) + `3b 00 ${PADDED}`;
  const read = new IpHeader();
  assert.equal(walk(PROTOCOL_DESTINATION_OPTIONS, chain(MAX_EXTENSION_HEADERS), read), OK);
  assert.equal(read.protocol, PROTOCOL_NO_NEXT_HEADER);
  assert.equal(walk(PROTOCOL_DESTINATION_OPTIONS, chain(MAX_EXTENSION_HEADERS + 1)), TOO_MANY);
});

test("Hop-by-Hop Options elsewhere than first are an unrecognized header, pointed at", () => {
  const read = new IpHeader();
  assert.equal(walk(PROTOCOL_DESTINATION_OPTIONS, `00 00 ${PADDED} 3b 00 ${PADDED}`, read), UNRECOGNIZED_HEADER);
  assert.equal(read.problemPointer, 40);
});

test("a routing header with nothing left to visit is passed, any other is pointed at", () => {
  const read = new IpHeader();
  assert.equal(walk(PROTOCOL_ROUTING, `3b 02 00 00 ${"00".repeat(20)}`, read), OK);
  assert.equal(read.protocol, PROTOCOL_NO_NEXT_HEADER);
  assert.equal(walk(PROTOCOL_ROUTING, `3b 02 00 01 ${"00".repeat(20)}`, read), UNRECOGNIZED_ROUTING);
  assert.equal(read.problemPointer, 42);
});

const nextHeader = uint8.filter((value) => value !== PROTOCOL_FRAGMENT);

test("a fragment header that is written is read again", () => {
  const read = new IpHeader();
  fc.assert(
    fc.property(nextHeader, fc.nat({ max: 4000 }), fc.boolean(), word, (next, eighths, more, identification) => {
      const whole = emitted(
        40,
        (view, start) => {
          emitIpv6(view, 0, new IpHeader(), 16, PROTOCOL_FRAGMENT);
          const end = emitIpv6Fragment(view, start, next, eighths * 8, more, identification);
          view.setFloat64(end, 0);
          return end + 8;
        },
        0,
      );
      fc.pre(more || eighths > 0);
      assert.equal(parseIpv6(whole.view, 0, whole.end, read), OK);
      assert.equal(parseIpv6Extensions(whole.view, read), OK);
      assert.ok(isFragment(read));
      assert.deepEqual(
        [read.protocol, read.fragmentOffset, read.moreFragments, read.identification, read.fragmentAt],
        [next, eighths * 8, more, identification, 40],
      );
      assert.deepEqual([read.payloadStart, read.payloadEnd], [48, 56]);
    }),
  );
});

test("the walk stops behind a true fragment, and goes through one that is the whole packet", () => {
  const read = new IpHeader();
  assert.equal(walk(PROTOCOL_FRAGMENT, `3c 00 0001 12345678 3b 00 ${PADDED}`, read), OK);
  assert.deepEqual([read.protocol, isFragment(read)], [PROTOCOL_DESTINATION_OPTIONS, true]);
  assert.equal(walk(PROTOCOL_FRAGMENT, `3c 00 0000 12345678 3b 00 ${PADDED}`, read), OK);
  assert.deepEqual([read.protocol, isFragment(read)], [PROTOCOL_NO_NEXT_HEADER, false]);
});

test("a fragment whose length or offset cannot be is pointed at", () => {
  const read = new IpHeader();
  assert.equal(walk(PROTOCOL_FRAGMENT, "11 00 0001 12345678 00", read), BAD_VALUE);
  assert.equal(read.problemPointer, 4);
  assert.equal(walk(PROTOCOL_FRAGMENT, `11 00 fff8 12345678 ${"00".repeat(8)}`, read), BAD_VALUE);
  assert.equal(read.problemPointer, 42);
  assert.equal(walk(PROTOCOL_FRAGMENT, `11 00 fff8 12345678 ${"00".repeat(7)}`, read), OK);
});

test("a router alert is written, padded and read again", () => {
  const whole = emitted(
    40,
    (view, start) => {
      emitIpv6(view, 0, new IpHeader(), 8, PROTOCOL_HOP_BY_HOP);
      return emitIpv6OptionsHeader(view, start, PROTOCOL_ICMPV6, emitRouterAlert(view, start + 2, ROUTER_ALERT_MLD));
    },
    0,
  );
  // As in the frames of a multicast listener: the alert, and a PadN of nothing.
  assert.equal(toHex(whole.view, 40, whole.end), "3a00050200000100");
  const read = new IpHeader();
  assert.equal(parseIpv6(whole.view, 0, whole.end, read), OK);
  assert.deepEqual([read.routerAlert, read.protocol], [ROUTER_ALERT_MLD, PROTOCOL_ICMPV6]);
  assertTruncationsRefused({ ...whole, start: 0 }, (view, start, end) => parseIpv6(view, start, end, read));
});

test("a value of a router alert is unsigned", () => {
  const read = new IpHeader();
  assert.equal(walk(PROTOCOL_HOP_BY_HOP, "3b 00 05 02 fffe 01 00", read), OK);
  assert.equal(read.routerAlert, 0xfffe);
});

test("an options header is padded to a multiple of eight bytes with padding that is allowed", () => {
  for (let bytes = 0; bytes < 24; bytes++) {
    const whole = emitted(
      40,
      (view, start) => {
        emitIpv6(view, 0, new IpHeader(), ipv6OptionsHeaderBytes(bytes), PROTOCOL_DESTINATION_OPTIONS);
        // An option that is skipped when it is unknown, as long as it must be.
        if (bytes === 1) view.setUint8(start + 2, 0);
        if (bytes >= 2) view.setUint16(start + 2, (0x3e << 8) | (bytes - 2));
        return emitIpv6OptionsHeader(view, start, PROTOCOL_TCP, start + 2 + bytes);
      },
      0,
    );
    assert.equal((whole.end - 40) % 8, 0);
    const read = new IpHeader();
    assert.equal(parseIpv6(whole.view, 0, whole.end, read), OK);
    assert.equal(parseIpv6Extensions(whole.view, read), OK, `${bytes} bytes of options`);
    assert.deepEqual([read.protocol, read.payloadStart], [PROTOCOL_TCP, whole.end]);
  }
});

test("an unrecognized option does what its type says", () => {
  for (const action of [ACTION_SKIP, ACTION_DISCARD, ACTION_REPORT, ACTION_REPORT_UNICAST]) {
    const type = (0x1e | (action << 6)).toString(16).padStart(2, "0");
    const read = new IpHeader();
    const reason = walk(PROTOCOL_DESTINATION_OPTIONS, `3b 00 00 00 ${type} 02 0000`, read);
    if (action === ACTION_SKIP) {
      assert.equal(reason, OK);
    } else {
      assert.equal(reason, UNRECOGNIZED_OPTION);
      assert.deepEqual([read.problemPointer, read.problemAction], [44, action]);
    }
  }
});

test("options, and padding in a row, have limits", () => {
  const options = (count: number): string => {
    const bytes = 2 + count * 2 + ((8 - ((2 + count * 2) % 8)) % 8);
    const padding = ["", "", "01 00", "", "01 02 0000", "", "01 04 00000000"][bytes - 2 - count * 2] as string;
    return `3b ${(bytes / 8 - 1).toString(16).padStart(2, "0")} ${"1e 00 ".repeat(count)} ${padding}`;
  };
  assert.equal(walk(PROTOCOL_DESTINATION_OPTIONS, options(MAX_IPV6_OPTIONS)), OK);
  assert.equal(walk(PROTOCOL_DESTINATION_OPTIONS, options(MAX_IPV6_OPTIONS + 1)), TOO_MANY);
  const padded = (bytes: number): string =>
    `3b 01 ${"00".repeat(bytes)} 1e ${(12 - bytes).toString(16).padStart(2, "0")}`;
  for (const [bytes, expected] of [
    [MAX_IPV6_PADDING_BYTES, OK],
    [MAX_IPV6_PADDING_BYTES + 1, TOO_MANY],
  ] as const) {
    assert.equal(walk(PROTOCOL_DESTINATION_OPTIONS, `${padded(bytes)} ${"00".repeat(12 - bytes)}`), expected);
  }
});

test("an option whose length is wrong is pointed at", () => {
  const read = new IpHeader();
  for (const [hex, pointer] of [
    ["3b 00 1e 05 00000000", 42],
    ["3b 00 1e 03 000000 1e", 47],
    ["3b 00 05 01 00 01 01 00", 43],
  ] as const) {
    assert.equal(walk(PROTOCOL_HOP_BY_HOP, hex, read), BAD_OPTION);
    assert.equal(read.problemPointer, pointer);
  }
});
