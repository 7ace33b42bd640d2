import assert from "node:assert/strict";
import { test } from "node:test";
import { parseScript } from "./language/parse-script.ts";
import { runScript } from "./run/run-script.ts";
import { stackKind } from "./stack-target.ts";

const CONVERSATION = parseScript(
  `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 1000 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1460>
+.1 < . 1:1(0) ack 1 win 1000
+0 accept(3, ..., ...) = 4
+0...7200 read(4, ..., 100) = 3
+7200 < P. 1:4(3) ack 1 win 1000
+0~+.05 > . 1:1(0) ack 4`,
  "conversation.pkt",
);

test("a script of two hours takes no time, and goes the same way each time", async () => {
  const results = await Promise.all([runScript(CONVERSATION, stackKind), runScript(CONVERSATION, stackKind)]);
  for (const { report, durationMs, latenessMs } of results) {
    assert.equal(report, undefined);
    assert.ok(durationMs >= 7_200_000);
    assert.equal(latenessMs, 0);
  }
  assert.deepEqual(results[0]?.trace, results[1]?.trace);
});

test("a call that waits for ever is told", async () => {
  const { report } = await runScript(
    parseScript("0 socket(..., SOCK_DGRAM, 0) = 3\n+0 recv(3, ..., 1, 0) = 1", "a.pkt"),
    stackKind,
  );
  assert.match(report ?? "", /^a\.pkt:2: at 0\.000000 s: recv waits;/);
});

const ASKS_FOR_ECN = `
0      socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0     connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0     > SEW 0:0(0) <mss 1460,nop,nop,sackOK,nop,wscale 7>`;

for (const [how, script] of Object.entries({
  "options say what sockets begin with": [
    "--sysctl=net.ipv4.tcp_ecn=1",
    "--sysctl=net.ipv4.tcp_timestamps=0",
    ASKS_FOR_ECN,
  ].join("\n"),
  "a stack understands sysctl(8)": `\`sysctl -q -w net.ipv4.tcp_ecn=1 net/ipv4/tcp_timestamps="0"\`${ASKS_FOR_ECN}`,
  "so it does in the middle": ASKS_FOR_ECN.replace(
    "0 ",
    "0 `sysctl net.ipv4.tcp_ecn=1; sysctl net.ipv4.tcp_timestamps=0`\n+0 ",
  ),
})) {
  void test(how, async () => {
    const { report } = await runScript(parseScript(script, "a.pkt"), stackKind);
    assert.equal(report, undefined);
  });
}

test("a sysctl that is not there, or does not take the value, ends the script before it begins", async () => {
  const reportOf = async (sysctl: string): Promise<string | undefined> =>
    (await runScript(parseScript(`--sysctl=${sysctl}\n0 close(3) = 0`, "a.pkt"), stackKind)).report;
  assert.equal(await reportOf("net.ipv4.tcp_unheard_of=1"), "a.pkt:1: a stack has no sysctl net.ipv4.tcp_unheard_of");
  assert.equal(await reportOf("net.ipv4.tcp_ecn=9"), 'a.pkt:1: the sysctl net.ipv4.tcp_ecn does not take "9"');
  assert.match((await reportOf('net.ipv4.tcp_rmem="4096 1"')) ?? "", /does not take "4096 1"$/);
  await assert.rejects(reportOf("kernel.panic=1"), { code: "ERR_SCRIPT" });
});

test("a stack has no shell", async () => {
  const { report } = await runScript(parseScript("`true`\n0 close(3) = 0", "a.pkt"), stackKind);
  assert.equal(report, "a.pkt:1: the command failed: a stack has no shell: true");
});
