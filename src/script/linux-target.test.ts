import assert from "node:assert/strict";
import { test } from "node:test";
import { parseScript } from "./language/parse-script.ts";
import { linuxKind } from "./linux-target.ts";
import { runSurely } from "./run/run-surely.ts";

const skip = linuxKind.unavailable() ?? false;

/** The report of a script that goes otherwise, without its times. */
async function reportOf(source: string): Promise<string> {
  const { status, report } = await runSurely(parseScript(source, "a.pkt"), linuxKind);
  assert.equal(status, "failed");
  return (report ?? "").replaceAll(/\d\.\d{6} s/g, "TIME");
}

const LISTEN = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 1000 <mss 1000>
`;

test("another packet is shown beside the expected one", { skip }, async () => {
  assert.equal(
    await reportOf(`${LISTEN}* > S. 0:0(0) ack 2 <mss 1461>`),
    `a.pkt:5: at TIME: another packet went out
    * > S. 0:0(0) ack 2 <mss 1461>
                  expected    actual
        time      any time    TIME
        flags     S.          S.
        sequence  0:0(0)      0:0(0)
      ≠ ack       ack 2       ack 1
      ≠ options   <mss 1461>  <mss 1460>`,
  );
});

test("a packet that does not come, and one at another time", { skip }, async () => {
  const nothing = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 > S 0:0(0) <...>";
  assert.match(await reportOf(nothing), /^a\.pkt:2: at TIME: no packet went out\n/);
  const late = await reportOf(`${LISTEN}+.5 > S. 0:0(0) ack 1 <...>`);
  assert.match(late, /^a\.pkt:5: at TIME: the packet went out at another time\n/);
  assert.match(late, /≠ time +TIME +TIME\n/);
});

test("a call that returns something else", { skip }, async () => {
  const report = await reportOf(
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 connect(3, ..., ...) = -1 ENOENT (No such file)",
  );
  assert.match(report, /^a\.pkt:2: at TIME: connect waits; a call that may is written with its end/);
  assert.match(await reportOf("0 listen(7, 1) = 0"), /≠ returns {2}0 {9}-1 EBADF$/);
  assert.match(await reportOf("0 socket(..., 77, 0) = -1 EPERM"), /≠ returns {2}-1 EPERM {2}-1 EINVAL$/);
  const value = "0 socket(..., SOCK_STREAM, 0) = 3\n+0 getsockopt(3, SOL_TCP, TCP_NODELAY, [1], [4]) = 0";
  assert.match(await reportOf(value), /returns {2}0 {9}0\n.*≠ value {4}1 {9}0$/s);
});

test("a call that waits: it ends too early, or not at all", { skip }, async () => {
  const accept = `0 socket(..., SOCK_STREAM, 0) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0...0.05 accept(3, ..., ...) = 4`;
  assert.match(await reportOf(accept), /^a\.pkt:4: at TIME: accept still waits\n/);
  const early = `0 socket(..., SOCK_STREAM, 0) = 3
+0...0.2 connect(3, ..., ...) = 0
* > S 0:0(0) <...>
+0 < S. 0:0(0) ack 1 win 9 <mss 1000>
* > . 1:1(0) ack 1`;
  assert.match(await reportOf(early), /^a\.pkt:2: at TIME: connect went otherwise\n.*≠ ends/s);
});

test("an assertion, a command, a call that is not there", { skip }, async () => {
  const socket = "0 socket(..., SOCK_STREAM, 0) = 3\n";
  assert.match(
    await reportOf(`${socket}+0 %{ assert tcpi_state == 1 }%`),
    /it is not so: tcpi_state == 1\n +tcpi_state is 7\n/,
  );
  assert.match(await reportOf(`${socket}+0 \`exit 3\``), /^a\.pkt:2: at TIME: the command failed: exit code 3/);
  assert.equal(
    await reportOf(`${socket}+0 splice(3, 4) = 0`),
    "a.pkt:2: the call splice is not there: files are not the network's",
  );
});

test("a payload of other bytes than were written is found", { skip }, async () => {
  const script = `${LISTEN}* > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 1000
* accept(3, ..., ...) = 4
+0 < P. 2:12(10) ack 1 win 1000
* > . 1:1(0) ack 1
+0 < P. 1:12(11) ack 1 win 1000
* > . 1:1(0) ack 12
+0 read(4, "wrong", 100) = 11`;
  assert.match(await reportOf(script), /≠ data {5}"wrong" {3}"/);
});
