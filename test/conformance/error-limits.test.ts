import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { conformance, type Context } from "./conformance.ts";

const run = promisify(execFile);

interface Seen {
  readonly seen: readonly string[];
  readonly told?: readonly string[];
  readonly same?: boolean;
}

/** Runs one of the limited programs; `command` comes before the call of Node. */
async function limited(t: Context, program: string, command: readonly string[] = []): Promise<Seen> {
  const module = fileURLToPath(
    new URL(`./limited-program.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url),
  );
  const [file = process.execPath, ...args] = [...command, process.execPath, module, program, t.directory()];
  const { stdout } = await run(file, args, { timeout: 15_000 });
  return JSON.parse(stdout) as Seen;
}

conformance("errors under limits", (test) => {
  test("no descriptor is left: EMFILE, and no connection is lost", { needs: ["processes"] }, async (t) => {
    const { seen, told, same } = await limited(t, "fewDescriptors", ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh"]);
    assert.deepEqual(seen, [
      "socket EMFILE",
      "socketpair EMFILE",
      "dup EMFILE",
      "fcntl EMFILE",
      "accept EMFILE",
      "accept EMFILE",
      "poll EINVAL",
    ]);
    // A further accept would need a descriptor before it sees that nobody calls.
    assert.deepEqual(told?.slice(0, 2), ["EMFILE", "connection"]);
    assert.equal(same, true);
  });

  test("another user: EACCES and EPERM", { needs: ["processes", "root"] }, async (t) => {
    const { seen } = await limited(t, "otherUser");
    const unprivileged = Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "latin1")) <= 80;
    assert.deepEqual(seen, [
      unprivileged ? "done" : "bind EACCES",
      "bind EACCES",
      "bind EACCES",
      "connect EACCES",
      "connect EACCES",
      "connect EACCES",
      "sendto EACCES",
      "socket EPERM",
      "socket EPERM",
    ]);
  });

  test("a network without routes: ENETUNREACH", { needs: ["processes", "namespaces"] }, async (t) => {
    const name = `dt-${process.pid}-empty`;
    execFileSync("ip", ["netns", "add", name]);
    t.after(() => execFileSync("ip", ["netns", "delete", name]));
    const { seen } = await limited(t, "noNetwork", ["ip", "netns", "exec", name]);
    assert.deepEqual(seen, [
      "connect ENETUNREACH",
      "connect ENETUNREACH",
      "connect ENETUNREACH",
      "sendto ENETUNREACH",
      "sendto ENETUNREACH",
      "sendmsg ENETUNREACH",
      // An address may be bound, its interface up or not.
      "done",
    ]);
  });
});
