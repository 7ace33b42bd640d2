import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kernel } from "../../src/api/kernel.ts";
import { options } from "../../src/api/options.ts";
import { datagramLines } from "./options/datagram.ts";
import { groupLines, ipLines } from "./options/ip.ts";
import { ipv6Lines } from "./options/ipv6.ts";
import { type Line, optionOf, testLine } from "./options/line.ts";
import { linkLines } from "./options/link.ts";
import { socketLines } from "./options/socket.ts";
import { tcpLines } from "./options/tcp.ts";

const lines: readonly Line[] = [
  ...socketLines,
  ...ipLines,
  ...groupLines,
  ...ipv6Lines,
  ...tcpLines,
  ...datagramLines,
  ...linkLines,
];

/** Options without a line, and why. */
const untested: Readonly<Record<string, string>> = {
  IP_IPSEC_POLICY: "needs keys of IPsec",
  IP_XFRM_POLICY: "needs keys of IPsec",
  IPV6_IPSEC_POLICY: "needs keys of IPsec",
  IPV6_XFRM_POLICY: "needs keys of IPsec",
  TCP_AO_ADD_KEY: "few kernels are built with TCP-AO",
  TCP_AO_DEL_KEY: "few kernels are built with TCP-AO",
  TCP_AO_INFO: "few kernels are built with TCP-AO",
  TCP_AO_GET_KEYS: "few kernels are built with TCP-AO",
  TCP_AO_REPAIR: "few kernels are built with TCP-AO",
  TLS_TX: "needs the keys of a TLS session",
  TLS_RX: "needs the keys of a TLS session",
  TLS_TX_ZEROCOPY_RO: "needs the keys of a TLS session",
  TLS_RX_EXPECT_NO_PAD: "needs the keys of a TLS session",
  TLS_TX_MAX_PAYLOAD_LEN: "needs the keys of a TLS session",
};

/** Every option, set and read on a real socket of a kernel. */
export function optionsConformance(kernel: Kernel): void {
  test("every option of the table has a line, or a reason", () => {
    const tested = new Set(lines.map(optionOf));
    const missing = options.filter((option) => !tested.has(option) && untested[option.name] === undefined);
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
    assert.ok(lines.length > 240, `only ${lines.length} lines`);
  });
  for (const line of lines) testLine(kernel, line);
}
