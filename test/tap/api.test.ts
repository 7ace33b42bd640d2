/** `tap()` itself: what it opens, refuses, and gives back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { run, startProgram } from "../child-program.ts";
import { Namespace } from "../namespace.ts";
import { tap, type TapOptions } from "../../src/tap.ts";
import { missing, TapNamespace } from "./tap-namespace.ts";

const timeout = 30_000;
const PROGRAM = new URL("./tap-program.js", import.meta.url);

test("what is no option is refused before anything is opened", async () => {
  const wrong: [TapOptions, string][] = [
    [{ name: "a-name-that-is-too-long" }, "ERR_INVALID_ARG_VALUE"],
    [{ name: "tap/0" }, "ERR_INVALID_ARG_VALUE"],
    [{ name: "tap 0" }, "ERR_INVALID_ARG_VALUE"],
    [{ name: "tap%s" }, "ERR_INVALID_ARG_VALUE"],
    [{ name: "" }, "ERR_INVALID_ARG_VALUE"],
    [{ kind: "veth" as "tap" }, "ERR_INVALID_ARG_VALUE"],
    [{ addresses: ["10.7.0.2/33"] }, "ERR_INVALID_ARG_VALUE"],
    [{ addresses: "10.7.0.2/24" as unknown as string[] }, "ERR_INVALID_ARG_TYPE"],
    [{ peerAddresses: ["10.7.0"] }, "ERR_INVALID_ARG_VALUE"],
    [{ gateway: "10.7.0.1/24" }, "ERR_INVALID_ARG_VALUE"],
    [{ gateway: "router" }, "ERR_INVALID_ARG_VALUE"],
    [{ hardwareAddress: "01:00:5e:00:00:01" }, "ERR_INVALID_ARG_VALUE"],
    [{ hardwareAddress: "02:00" }, "ERR_INVALID_ARG_VALUE"],
    [{ mtu: 67 }, "ERR_OUT_OF_RANGE"],
    [{ mtu: 1500.5 }, "ERR_OUT_OF_RANGE"],
    [{ mtu: 1000, addresses: ["fd00::1/64"] }, "ERR_OUT_OF_RANGE"],
  ];
  for (const [options, code] of wrong) await assert.rejects(tap(options), { code }, JSON.stringify(options));
  await assert.rejects(tap(null as unknown as TapOptions), { code: "ERR_INVALID_ARG_TYPE" });
});

const skip = missing("ip");

/** Has `tap()` refuse, in a namespace. */
async function refusal(namespace: Namespace, options: TapOptions): Promise<{ code: string; message: string }> {
  return namespace.startProgram(PROGRAM, "refused", { args: [options] }).told();
}

test("a device that another program has is refused, and an interface of another kind", { skip, timeout }, async (t) => {
  const used = await TapNamespace.services(t);
  const { namespace } = used;
  assert.deepEqual(await refusal(namespace, { name: "tap0" }), {
    code: "EBUSY",
    message: "ioctl EBUSY (TUNSETIFF, tap0: another program has it)",
  });
  assert.equal((await refusal(namespace, { name: "lo" })).code, "EINVAL");
  assert.equal((await refusal(namespace, { name: "tap0", kind: "tun" })).code, "EINVAL");
  assert.equal((await refusal(namespace, { gateway: "10.9.9.9", addresses: ["10.8.0.1/24"] })).code, "ENETUNREACH");
  await used.end();
});

test("who has no privilege is told what is missing", { skip: missing("ip", "setpriv"), timeout }, async (t) => {
  const namespace = new Namespace(t);
  const under = namespace.wrap("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-all");
  const child = startProgram(t, PROGRAM, "refused", { args: [{ name: "tap0" }], under });
  const { code, message } = await child.told<{ code: string; message: string }>();
  assert.equal(code, "EPERM");
  assert.match(message, /CAP_NET_ADMIN/);
});

test("a device that was made before is taken, and left as it was", { skip, timeout }, async (t) => {
  const namespace = new Namespace(t);
  namespace.ip("tuntap", "add", "dev", "tap5", "mode", "tap");
  const child = namespace.startProgram(PROGRAM, "services", { args: [{ name: "tap5" }] });
  assert.deepEqual(await child.told(), { name: "tap5", kernel: "stack" });
  child.giveEnd();
  await child.exited;
  assert.match(await run("ip", "-n", namespace.name, "-br", "link", "show", "tap5"), /tap5 +DOWN/);
});

test(
  "the name is the kernel's choice when none is given; the device goes with the close",
  { skip, timeout },
  async (t) => {
    const namespace = new Namespace(t);
    const child = namespace.startProgram(PROGRAM, "services", { args: [{ name: "my%d" }] });
    assert.deepEqual(await child.told(), { name: "my0", kernel: "stack" });
    assert.match(await run("ip", "-n", namespace.name, "-br", "link"), /my0/);
    child.giveEnd();
    await child.exited;
    assert.doesNotMatch(await run("ip", "-n", namespace.name, "-br", "link"), /my0/);
  },
);

test("an address that somebody on the link has is not used", { skip, timeout }, async (t) => {
  const namespace = new Namespace(t);
  for (const taken of ["10.7.0.1", "fd00:7::1"]) {
    const peerAddresses = ["10.7.0.1/24", "fd00:7::1/64"];
    const options = { addresses: [`${taken}/24`], peerAddresses, detectDuplicates: true };
    const { code, message } = await refusal(namespace, options);
    assert.equal(code, "EADDRINUSE");
    assert.ok(message.includes(taken), message);
  }
});

test("what was sent before the close arrives, and the program ends", { skip, timeout }, async (t) => {
  const namespace = new Namespace(t);
  const child = namespace.startProgram(PROGRAM, "sendsAndCloses");
  assert.deepEqual(await child.told(), { sent: 3_000_000, received: 3_000_000 });
  assert.deepEqual(await child.exited, { code: 0, signal: null });
});

test("a device keeps the program alive while somebody waits, and not for itself", { skip, timeout }, async (t) => {
  const namespace = new Namespace(t);
  const idle = namespace.startProgram(PROGRAM, "opensAndReturns", { args: [false] });
  assert.deepEqual(await idle.exited, { code: 0, signal: null });
  const waiting = namespace.startProgram(PROGRAM, "opensAndReturns", { args: [true] });
  await waiting.told();
  assert.match(await run(...namespace.wrap("ping", "-c", "1", "-W", "5", "10.7.0.2")), /1 received/);
});

test(
  "an interface that is deleted ends the network with an error; one that is down loses frames",
  { skip, timeout },
  async (t) => {
    const namespace = new Namespace(t);
    const child = namespace.startProgram(PROGRAM, "losesItsDevice");
    await child.told();
    namespace.ip("link", "set", "tap0", "down");
    child.give("down\n");
    assert.equal(await child.told(), "still there");
    namespace.ip("link", "set", "tap0", "up");
    namespace.ip("link", "del", "tap0");
    assert.match(await child.told<string>(), /EBADFD|ENODEV/);
    assert.deepEqual(await child.exited, { code: 0, signal: null });
  },
);
