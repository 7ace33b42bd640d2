import assert from "node:assert/strict";
import { test } from "node:test";
import { ScriptFault } from "./fault.ts";
import { parseScript } from "./parse-script.ts";
import type { Action, EventTime, ScriptEvent } from "./tree.ts";

function eventOf(text: string): ScriptEvent {
  const { events } = parseScript(text, "a.pkt");
  assert.equal(events.length, 1);
  return events[0] as ScriptEvent;
}

const actionOf = (text: string): Action => eventOf(`0 ${text}`).action;

const TIMES: readonly (readonly [string, EventTime])[] = [
  ["0", { kind: "absolute", us: 0 }],
  ["0.100", { kind: "absolute", us: 100_000 }],
  ["+.1", { kind: "relative", us: 100_000 }],
  ["+0", { kind: "relative", us: 0 }],
  ["*", { kind: "any" }],
  ["1~2.5", { kind: "absolute range", us: 1_000_000, endUs: 2_500_000 }],
  ["+0~+.3", { kind: "relative range", us: 0, endUs: 300_000 }],
  ["+0.000001", { kind: "relative", us: 1 }],
];

for (const [text, time] of TIMES) {
  test(`the time ${text}`, () => assert.deepEqual(eventOf(`${text} > . 1:1(0) ack 1`).time, time));
}

test("a packet that comes in, with everything", () => {
  assert.deepEqual(actionOf("< [ect0] 40000 > 8080 FPU. 1:101(100) ack 7 win 500 urg 3 <nop,TS val 1 ecr 2>"), {
    kind: "packet",
    direction: "in",
    ip: { ecn: "ect0" },
    body: {
      kind: "tcp",
      ports: { source: 40_000, destination: 8080 },
      flags: 0x39,
      sequence: { start: 1, end: 101, length: 100 },
      acknowledgement: 7,
      window: 500,
      urgentPointer: 3,
      options: [{ kind: "nop" }, { kind: "TS", value: 1, echo: 2 }],
    },
  });
});

test("every option of TCP", () => {
  const action = actionOf(
    "> S 0:0(0) <mss 1460,wscale 7,sackOK,sack 1:2 3:4,TS val 1 ecr 0,nop,eol,FO,FO 0aff,FOEXP 00>",
  );
  assert.ok(action.kind === "packet" && action.body.kind === "tcp");
  assert.deepEqual(action.body.options, [
    { kind: "mss", value: 1460 },
    { kind: "wscale", value: 7 },
    { kind: "sackOK" },
    {
      kind: "sack",
      blocks: [
        { start: 1, end: 2 },
        { start: 3, end: 4 },
      ],
    },
    { kind: "TS", value: 1, echo: 0 },
    { kind: "nop" },
    { kind: "eol" },
    { kind: "FO", bytes: new Uint8Array(0) },
    { kind: "FO", bytes: Uint8Array.of(10, 255) },
    { kind: "FOEXP", bytes: Uint8Array.of(0) },
  ]);
});

test("options: none, and any", () => {
  const none = actionOf("> . 1:1(0) ack 1");
  const any = actionOf("> . 1:1(0) ack 1 <...>");
  assert.ok(none.kind === "packet" && none.body.kind === "tcp" && any.kind === "packet" && any.body.kind === "tcp");
  assert.deepEqual([none.body.options, any.body.options], [[], undefined]);
});

test("udp and icmp", () => {
  assert.deepEqual(actionOf("> udp 8080 > 1234 (100)"), {
    kind: "packet",
    direction: "out",
    ip: {},
    body: { kind: "udp", ports: { source: 8080, destination: 1234 }, length: 100 },
  });
  assert.deepEqual(actionOf("< icmp unreachable frag_needed mtu 1200 [1:1001(1000)]"), {
    kind: "packet",
    direction: "in",
    ip: {},
    body: {
      kind: "icmp",
      type: "unreachable",
      code: "frag_needed",
      mtu: 1200,
      id: undefined,
      about: { start: 1, end: 1001, length: 1000 },
    },
  });
});

test("a call, its arguments and its result", () => {
  assert.deepEqual(actionOf('setsockopt(3, SOL_TCP, TCP_CONGESTION, "cu" "bic", 5) = -1 ENOENT (No such file)'), {
    kind: "call",
    name: "setsockopt",
    args: [
      { kind: "number", value: 3 },
      { kind: "name", name: "SOL_TCP" },
      { kind: "name", name: "TCP_CONGESTION" },
      { kind: "string", text: "cubic", open: false },
      { kind: "number", value: 5 },
    ],
    result: { kind: "number", value: -1 },
    errno: "ENOENT",
    endUs: undefined,
  });
});

