import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Child, run } from "../child-program.ts";
import { cabled, Namespace, noNamespaces } from "../namespace.ts";
import { without, type Scope } from "./peers.ts";

const PROGRAMS = new URL("./packet-programs.js", import.meta.url);
const HERE = "10.91.0.1";
const THERE = "10.91.0.2";
const skip = noNamespaces() ?? false;

/** Two namespaces with a cable between them on which checksums are what is sent: no device fills them in later. */
async function cable(t: Scope): Promise<{ scope: Scope; here: Namespace; there: Namespace }> {
  const cleanUp: (() => unknown)[] = [];
  t.after(async () => {
    for (const work of cleanUp.reverse()) await work();
  });
  // The programs end before their namespaces.
  const scope = { after: (work: () => unknown): void => void cleanUp.push(work) };
  const here = new Namespace(scope);
  const there = new Namespace(scope);
  cabled(here, HERE, there, THERE);
  for (const each of [here, there]) await run(...each.wrap("python3", "-c", NO_CHECKSUM_OFFLOAD, "cable"));
  return { scope, here, there };
}

/** SIOCETHTOOL with ETHTOOL_STXCSUM: struct ifreq holds the address of a struct ethtool_value. */
const NO_CHECKSUM_OFFLOAD = `
import array, fcntl, socket, struct, sys
value = array.array("I", [0x17, 0])
request = struct.pack("16sP", sys.argv[1].encode(), value.buffer_info()[0])
fcntl.ioctl(socket.socket(), 0x8946, request.ljust(40, b"\\0"))
`;

/** A packet sniffer in a namespace, that has begun. */
async function sniff(scope: Scope, namespace: Namespace, ...command: string[]): Promise<Child> {
  const [program, ...args] = namespace.wrap(...command);
  const child = new Child(scope, program, args);
  // Asked to end, tshark takes its own helper along and removes its file.
  scope.after(() => child.kill("SIGTERM"));
  await child.said(/listening on|Capture started/i);
  return child;
}

async function lineWith(child: Child, pattern: RegExp): Promise<string> {
  for (;;) {
    const line = await child.line();
    if (pattern.test(line)) return line;
  }
}

describe("on the wire", { skip: skip || without("python3"), concurrency: true }, () => {
  test("our raw socket sees what ping asks", { skip: without("ping"), timeout: 20_000 }, async (t) => {
    const { scope, here, there } = await cable(t);
    const child = there.startProgram(PROGRAMS, "seesEchoRequests", { args: [2] });
    assert.equal(await child.told(), "listening");
    const [program, ...args] = here.wrap("ping", "-n", "-c", "2", "-i", "0.2", "-p", "646961", THERE);
    const ping = new Child(scope, program, args);
    for (const sequence of [1, 2]) assert.deepEqual(await child.told(), { from: HERE, sequence, data: "dia" });
    assert.equal((await ping.exited).code, 0, ping.stderr);
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
  });

  test(
    "tcpdump finds the checksums of what our sockets send right",
    { skip: without("tcpdump"), timeout: 20_000 },
    async (t) => {
      const { scope, here, there } = await cable(t);
      const tcpdump = await sniff(scope, there, "tcpdump", "-i", "cable", "-n", "-vvv", "-l", "--immediate-mode", "ip");
      const peer = there.startProgram(PROGRAMS, "echoes", { args: [THERE] });
      const ports = await peer.told<{ tcp: number; udp: number }>();
      const child = here.startProgram(PROGRAMS, "sends", { args: [THERE, ports] });
      assert.deepEqual(await child.told(), { tcp: "hello", udp: "datagram", icmp: "echo" });
      // Lines come in the packets' order: by TCP, by UDP, by a raw socket whose checksum is the program's.
      assert.match(await lineWith(tcpdump, /Flags \[P\.\].* length 5/), /cksum 0x[0-9a-f]{4} \(correct\)/);
      assert.match(await lineWith(tcpdump, /UDP, length 8/), /\[udp sum ok\]/);
      const icmp = await lineWith(tcpdump, /ICMP echo request/);
      assert.doesNotMatch(icmp, /wrong icmp cksum/);
      assert.match(icmp, /length 12/);
    },
  );

  test(
    "tshark reads a frame that we composed, checksums and all",
    { skip: without("tshark"), timeout: 30_000 },
    async (t) => {
      const { scope, here, there } = await cable(t);
      const peer = there.startProgram(PROGRAMS, "echoes", { args: [THERE] });
      const { udp } = await peer.told<{ tcp: number; udp: number }>();
      const fields = ["ip.checksum.status", "udp.checksum.status", "udp.srcport", "udp.dstport", "data.data"];
      const tshark = await sniff(
        scope,
        there,
        ...["tshark", "-i", "cable", "-l", "-c", "1", "-f", `udp dst port ${udp}`, "-T", "fields"],
        ...["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-d", `udp.port==${udp},data`],
        ...fields.flatMap((field) => ["-e", field]),
      );
      const child = here.startProgram(PROGRAMS, "sendsFrame", { args: [HERE, THERE, udp] });
      // The kernel at the other end took it: a socket answered. 1 is "good", for tshark.
      assert.equal(await child.told(), "framed");
      assert.deepEqual((await tshark.line()).split("\t"), ["1", "1", "4000", String(udp), "6672616d6564"]);
      assert.equal((await tshark.exited).code, 0, tshark.stderr);
    },
  );
});
