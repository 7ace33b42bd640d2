import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dialtone } from "./dialtone.ts";

const COMMANDS = ["demo", "echo-server", "echo-client", "script", "services", "tap"];

test("--help lists the commands, and each says how it is used, with examples and exit codes", async () => {
  const { code, stdout, stderr } = await dialtone("--help");
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  for (const name of COMMANDS) {
    assert.match(stdout, new RegExp(`^  ${name} `, "m"));
    const help = await dialtone(name, "--help");
    assert.equal(help.code, 0);
    assert.match(help.stdout, new RegExp(`^Usage: dialtone ${name}`, "m"));
    assert.match(help.stdout, /^Examples:$/m);
    assert.match(help.stdout, /^Exit codes: /m);
    assert.ok(help.stdout.split("\n").length <= 30, "short enough for a screen");
    assert.deepEqual(await dialtone("help", name), help);
  }
});

test("--version is the package's", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  assert.deepEqual(await dialtone("--version"), { code: 0, stdout: `${version}\n`, stderr: "" });
});

test("no command prints the help as an error", async () => {
  const { code, stdout, stderr } = await dialtone();
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  assert.match(stderr, /^Usage: dialtone <command>/m);
});

test("an unknown command suggests the nearest", async () => {
  assert.deepEqual(await dialtone("echo-sever"), {
    code: 2,
    stdout: "",
    stderr: 'dialtone: there is no command "echo-sever"\nDid you mean: dialtone echo-server\n',
  });
  assert.deepEqual(await dialtone("xyzzy"), {
    code: 2,
    stdout: "",
    stderr: 'dialtone: there is no command "xyzzy"\nTry: dialtone --help\n',
  });
});

const WRONG: readonly (readonly [args: string, reason: RegExp])[] = [
  ["--frob", /there is no option "--frob"/],
  ["demo --frob", /unknown option '--frob'/],
  ["demo now", /"now" is too many/],
  ["demo --clients 0", /--clients must be a whole number from 1 to 32, not "0"/],
  ["demo --shape square", /--shape must be one of iterative, concurrent, threads, processes, not "square"/],
  ["echo-server 7 8", /"8" is too many/],
  ["echo-server 65536", /a port is a number from 0 to 65535, not 65536/],
  ["echo-server nosuchservice", /no tcp service is named "nosuchservice"/],
  ["echo-server --shape square", /--shape must be one of/],
  ["echo-server --udp --shape iterative", /--shape is for streams/],
  ["echo-server --workers 2", /--workers needs --shape threads or processes/],
  ["echo-server --shape threads --workers x", /--workers must be a whole number/],
  ["echo-server --unix @name 7007", /--unix stands instead of a port/],
  ["echo-server --unix @", /--unix needs a path, or @name/],
  ["echo-client", /which server, and which word\?/],
  ["echo-client localhost", /which word shall be sent\?/],
  ["echo-client --unix @name", /which word shall be sent\?/],
  ["echo-client localhost hello 0", /nobody can be called at port 0/],
  ["echo-client localhost hello 70000", /a port is a number from 0 to 65535/],
  ["echo-client localhost hello you 7007", /no tcp service is named "you"|is too many/],
  ["echo-client localhost hello 7007 x", /"x" is too many/],
  ["echo-client --unix @name hello you", /"you" is too many/],
  ["echo-client localhost hello --timeout soon", /--timeout must be a whole number/],
  ["script", /which scripts\?/],
  ["script nowhere.pkt", /there is no file or folder nowhere\.pkt/],
  ["script src/cli", /no script \(\.pkt\) is below src\/cli/],
  ["script --kernel windows a.pkt", /--kernel must be one of stack, linux/],
  ["script --jobs 0 a.pkt", /--jobs must be a whole number from 1 to 64/],
  ["script --define 1=2 a.pkt", /--define is NAME=value, not "1=2"/],
  ["script a.pkt --define", /--define needs a value/],
  ["script --frob a.pkt", /unknown option '--frob'/],
  ["services http https", /"https" is too many/],
  ["services 65536", /a port is a number from 0 to 65535, not 65536/],
  ["services --protocol sctp", /--protocol must be one of tcp, udp, not "sctp"/],
];

for (const [args, reason] of WRONG) {
  test(`dialtone ${args}: wrong usage`, async () => {
    const { code, stdout, stderr } = await dialtone(...args.split(" "));
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    const [first = "", hint = "", ...more] = stderr.split("\n");
    assert.match(first, reason);
    assert.match(hint, /^Try: dialtone .*--help$/);
    assert.deepEqual(more, [""]);
  });
}
