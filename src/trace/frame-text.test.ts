import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FrameText } from "./frame-text.ts";

/** Bytes of hexadecimal digits, with spaces. */
function bytes(hex: string): DataView {
  const all = hex.replaceAll(" ", "").match(/../g) ?? [];
  return new DataView(Uint8Array.from(all, (byte) => Number.parseInt(byte, 16)).buffer);
}

const ETHERNET = "020000000001 020000000002";
const IPV4 = (protocol: string, bytesLong: string) =>
  `45 00 ${bytesLong} 0001 0000 40 ${protocol} 0000 0a000002 0a000001`;
const IPV6 = `60000000 0008 3a ff fe800000000000000000000000000002 ff0200000000000000000001ff000001`;

describe("a frame as text", () => {
  const all = new FrameText();
  const text = (hex: string) => {
    const view = bytes(hex);
    return all.frame(view, 0, view.byteLength);
  };

  it("tells a connection's sequence numbers from its beginning", () => {
    const syn = `${ETHERNET} 0800 ${IPV4("06", "002c")} c350 0007 000003e8 00000000 6002 faf0 0000 0000 020405b4`;
    assert.equal(text(syn), "10.0.0.2:50000 > 10.0.0.1:7 tcp S 0:0(0) win 64240 <mss 1460>");
    const data = `${ETHERNET} 0800 ${IPV4("06", "002b")} c350 0007 000003e9 00000000 5018 faf0 0000 0000 616263`;
    assert.equal(text(data), "10.0.0.2:50000 > 10.0.0.1:7 tcp P. 1:4(3) ack 0 win 64240");
  });

  it("tells datagrams, fragments, pings and address resolution", () => {
    assert.equal(
      text(`${ETHERNET} 0800 ${IPV4("11", "001f")} 0035 1388 000b 0000 616263`),
      "10.0.0.2:53 > 10.0.0.1:5000 udp (3)",
    );
    const later = `45 00 0018 0007 2001 40 11 0000 0a000002 0a000001 61626364`;
    assert.equal(text(`${ETHERNET} 0800 ${later}`), "10.0.0.2 > 10.0.0.1 fragment 7 4@8+");
    assert.equal(
      text(`${ETHERNET} 0800 ${IPV4("01", "001c")} 0800 0000 0007 0001`),
      "10.0.0.2 > 10.0.0.1 icmp echo id 7 seq 1",
    );
    const arp = "0001 0800 0604 0001 020000000002 0a000002 000000000000 0a000001";
    assert.equal(text(`ffffffffffff 020000000002 0806 ${arp}`), "arp who has 10.0.0.1, tell 10.0.0.2");
    const reply = "0001 0800 0604 0002 020000000002 0a000002 020000000001 0a000001";
    assert.equal(text(`${ETHERNET} 0806 ${reply}`), "arp 10.0.0.2 is at 02:00:00:00:00:02");
  });

  it("tells IPv6", () => {
    assert.equal(
      text(`${ETHERNET} 86dd ${IPV6} 8700 0000 00000000`),
      "fe80::2 > ff02::1:ff00:1 icmpv6 neighbour solicitation",
    );
  });

  it("tells what is cut anywhere, and throws at nothing", () => {
    const whole = bytes(
      `${ETHERNET} 0800 ${IPV4("06", "002c")} c350 0007 000003e8 00000000 6002 faf0 0000 0000 020405b4`,
    );
    for (let end = 0; end < whole.byteLength; end++) assert.notEqual(all.frame(whole, 0, end), "");
  });
});
