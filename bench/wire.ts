/**
 * What the formats cost: the checksum by length, and reading and writing each header, in nanoseconds.
 * `node build/bench/wire.js [--rounds N] [--seconds S]`
 */
import { parseArgs } from "node:util";
import { checksum, pseudoHeaderSum, updateChecksum } from "../src/wire/checksum.ts";
import { emitEthernet, EthernetHeader, parseEthernet } from "../src/wire/ethernet.ts";
import { IpHeader, MAPPED_WORD } from "../src/wire/ip-header.ts";
import { PROTOCOL_TCP } from "../src/wire/ip-protocol.ts";
import { emitIpv4, parseIpv4 } from "../src/wire/ipv4.ts";
import { emitIpv6, parseIpv6 } from "../src/wire/ipv6.ts";
import { OK, reasonText } from "../src/wire/reason.ts";
import { TCP_ACK, TcpHeader } from "../src/wire/tcp-header.ts";
import { emitTcp, parseTcp, sealTcp } from "../src/wire/tcp.ts";
import { emitUdp, parseUdp, UdpHeader } from "../src/wire/udp.ts";
import { describeMachine, machineText } from "./machine.ts";
import { median } from "./median.ts";
import { figure, table } from "./table.ts";

const AT_ONCE = 1000;
/** Where packets begin: behind headroom, and behind an Ethernet header, so at no multiple of four. */
const START = 192 + 14;

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "7" }, seconds: { type: "string", default: "0.05" } },
});
const seconds = Number(values.seconds);

const view = new DataView(new ArrayBuffer(START + 0x10000 + 64));
for (let at = 0; at < view.byteLength; at++) view.setUint8(at, (at * 7919) >>> 3);

/** What is computed goes here, so that no loop is left out as useless. */
let sink = 0;

/** Nanoseconds of one of a thousand at once, over at least the seconds asked for. */
function loop(once: (i: number) => number): number {
  const start = performance.now();
  let count = 0;
  for (let now = start; now < start + seconds * 1000; now = performance.now()) {
    for (let i = 0; i < AT_ONCE; i++) sink ^= once(i);
    count += AT_ONCE;
  }
  return ((performance.now() - start) * 1e6) / count;
}

const ethernet = Object.assign(new EthernetHeader(), { destinationHigh: 0x0200, sourceHigh: 0x0200, type: 0x0800 });
const ip4 = Object.assign(new IpHeader(), {
  hopLimit: 64,
  protocol: PROTOCOL_TCP,
  source2: MAPPED_WORD,
  source3: 0x0a000001,
  destination2: MAPPED_WORD,
  destination3: 0x0a000002,
});
const ip6 = Object.assign(new IpHeader(), { version: 6, hopLimit: 64, protocol: PROTOCOL_TCP, destination3: 1 });
const tcp = Object.assign(new TcpHeader(), { sourcePort: 7007, flags: TCP_ACK, window: 512, hasTimestamps: true });
const syn = Object.assign(new TcpHeader(), { mss: 1460, windowScale: 7, sackPermitted: true, hasTimestamps: true });
const sacked = Object.assign(new TcpHeader(), { hasTimestamps: true, sackCount: 3 });
const udp = Object.assign(new UdpHeader(), { sourcePort: 53, destinationPort: 1024 });
const readEthernet = new EthernetHeader();
const readIp = new IpHeader();
const readTcp = new TcpHeader();
const readUdp = new UdpHeader();
const pseudo = pseudoHeaderSum(0, 0, 0xffff, 1, 0, 0, 0xffff, 2, PROTOCOL_TCP, 32);

/** Offsets of the packets that are read, each in memory of its own. */
const at = { ethernet: START, ip4: START + 256, ip6: START + 512, tcp: START + 768, syn: START + 1024 } as const;
const ends = {
  ethernet: emitEthernet(view, at.ethernet, ethernet),
  ip4: emitIpv4(view, at.ip4, ip4, 32) + 32,
  ip6: emitIpv6(view, at.ip6, ip6, 32) + 32,
  tcp: emitTcp(view, at.tcp, tcp),
  syn: emitTcp(view, at.syn, syn),
} as const;
const sackedStart = START + 1280;
const sackedEnd = emitTcp(view, sackedStart, sacked);
const udpStart = START + 1536;
const udpEnd = emitUdp(view, udpStart, udp, 32) + 32;
const written = START + 2048;

const subjects: Readonly<Record<string, (i: number) => number>> = {
  "checksum of 20 B": (i) => checksum(view, START + (i & 7), START + (i & 7) + 20),
  "checksum of 536 B": (i) => checksum(view, START + (i & 7), START + (i & 7) + 536),
  "checksum of 1460 B": (i) => checksum(view, START + (i & 7), START + (i & 7) + 1460),
  "checksum of 65160 B": (i) => checksum(view, START + (i & 7), START + (i & 7) + 65_160),
  "checksum update (RFC 1624)": (i) => updateChecksum(i, 0x4006, 0x3f06),
  "pseudo-header sum": (i) => pseudoHeaderSum(0, 0, 0xffff, i, 0, 0, 0xffff, ~i, PROTOCOL_TCP, 1480),
  "read Ethernet": () => parseEthernet(view, at.ethernet, ends.ethernet, readEthernet),
  "read IPv4, checksum verified": () => parseIpv4(view, at.ip4, ends.ip4, readIp),
  "read IPv6": () => parseIpv6(view, at.ip6, ends.ip6, readIp),
  "read UDP": () => parseUdp(view, udpStart, udpEnd, readUdp),
  "read TCP with timestamps": () => parseTcp(view, at.tcp, ends.tcp, readTcp),
  "read TCP SYN, all options": () => parseTcp(view, at.syn, ends.syn, readTcp),
  "read TCP with three SACK blocks": () => parseTcp(view, sackedStart, sackedEnd, readTcp),
  "write Ethernet": () => emitEthernet(view, written, ethernet),
  "write IPv4, checksum made": (i) => {
    ip4.identification = i;
    return emitIpv4(view, written, ip4, 1480);
  },
  "write IPv6": () => emitIpv6(view, written, ip6, 1480),
  "write UDP": () => emitUdp(view, written, udp, 1472),
  "write TCP with timestamps": () => emitTcp(view, written, tcp),
  "write TCP with timestamps, sealed": () => {
    const end = emitTcp(view, written, tcp);
    sealTcp(view, written, end, pseudo);
    return end;
  },
  "write TCP SYN, all options": () => emitTcp(view, written, syn),
};

/** Everything that is read is read whole: a loop over what is refused would be fast, and say nothing. */
for (const [name, once] of Object.entries(subjects)) {
  const reason = name.startsWith("read ") ? once(0) : OK;
  if (reason !== OK) console.log(`${name}: ${reasonText(reason)}`);
  loop(once);
}

console.log(machineText(describeMachine()));
const rows = Object.entries(subjects).map(([name, once]) => {
  const rounds = Array.from({ length: Number(values.rounds) }, () => loop(once));
  return [name, figure(median(rounds), 1), figure(Math.min(...rounds), 1)];
});
console.log(`\nnanoseconds, of ${values.rounds} rounds (${sink & 1})\n`);
console.log(table(1, ["what", "median", "best"], rows));