test("a call that waits has its end", () => {
  const event = eventOf("+0...0.25 connect(3, ..., ...) = 0");
  assert.deepEqual(event.time, { kind: "relative", us: 0 });
  assert.equal((event.action as { endUs: number }).endUs, 250_000);
});

test("structures, lists and functions", () => {
  const action = actionOf(
    'sendmsg(4, {msg_name(...)={sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("192.0.2.1")}, ' +
      "msg_iov(2)=[{..., 10}, {..., 20}], msg_flags=0}, MSG_MORE|MSG_DONTWAIT) = 30",
  );
  assert.ok(action.kind === "call");
  const [, message, flags] = action.args;
  assert.equal(message?.kind, "structure");
  assert.deepEqual(flags, {
    kind: "or",
    parts: [
      { kind: "name", name: "MSG_MORE" },
      { kind: "name", name: "MSG_DONTWAIT" },
    ],
  });
});

test("options, comments, commands, code and lines", () => {
  const script = parseScript(
    `// comment
--ip_version=ipv6 --tolerance_usecs=10000
\`sysctl -q net.ipv4.tcp_ecn=0\`
/* more
   lines */
0 close(3) = 0 // behind
+0 %{
assert tcpi_snd_cwnd == 10
}%
+1 > F. 1:1(0)
     ack 1
\`true\``,
    "a.pkt",
  );
  assert.deepEqual(
    script.options.map(({ line, name, value }) => [line, name, value]),
    [
      [2, "ip_version", "ipv6"],
      [2, "tolerance_usecs", "10000"],
    ],
  );
  assert.equal(script.initCommand?.command, "sysctl -q net.ipv4.tcp_ecn=0");
  assert.equal(script.cleanupCommand?.command, "true");
  assert.deepEqual(
    script.events.map(({ line, action }) => [line, action.kind]),
    [
      [6, "call"],
      [7, "code"],
      [10, "packet"],
    ],
  );
  assert.equal(script.events[2]?.text, "+1 > F. 1:1(0)\n     ack 1");
});

test("a define stands for its value, in every place", () => {
  const script = parseScript(
    '--define=SIZE=100 --define=WHAT="abc"\n0 write(4, WHAT, SIZE) = MORE',
    "a.pkt",
    new Map([["MORE", "7"]]),
  );
  const [event] = script.events;
  assert.ok(event?.action.kind === "call");
  assert.deepEqual(event.action.args.slice(1), [
    { kind: "string", text: "abc", open: false },
    { kind: "number", value: 100 },
  ]);
  assert.deepEqual(event.action.result, { kind: "number", value: 7 });
});

const FAULTS: readonly (readonly [string, string])[] = [
  ["0 > X 1:1(0)", 'a.pkt:1: "X" is no flag of TCP\'s (F S R P . U E W A), found "1"'],
  ["\n0 > . 1:1(0)", 'a.pkt:2: "." needs ack and its number, found the script\'s end'],
  ["0 > S 0:0(0) ack 1", 'a.pkt:1: ack needs "." among the flags, found the script\'s end'],
  ["0 > . 1:11(9) ack 1", 'a.pkt:1: 1:11 is not 9 bytes long, found "ack"'],
  ["0 < . 1:1(0) ack 1", "a.pkt:1: a packet that comes in needs its window (win …), found the script's end"],
  ["* < . 1:1(0) ack 1 win 9", "a.pkt:1: a packet that comes in has one time, found the script's end"],
  ["0 > . 1:1(0) ack 1 <what>", 'a.pkt:1: "what" is no option of TCP that is there'],
  ["0 close(3", 'a.pkt:1: expected "," or ")", found the script\'s end'],
  ["0 close(3)", 'a.pkt:1: expected "=" and the result, found the script\'s end'],
  ["2~1 > . 1:1(0) ack 1", "a.pkt:1: a range of time ends before it begins"],
  ["+.5...0.1 close(3) = 0", "a.pkt:1: the call ends before it begins"],
  ['0 write(3, "abc, 3) = 3', 'a.pkt:1: " is not closed'],
  ["close(3) = 0", "a.pkt:1: expected a time in seconds"],
  ["0 > gre: . 1:1(0) ack 1", "a.pkt:1: packets in packets"],
  ["0 > 1 > 65536 . 1:1(0) ack 1", "a.pkt:1: a port is below 65536"],
];

for (const [text, message] of FAULTS) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parseScript(text, "a.pkt"),
      (error) => error instanceof ScriptFault && error.message.startsWith(message),
    );
  });
}
