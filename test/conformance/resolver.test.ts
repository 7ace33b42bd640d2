import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { conformance } from "./conformance.ts";

/*
 * The resolver works on threads of its own, so its tests are a process in a network of its own, with files of /etc of
 * its own: they are mounted over the machine's in a private mount namespace, which ends with the process.
 */
const program = fileURLToPath(new URL("resolver-program.js", import.meta.url));
const SET_UP = `set -e
ip link set lo up
mount --bind "$1/resolv.conf" "$(readlink -f /etc/resolv.conf)"
mount --bind "$1/nsswitch.conf" "$(readlink -f /etc/nsswitch.conf)"
exec "$2" --enable-source-maps "$3" "$4"`;

/** The steps of resolver-program.ts. */
const steps = [
  "a name that the server knows",
  "a name that it does not know",
  "a name without an address of that family",
  "the name of an address",
  "a server that does not answer: the event loop goes on, and the call can be aborted",
  "a server that never answers: EAI_AGAIN",
];

async function run(directory: string, step: string): Promise<string> {
  writeFileSync(join(directory, "resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  writeFileSync(join(directory, "nsswitch.conf"), "hosts: dns\nservices: files\n");
  const words = ["--net", "--mount", "sh", "-c", SET_UP, "sh", directory, process.execPath, program, step];
  const child = spawn("unshare", words, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const code = await new Promise((resolve) => child.once("close", resolve));
  return `${output}exit code ${String(code)}`;
}

conformance("resolver", (test) => {
  for (const step of steps) {
    test(step, { needs: ["namespaces", "processes"] }, async (t) => {
      assert.equal(await run(t.directory(), step), "exit code 0");
    });
  }
});
