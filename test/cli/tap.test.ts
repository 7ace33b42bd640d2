/** The commands on a TAP device of a network namespace. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Child, run } from "../child-program.ts";
import { folder } from "../interop/peers.ts";
import { Namespace } from "../namespace.ts";
import { missing } from "../tap/tap-namespace.ts";
import { dialtone } from "./dialtone.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const timeout = 30_000;
const skip = missing("nc", "ping");
const DEVICE = ["--ip", "10.7.0.2/24", "--peer", "10.7.0.1/24"];

/** A command in a namespace of its own. */
function start(t: TestContext, ...args: string[]): { namespace: Namespace; child: Child } {
  const namespace = new Namespace(t);
  const [command, ...rest] = namespace.wrap(process.execPath, MAIN, ...args);
  return { namespace, child: new Child(t, command, rest) };
}

const sh = (namespace: Namespace, line: string): Promise<string> => {
  const [command, ...rest] = namespace.wrap("sh", "-ec", line);
  return run(command, ...rest);
};

test("wrong usage says what is expected", async () => {
  const wrong: [string[], RegExp][] = [
    [["tap"], /which device\?/],
    [["tap", "tap0"], /which address shall the stack have\? --ip 10\.7\.0\.2\/24/],
    [["tap", "tap0", "--ip", "10.7.0.2"], /needs its prefix: 10\.7\.0\.2\/24/],
    [["tap", "tap0", "--ip", "10.7.0.2/24", "more"], /"more" is too many/],
    [["tap", "tap0", "--ip", "10.7.0.2/24", "--"], /which module/],
    [["tap", "tap0", "--ip", "10.7.0.2/24", "--mtu", "12"], /--mtu must be a whole number from 68/],
    [["tap", "tap/0", "--ip", "10.7.0.2/24"], /the name of an interface/],
    [["echo-server", "--ip", "10.7.0.2/24"], /--ip is for a stack on a device/],
    [["echo-server", "--tap", "tap0"], /which address/],
    [["echo-server", "--tap", "a", "--tun", "b", "--ip", "10.7.0.2/24"], /one device at a time/],
    [["echo-server", "--tap", "tap0", "--ip", "10.7.0.2/24", "--shape", "threads"], /a stack has one thread/],
    [["echo-client", "--tap", "tap0", "--ip", "10.7.0.2/24", "--unix", "@x", "word"], /stands instead of a device/],
  ];
  for (const [args, message] of wrong) {
    const { code, stderr } = await dialtone(...args);
    assert.match(stderr, message);
    assert.equal(code, 2, args.join(" "));
  }
});

test("echo-server --tap answers nc and ping, over TCP and UDP", { skip, timeout }, async (t) => {
  for (const how of [[], ["--udp"]]) {
    const { namespace, child } = start(t, "echo-server", "--tap", "tap0", ...DEVICE, ...how);
    assert.match(await child.line(), /^listening on 10\.7\.0\.2:7007 \(/);
    const nc = how.length === 0 ? "nc -N -w 5" : "nc -u -w 5 -W 1";
    assert.equal(await sh(namespace, `echo hello | ${nc} 10.7.0.2 7007`), "hello\n");
    assert.match(await sh(namespace, "ping -c 1 -W 5 10.7.0.2"), / 1 received/);
    assert.deepEqual(await child.kill("SIGINT"), { code: 0, signal: null });
    assert.match((await child.rest()).join(), /^1 (client|datagram), 6 bytes sent back$/);
    assert.doesNotMatch(await sh(namespace, "ip link"), /tap0/);
  }
});

test("echo-server says when the machine's end has no address", { skip, timeout }, async (t) => {
  const { namespace, child } = start(
    t,
    "echo-server",
    "9",
    "--tun",
    "tun0",
    "--ip",
    "10.7.0.1/24",
    "--ip",
    "fd00:7::2/64",
  );
  await child.said(/ip address add 10\.7\.0\.2\/24 dev tun0 .*\n.*ip address add fd00:7::1\/64 dev tun0/);
  assert.match(await child.line(), /^listening on \[::\]:9 \(/);
  namespace.ip("address", "add", "10.7.0.2/24", "dev", "tun0");
  assert.equal(await sh(namespace, "echo hello | nc -N -w 5 10.7.0.1 9"), "hello\n");
  await child.kill("SIGTERM");
});

test("echo-client --tap calls a server on the machine's own kernel", { skip, timeout }, async (t) => {
  const namespace = new Namespace(t);
  const node = (...args: string[]): [string, ...string[]] => namespace.wrap(process.execPath, MAIN, ...args);
  const [command, ...rest] = node("echo-server", "--address", "0.0.0.0");
  await new Child(t, command, rest).line();
  const [client, ...words] = node("echo-client", "10.7.0.1", "hello", "--tap", "tap0", ...DEVICE);
  assert.equal(await run(client, ...words), "hello\n");
});

test(
  "tap runs a module's program, and without one it answers ping until it is stopped",
  { skip, timeout },
  async (t) => {
    const module = join(folder(t), "server.mjs");
    writeFileSync(
      module,
      `export default async function (kernel, port, word) {
      const listener = kernel.socket(2, 1);
      kernel.bind(listener, { family: 2, address: "0.0.0.0", port: Number(port) });
      kernel.listen(listener);
      console.log("ready");
      const { fd } = await kernel.accept(listener);
      await kernel.send(fd, new TextEncoder().encode(word));
      kernel.close(fd);
    }`,
    );
    const one = start(t, "tap", "tap0", ...DEVICE, "--trace", "--", module, "99", "--word");
    assert.equal(await one.child.line(), "a stack on tap0: 10.7.0.2/24");
    assert.equal(await one.child.line(), "ready");
    assert.equal(await sh(one.namespace, "nc -N -w 5 10.7.0.2 99"), "--word");
    assert.deepEqual(await one.child.exited, { code: 0, signal: null });
    assert.match(one.child.stderr, /accept\(/);

    const other = start(t, "tap", "tap0", ...DEVICE, "--json");
    assert.deepEqual(await other.child.told(), { device: "tap0", addresses: ["10.7.0.2/24"] });
    assert.match(await sh(other.namespace, "ping -c 1 -W 5 10.7.0.2"), / 1 received/);
    assert.deepEqual(await other.child.kill("SIGTERM"), { code: 0, signal: null });
    const [numbers = ""] = await other.child.rest();
    assert.ok((JSON.parse(numbers) as { received: number }).received >= 2);
  },
);

test("a device that is gone, or cannot be had, ends a command with the reason", { skip, timeout }, async (t) => {
  const { namespace, child } = start(t, "tap", "tap0", ...DEVICE);
  await child.line();
  const [command, ...rest] = namespace.wrap(process.execPath, MAIN, "tap", "tap0", ...DEVICE);
  await assert.rejects(run(command, ...rest), /exited with 1: dialtone tap: ioctl EBUSY .*another program has it/);
  namespace.ip("link", "del", "tap0");
  assert.deepEqual(await child.exited, { code: 1, signal: null });
  assert.match(child.stderr, /^dialtone tap: read/);
});
