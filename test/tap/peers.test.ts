/** What Linux's own programs say of a stack on a TAP device. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TapNamespace, missing } from "./tap-namespace.ts";
import { LARGE_SHA256, STACK4, STACK6 } from "./tap-program.ts";

const timeout = 60_000;
const KINDS = [{}, { offload: false }, { kind: "tun", name: "tun0" }, { mtu: 9000 }] as const;
const TARGETS = [STACK4, STACK6];

for (const options of KINDS) {
  const how = JSON.stringify(options);

  test(`ping ${how}: small, large and fragmented`, { skip: missing("ping"), timeout }, async (t) => {
    const tap = await TapNamespace.services(t, options);
    for (const target of TARGETS) {
      for (const bytes of [0, 56, 1472, 1473, 20_000, 65_000]) {
        const said = await tap.run("ping", "-c", "3", "-i", "0.01", "-w", "10", "-s", String(bytes), target);
        assert.match(said, /(\d+) packets transmitted, \1 received/);
        assert.doesNotMatch(said, /wrong data|DUP/);
      }
    }
    assertNothingLeft(await tap.end());
  });

  test(`nc ${how}: echo over TCP and UDP`, { skip: missing("nc"), timeout }, async (t) => {
    const tap = await TapNamespace.services(t, options);
    for (const target of TARGETS) {
      assert.equal(await tap.sh(`echo hello | nc -N -w 5 ${target} 7`), "hello\n");
      assert.equal(
        await tap.sh(`head -c 3000000 /dev/zero | tr '\\0' x | nc -N -w 5 ${target} 7 | wc -c`),
        "3000000\n",
      );
      assert.equal(await tap.sh(`echo hello | nc -u -w 5 -W 1 ${target} 7`), "hello\n");
      assert.match(await tap.sh(`nc -vz -w 5 ${target} 9 2>&1 || true`), /Connection refused/);
    }
    assertNothingLeft(await tap.end());
  });

  test(`curl ${how}: HTTP`, { skip: missing("curl"), timeout }, async (t) => {
    const tap = await TapNamespace.services(t, options);
    for (const host of [STACK4, `[${STACK6}]`]) {
      assert.equal(await tap.run("curl", "-sS", `http://${host}/a?b`), "GET /a?b 0\n");
      assert.equal(await tap.sh(`head -c 3000000 /dev/zero | curl -sS -T - http://${host}/up`), "PUT /up 3000000\n");
      assert.match(await tap.sh(`curl -sS http://${host}/large | sha256sum`), new RegExp(`^${LARGE_SHA256} `));
    }
    assertNothingLeft(await tap.end());
  });
}

test(
  "ping: what does not fit the path is said, and a name that nobody has",
  { skip: missing("ping"), timeout },
  async (t) => {
    const tap = await TapNamespace.services(t);
    await assert.rejects(tap.run("ping", "-c", "1", "-W", "1", "10.7.0.77"), /exited with 1/);
    const whole = await tap.run("ping", "-c", "1", "-M", "do", "-s", "1472", "-W", "5", STACK4);
    assert.match(whole, /1 received/);
    assertNothingLeft(await tap.end());
  },
);

interface Scanned {
  readonly port: string;
  readonly state: string;
}

function scanned(said: string): Scanned[] {
  return Array.from(said.matchAll(/^(\d+\/\w+)\s+(\S+)/gm), ([, port = "", state = ""]) => ({ port, state }));
}

for (const [name, flags, filtered] of [
  ["connect", ["-sT"], "closed"],
  ["SYN", ["-sS"], "closed"],
  ["UDP", ["-sU"], "closed"],
] as const) {
  test(`nmap: a ${name} scan finds what listens, and nothing else`, { skip: missing("nmap"), timeout }, async (t) => {
    const tap = await TapNamespace.services(t);
    // ICMP's errors are limited to a few at a time, and one a second afterwards.
    const ports = name === "UDP" ? "5-9" : "1-1000,5201";
    const said = await tap.run("nmap", "-n", "-Pn", "-v", ...flags, "-p", ports, STACK4);
    const open = scanned(said).filter(({ state }) => state.startsWith("open"));
    const expected = name === "UDP" ? ["7/udp"] : ["7/tcp", "80/tcp", "5201/tcp"];
    assert.deepEqual(open.map(({ port }) => port).sort(), [...expected].sort());
    assert.doesNotMatch(said, new RegExp(`filtered(?!.*${filtered})`));
    assertNothingLeft(await tap.end());
  });
}

/** Nothing is left behind, and nothing was refused. */
function assertNothingLeft(left: Awaited<ReturnType<TapNamespace["end"]>>): void {
  assert.deepEqual(
    { ...left, device: { ...left.device, sendDown: 0 } },
    {
      packetsInUse: 0,
      descriptors: 0,
      filesLeft: [],
      device: { sendFull: 0, sendDown: 0, sendErrors: 0, receiveErrors: 0 },
    },
  );
}
