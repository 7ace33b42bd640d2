import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AF_INET, SOCK_STREAM } from "../../src/api/constants.ts";
import {
  cut,
  failCall,
  firstOf,
  flap,
  hold,
  type Host,
  Internet,
  lan,
  partition,
  rule,
  type Rule,
  type SimKernel,
} from "../../src/sim.ts";
import { ask, echoClient, echoServerOn, whoAmI } from "./network-programs.ts";
import { codeOf, echoServer, pair } from "./programs.ts";

const TEXT = "hello".repeat(2000);

/** What comes of an echo over a link with a rule. */
async function echoWith(decide: Rule) {
  const { internet, server, client } = pair({ delayMs: 5 });
  server.run(echoServer);
  const call = client.run(echoClient, "10.0.0.1", 7, TEXT);
  using _ = rule(internet, decide);
  await internet.run();
  assert.equal(call.result, TEXT);
  assert.equal(internet.context.pool.inUse, 0);
  return internet;
}

describe("a rule", () => {
  test("drops the packets that it names, and TCP sends them again", async () => {
    const internet = await echoWith(({ protocol, number }) =>
      protocol === "tcp" && number % 7 === 0 ? "drop" : "pass",
    );
    assert.ok(internet.channels.some(({ counters }) => (counters.dropped.rule ?? 0) > 0));
  });

  test("duplicates, delays and changes them, and every byte comes once", async () => {
    const corrupt: Rule = ({ number }) => (number % 11 === 0 ? { change: (frame) => void (frame[60]! ^= 1) } : "pass");
    const slow: Rule = ({ number }) => (number % 5 === 0 ? { delayMs: 40 } : "pass");
    const twice: Rule = ({ number }) => (number % 3 === 0 ? "duplicate" : "pass");
    await echoWith(firstOf(corrupt, slow, twice));
  });

  test("sees what the packet is", async () => {
    const seen = new Set<string>();
    await echoWith(({ protocol, source, destinationPort, payload, length, timeMs, tcpFlags }) => {
      seen.add(protocol);
      if (destinationPort === 7) {
        assert.equal(source, "10.0.0.2");
        assert.ok(length >= 54 && timeMs >= 0 && tcpFlags !== 0);
        if (payload.length > 0) assert.equal(payload[0]! >= 101, true);
      }
      return undefined;
    });
    assert.deepEqual(Array.from(seen).sort(), ["arp", "tcp"]);
  });

  test("that answers what it may not ends the run, and says what it may", async () => {
    const { internet, server, client } = pair();
    server.run(echoServer);
    client.run(echoClient, "10.0.0.1", 7, "x");
    using _ = rule(internet, () => "lose" as never);
    await assert.rejects(internet.run(), /"drop"/);
  });

  test("holds what is sent until it is disposed", async () => {
    const { internet, server, client } = pair({ delayMs: 1 });
    server.run(echoServer);
    const call = client.run(echoClient, "10.0.0.1", 7, "hello");
    const held = hold(internet);
    internet.at(500, () => held[Symbol.dispose]());
    const { timeMs } = await internet.run();
    assert.equal(call.result, "hello");
    assert.ok(timeMs >= 500);
  });
});

describe("a partition", () => {
  /** Everybody asks everybody, and who answered is told by the number of the asked. */
  async function whoAnswers(part: (internet: Internet, hosts: readonly Host[]) => unknown) {
    const internet = new Internet();
    const { hosts } = lan(internet, { hosts: 3 });
    part(internet, hosts);
    for (const host of hosts) host.run(whoAmI, 53);
    const runs = hosts.flatMap((from, i) =>
      hosts.flatMap((to, j) => (from === to ? [] : [{ pair: `${i}${j}`, run: from.run(ask, `10.0.0.${j + 1}`, 53) }])),
    );
    await internet.run();
    return runs.filter(({ run }) => run.result !== undefined).map(({ pair: name }) => name);
  }

  test("parts groups from each other, and leaves the others alone", async () => {
    const answered = await whoAnswers((internet, [a, b]) => partition(internet, [[a!], [b!]]));
    assert.deepEqual(answered, ["02", "12", "20", "21"]);
  });

  test("one way is enough to lose both question and answer", async () => {
    const answered = await whoAnswers((internet, [a, b]) => partition(internet, [[a!], [b!]], { oneWay: true }));
    assert.deepEqual(answered, ["02", "12", "20", "21"]);
  });

  test("heals when it is disposed", async () => {
    const answered = await whoAnswers((internet, [a, b, c]) => {
      partition(internet, [[a!], [b!], [c!]])[Symbol.dispose]();
    });
    assert.equal(answered.length, 6);
  });
});

test("a cut cable loses what is on its way; mended, the connection goes on", async () => {
  const { internet, server, client } = pair({ delayMs: 5, bandwidthMbps: 1 });
  server.run(echoServer);
  const call = client.run(echoClient, "10.0.0.1", 7, TEXT);
  const [link] = internet.links;
  internet.at(40, () => {
    const cable = cut(internet, link!);
    internet.at(2000, () => cable[Symbol.dispose]());
  });
  const { timeMs } = await internet.run();
  assert.equal(call.result, TEXT);
  assert.ok(timeMs > 2000);
});

test("a link that flaps delays, and loses nothing for good", async () => {
  const { internet, server, client } = pair({ delayMs: 5, bandwidthMbps: 1 });
  server.run(echoServer);
  const call = client.run(echoClient, "10.0.0.1", 7, TEXT);
  flap(internet, internet.links, { upMs: 30, downMs: 20, times: 5 });
  await internet.run();
  assert.equal(call.result, TEXT);
  assert.throws(() => flap(internet, internet.links, { upMs: 0, downMs: 1 }), { code: "ERR_OUT_OF_RANGE" });
});

describe("a system call that is made to fail", () => {
  async function opener(kernel: SimKernel): Promise<string[]> {
    const codes: string[] = [];
    for (let i = 0; i < 4; i++) {
      codes.push(
        await codeOf(
          (async () => {
            const fd = kernel.socket(AF_INET, SOCK_STREAM);
            await kernel.connect(fd, { family: AF_INET, address: "10.0.0.1", port: 7 });
          })(),
        ),
      );
    }
    return codes;
  }

  test("fails at its place, the plain ones and those that wait", async () => {
    const { internet, server, client } = pair();
    server.run(echoServerOn, 7);
    failCall(client, "socket", { errno: "EMFILE", at: 2 });
    failCall(client, "connect", { errno: "ENETDOWN", at: 3 });
    const opened = client.run(opener);
    await internet.run();
    assert.deepEqual(opened.result, ["none", "EMFILE", "none", "ENETDOWN"]);
  });

  test("no more after it was disposed, in whatever order", async () => {
    const { internet, server, client } = pair();
    server.run(echoServerOn, 7);
    const first = failCall(client, "socket", { errno: "EMFILE", times: 9 });
    const second = failCall(client, "connect", { errno: "ENETDOWN", at: 2 });
    first[Symbol.dispose]();
    const opened = client.run(opener);
    await internet.run();
    assert.deepEqual(opened.result, ["none", "ENETDOWN", "none", "none"]);
    second[Symbol.dispose]();
  });

  test("names that are none are refused", () => {
    const { client } = pair();
    assert.throws(() => failCall(client, "accept", { errno: "EWHAT" as never }), { message: /EMFILE/ });
    assert.throws(() => failCall(client, "accept", { errno: "EMFILE", at: 0 }), { code: "ERR_OUT_OF_RANGE" });
  });
});
