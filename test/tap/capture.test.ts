/** Wireshark finds no fault in what a stack and Linux say to each other. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Child, run } from "../child-program.ts";
import { folder } from "../interop/peers.ts";
import { missing, TapNamespace } from "./tap-namespace.ts";
import { LINUX4, STACK4, STACK6 } from "./tap-program.ts";

const skip = missing("tcpdump", "tshark", "iperf3", "ping", "nc", "curl");
const timeout = 120_000;
/** Checksums are looked at. */
const PREFERENCES = ["ip", "tcp", "udp"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);
const NOTE = 0x400000;

/** Captures what passes the device while `work` is done. */
async function capture(t: TestContext, tap: TapNamespace, work: () => Promise<unknown>): Promise<string> {
  const file = join(folder(t), "tap0.pcap");
  const [command, ...args] = tap.namespace.wrap(
    ..."tcpdump --immediate-mode -U -Z root -s 2000 -B 65536 -i tap0 -w".split(" "),
    file,
  );
  const tcpdump = new Child(t, command, args);
  await tcpdump.said(/listening on/);
  await work();
  await tcpdump.kill("SIGINT");
  assert.match(tcpdump.stderr, /\n0 packets dropped by kernel/);
  return file;
}

/** The frames of a capture that a filter finds, and what tshark's experts say of each. */
async function experts(file: string, filter: string): Promise<string[]> {
  const fields = ["-T", "fields", "-e", "frame.number", "-e", "_ws.col.Info", "-e", "_ws.expert.message"];
  const said = await run("tshark", "-r", file, ...PREFERENCES, "-Y", filter, ...fields);
  return said.split("\n").filter((line) => line !== "");
}

/** A checksum that is wrong, a frame that is no such. */
const FAULTY = ["ip", "tcp", "udp", "icmp", "icmpv6", "igmp"]
  .map((protocol) => `${protocol}.checksum.status == "Bad"`)
  .concat("_ws.malformed")
  .join(" || ");
/** Without loss nothing is sent again, or missing, or out of order, or beyond the window. */
const SEQUENCE = [
  "retransmission",
  "fast_retransmission",
  "spurious_retransmission",
  "lost_segment",
  "ack_lost_segment",
  "out_of_order",
  "reused_ports",
  "zero_window_probe",
]
  .map((name) => `tcp.analysis.${name}`)
  .join(" || ");

/** A busy machine has Linux think that what is answered late was lost: it is told to wait longer before it does. */
const PATIENCE = `
  echo 0 > /proc/sys/net/ipv4/tcp_early_retrans
  ip route change 10.7.0.0/24 dev tap0 proto kernel scope link src ${LINUX4} rto_min 20s
  ip -6 route replace fd00:7::/64 dev tap0 metric 100 rto_min 20s`;

test("tshark finds no fault in pings, datagrams, HTTP and refusals", { skip, timeout }, async (t) => {
  const tap = await TapNamespace.services(t, { offload: false });
  await tap.sh(PATIENCE);
  const file = await capture(t, tap, async () => {
    for (const target of [STACK4, STACK6]) {
      await tap.run("ping", "-c", "2", "-i", "0.01", "-W", "5", "-s", "20000", target);
      await tap.sh(`echo hello | nc -N -w 5 ${target} 7`);
      await tap.sh(`echo hello | nc -u -w 5 -W 1 ${target} 7`);
      await tap.sh(`echo hello | nc -u -w 1 ${target} 9 || true`);
      await tap.sh(`nc -z -w 5 ${target} 9 || true`);
      await tap.sh(`curl -sS http://${target.includes(":") ? `[${target}]` : target}/a`);
    }
  });
  assert.deepEqual(await experts(file, FAULTY), []);
  assert.deepEqual(await experts(file, SEQUENCE), []);
  // What is left are resets of closed ports, and ICMP's answers.
  const warnings = await experts(file, `_ws.expert.severity > ${NOTE}`);
  assert.ok(
    warnings.every((line) => /RST/.test(line)),
    warnings.join("\n"),
  );
  await tap.end();
});

for (const way of [[], ["-R"]]) {
  const title = way.length === 0 ? "that Linux sends" : "that the stack sends";
  test(`tshark finds no fault in streams ${title}`, { skip, timeout }, async (t) => {
    const tap = await TapNamespace.services(t, { offload: false });
    await tap.sh(PATIENCE);
    const file = await capture(t, tap, async () => {
      for (const target of [STACK4, STACK6]) await tap.run("iperf3", "-c", target, "-n", "2M", ...way);
    });
    assert.deepEqual(await experts(file, FAULTY), []);
    assert.deepEqual(await experts(file, SEQUENCE), []);
    const bytes = await run("tshark", "-r", file, "-q", "-z", "io,stat,0,SUM(tcp.len)tcp.len");
    assert.ok(Number(/\|\s*0[\d.]* <> [\d.]+ *\|\s*(\d+)/.exec(bytes)?.[1]) >= 2 << 20, bytes);
    await tap.end();
  });
}
