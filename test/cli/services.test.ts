import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { serviceEntries } from "../../src/netdb/services.ts";
import { dialtone } from "./dialtone.ts";

const { source, entries } = serviceEntries();

test("the whole table, with its source", async () => {
  const { code, stdout, stderr } = await dialtone("services");
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const [first = "", ...rows] = stdout.trimEnd().split("\n");
  const name = source === "embedded" ? "dialtone's own table" : source;
  assert.equal(first, `${entries.length} services from ${name}`);
  assert.equal(rows.length, entries.length);
  assert.match(stdout, /^http +80\/tcp +well-known \(1–1023\)/m);
});

test("--json gives the table to programs", async () => {
  const { stdout } = await dialtone("services", "--json");
  const table = JSON.parse(stdout) as { source: string; services: { name: string; range: string }[] };
  assert.equal(table.source, source);
  assert.deepEqual(
    table.services.map(({ name }) => name),
    entries.map(({ name }) => name),
  );
  assert.equal(table.services.find(({ name }) => name === "ssh")?.range, "well-known");
});

test("--protocol leaves out the others", async () => {
  const { stdout } = await dialtone("services", "--protocol", "udp", "--json");
  const { services } = JSON.parse(stdout) as { services: { protocol: string }[] };
  assert.ok(services.length > 0 && services.length < entries.length);
  assert.ok(services.every(({ protocol }) => protocol === "udp"));
});

test("one entry by its name, by an alias, by its port", async () => {
  assert.match((await dialtone("services", "ssh")).stdout, /^ssh +22\/tcp +well-known \(1–1023\)\n/);
  assert.match((await dialtone("services", "mail", "--protocol", "tcp")).stdout, /^smtp +25\/tcp .* mail\n$/);
  assert.match((await dialtone("services", "53", "--protocol", "udp")).stdout, /^domain +53\/udp .*\n$/);
});

const RANGES: readonly (readonly [port: string, range: string])[] = [
  ["0", "reserved (0)"],
  ["1023", "well-known (1–1023)"],
  ["1024", "registered (1024–49151)"],
  ["49151", "registered (1024–49151)"],
  ["49152", "dynamic (49152–65535)"],
  ["65535", "dynamic (49152–65535)"],
];

for (const [port, range] of RANGES) {
  test(`port ${port} is ${range}, with or without a name`, async () => {
    const { code, stdout } = await dialtone("services", port);
    assert.equal(code, 0);
    assert.ok(stdout.includes(range), stdout);
  });
}

test("a port without a name says so", async () => {
  assert.equal((await dialtone("services", "65535")).stdout, "no name  65535  dynamic (49152–65535)\n");
  const { port, range, services } = JSON.parse((await dialtone("services", "65535", "--json")).stdout) as Record<
    string,
    unknown
  >;
  assert.deepEqual({ port, range, services }, { port: 65535, range: "dynamic", services: [] });
});

test("an unknown name is a failure, with the nearest one", async () => {
  const { code, stdout, stderr } = await dialtone("services", "telmet");
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.match(stderr, /^dialtone services: no service is named "telmet" in .+ \(did you mean telnet\?\)\n$/);
});

test("a reader that has seen enough is no error", async () => {
  const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
  // The pipe is closed before anything is written, so that every write meets EPIPE.
  const child = spawn(
    "sh",
    ["-c", 'exec 3>&1; (exec 3>&-; "$@"; echo "code $?" >&2) | true', "sh", process.execPath, main, "services"],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child, "close");
  assert.equal(said, "code 0\n");
});
