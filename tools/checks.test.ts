/** Each check finds what is planted for it: a check that is blind is worse than none. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";

const CONFIGURATION = [".oxlintrc.json", ".oxfmtrc.json", "knip.json", "package.json", "tsconfig.json"];

/** A project in a temporary folder with this one's configuration and the files given; removed at the end of `use`. */
function withProject(files: Readonly<Record<string, string>>, use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "dialtone-checks-"));
  try {
    for (const name of CONFIGURATION) cpSync(name, join(folder, name));
    for (const name of ["node_modules", "dist"]) symlinkSync(resolve(name), join(folder, name));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(
  folder: string,
  command: string,
  ...args: string[]
): { readonly status: number | null; readonly text: string } {
  // A test runner that runs in a test would take itself for a part of it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8", env });
  return { status, text: `${stdout}${stderr}` };
}

const tool = (folder: string, name: string): { readonly status: number | null; readonly text: string } =>
  run(folder, process.execPath, resolve("build", "tools", `${name}.js`));
const bin = (name: string): string => resolve("node_modules", ".bin", name);

/** Every line of `expected` is a part of the text, and the check failed. */
function assertFinds(
  result: { readonly status: number | null; readonly text: string },
  expected: readonly string[],
): void {
  assert.notEqual(result.status, 0, result.text);
  for (const part of expected) assert.ok(result.text.includes(part), `${part}\nis not in\n${result.text}`);
}

test("lint finds defects, and the clocks and imports that a folder may not have", () => {
  const plants: readonly (readonly [file: string, rule: string, text: string])[] = [
    ["src/a.ts", "no-floating-promises", "export async function f(): Promise<void> { f(); }"],
    [
      "src/b.ts",
      "no-misused-promises",
      "export async function f(): Promise<boolean> { if (f()) return true; return false; }",
    ],
    ["src/c.ts", "no-explicit-any", "export const x: any = 1;"],
    ["src/d.ts", "eqeqeq", "export const x = (a: number): boolean => a == 1;"],
    ["src/e.ts", "no-cycle", 'import { g } from "./f.ts"; export const e = (): number => g();'],
    ["src/f.ts", "no-cycle", 'import { e } from "./e.ts"; export const g = (): number => e();'],
    ["src/g.ts", "no-console", 'console.log("x");'],
    ["src/h.ts", "no-restricted-imports", 'import net from "node:net"; export const x = net.isIP("1");'],
    ["src/host/i.ts", "no-restricted-imports", 'import koffi from "koffi"; export const x = koffi.load("x");'],
    ["src/api/j.ts", "no-restricted-imports", 'import fs from "node:fs"; export const x = fs.readdirSync(".");'],
    ["src/socket/k.ts", "no-restricted-globals", "setTimeout(() => {}, 1);"],
    ["src/socket/l.ts", "no-restricted-properties", "export const x = Date.now();"],
    ["src/stack/m.ts", "no-restricted-globals", "export const x = performance.now();"],
    ["src/stack/n.ts", "no-restricted-globals", "export const x = Date.now();"],
    ["src/stack/o.ts", "no-restricted-globals", "export const x = globalThis.setTimeout(() => {}, 1);"],
    ["src/sim/p.ts", "no-restricted-properties", "export const x = Math.random();"],
    [
      "src/sim/q.ts",
      "no-restricted-imports",
      'import { randomInt } from "node:crypto"; export const x = randomInt(2);',
    ],
    ["src/r.ts", "no-restricted-properties", "export const x = process.env;"],
    ["src/s.ts", "only-throw-error", 'export function f(): never { throw "x"; }'],
    [
      "src/t.ts",
      "switch-exhaustiveness-check",
      'export function f(x: "a" | "b"): number { switch (x) { case "a": return 1; } return 2; }',
    ],
  ];
  const files = Object.fromEntries(plants.map(([file, , text]) => [file, `${text}\n`]));
  withProject({ ...files, "src/clean.ts": "export const clean = 1;\n" }, (folder) => {
    const { status, text } = run(folder, bin("oxlint"), "-f", "unix", "src");
    assert.notEqual(status, 0);
    const lines = text.split("\n");
    for (const [file, rule] of plants) {
      assert.ok(
        lines.some((line) => line.startsWith(`${file}:`) && line.includes(`(${rule})`)),
        `${rule} is silent in ${file}\n${text}`,
      );
    }
    assert.deepEqual(
      lines.filter((line) => line.startsWith("src/clean.ts")),
      [],
    );
  });
});

test("format:check finds a line that the formatter would change", () => {
  withProject({ "src/a.ts": "export const a={b:'c'}\n" }, (folder) => {
    assertFinds(run(folder, bin("oxfmt"), "--check"), ["src/a.ts"]);
  });
});

test("edges finds arrows that go the wrong way, and imports that lead nowhere", () => {
  const files = {
    "src/index.ts": 'import "./api/a.ts";\n',
    "src/api/a.ts": 'import type { n } from "../netdb/n.ts";\nimport "node:fs";\n',
    "src/netdb/n.ts": 'import "../index.ts";\nimport "dialtone";\n',
    "src/host/h.ts": 'import "koffi";\nimport "fast-check";\nimport "./h.test.ts";\nimport "./gone.ts";\n',
    "src/host/h.test.ts": 'import "../cli/c.ts";\n',
    "src/host/ffi/f.ts": 'import "koffi";\nimport "../../api/a.ts";\n',
    "src/cli/c.ts": 'import "../host/h.ts";\n',
    "src/new/x.ts": 'import "../api/a.ts";\n',
    "examples/e.ts": 'import "../src/index.ts";\n',
  };
  withProject(files, (folder) => {
    const result = tool(folder, "edges");
    assertFinds(result, [
      "src/api/a.ts → src/netdb/n.ts: api may import nothing",
      "src/api/a.ts → fs: api runs in a page",
      "src/netdb/n.ts → src/index.ts: netdb may import api",
      "src/ imports itself by relative paths",
      "koffi stays behind src/host/ffi/",
      "src/ imports nothing from outside",
      "src/host/h.ts → src/host/h.test.ts: a test is imported by tests alone",
      "./gone.ts is not there",
      "src/new/ has no row",
      "examples/e.ts → src/index.ts: an example imports",
      "9 modules",
      "10 against the arrows",
    ]);
  });
});

test("edges does not pass when it sees no import", () => {
  withProject({ "src/a.ts": "export {};\n" }, (folder) => assertFinds(tool(folder, "edges"), ["the parser is blind"]));
});

test("tidy finds what is too long, bare errors, sleeps, focused tests, and what belongs to one machine", () => {
  const files = {
    "src/long.ts": "export {};\n".repeat(501),
    "src/excused.ts": `// Long because it is a table.\n${"export {};\n".repeat(501)}`,
    "src/wide.ts": `// ${"x".repeat(120)}\n`,
    "src/error.ts": 'throw new Error("x");\n',
    "src/a.test.ts": "setTimeout(() => {}, 1);\n// waits for: nothing\nsetTimeout(() => {}, 2);\n",
    "src/b.test.ts": 'test.only("x", () => {});\ntest.skip("y", () => {});\n',
    "src/c.test.ts": 'open("/tmp/x");\n',
    "docs/x.md": "See /home/somebody/x.\n",
    "docs/y.md": "Ask registry.example.\n",
  };
  withProject(files, (folder) => {
    const result = tool(folder, "tidy");
    assertFinds(result, [
      "src/long.ts: 501 lines",
      "src/wide.ts:1: 123 characters",
      "src/error.ts:1: new Error(",
      "src/a.test.ts:1: setTimeout(",
      "src/b.test.ts:1: test.only(",
      "src/b.test.ts:2: test.skip(",
      'src/c.test.ts:1: "/tmp/',
      "docs/x.md:1: /home/somebody/",
      "docs/y.md:1: registry.e",
      "9 untidy places",
    ]);
  });
});

test("dead code finds a file and an export that nothing uses", () => {
  const files = {
    "src/index.ts": 'export { a } from "./a.ts";\n',
    "src/a.ts": "export const a = 1;\nexport const b = 2;\n",
    "src/c.ts": "",
  };
  withProject(files, (folder) => assertFinds(run(folder, bin("knip")), ["src/c.ts", "b"]));
});

const DOCS = {
  "README.md": "# a\n\n| a |\n",
  "README.ko.md": "# a\n\n| a |\n",
  "docs/dependencies.md": "",
  "src/index.ts": "export {};\n",
};

test("docs finds links, counts and scripts that are not so", () => {
  const files = {
    ...DOCS,
    "README.md": `# a\n\n[a](docs/gone.md) [b](docs/p.md#three) [c](docs/p.md#two-words)\n${"x\n".repeat(150)}`,
    "docs/p.md": "## Two words\n\nnpm run nothing\n\n```js\n1\n```\n",
    "docs/options.md": "# Options of long ago\n",
    "src/api/options/socket.ts": "export {};\n",
    "docs/calls.md": "<!-- from: src/api/calls/a.ts -->\n<!-- end -->\n",
    "src/api/calls/a.ts": "/** Sends: send(2). Errors: none. */\n  readonly send: (fd: number) => number;\n",
    "src/api/calls/blocking.ts": "export {};\n",
  };
  withProject(files, (folder) => {
    assertFinds(tool(folder, "check-docs"), [
      "README.md: 153 lines",
      "README.ko.md: 1 table rows, README.md: 0",
      "README.md:3: docs/gone.md: there is no docs/gone.md",
      "README.md:3: docs/p.md#three: docs/p.md has no such heading",
      "docs/p.md: npm run nothing: package.json has no such script",
      "docs/p.md:6: ```js: write ```ts",
      "no line says why koffi is needed",
      "docs/options.md is old",
      "docs/calls.md is old",
    ]);
  });
});

test("docs finds examples that do not compile", () => {
  const files = {
    ...DOCS,
    "docs/p.md": '# p\n\n```ts\nconst x: number = "text";\n```\n',
    "src/a.ts": '/**\n * A.\n *\n * @example\n * const y: number = "text";\n */\nexport {};\n',
  };
  withProject(files, (folder) => {
    const result = tool(folder, "check-docs");
    assertFinds(result, ["docs/p.md:4:7: error TS2322", "src/a.ts:5:7: error TS2322"]);
  });
});

test("docs finds examples that fail when they run", () => {
  const files = {
    ...DOCS,
    "docs/p.md": "# p\n\n```ts run\nprocess.exit(3);\n```\n\n```ts\nprocess.exit(4);\n```\n",
    "src/a.ts": [
      "/**",
      " * @example",
      " * 1 + 1; // 2",
      " * Number('x'); // NaN: no number",
      ' * JSON.parse("x"); // SyntaxError: Unexpected token',
      " */",
      "/**",
      " * @example",
      " * 1 + 1; // 3",
      " */",
      "/**",
      " * @example",
      ' * JSON.parse("1"); // SyntaxError: Unexpected token',
      " */",
      "/**",
      " * @example (not run: it would fail)",
      ' * throw new Error("x");',
      " */",
      "export {};",
    ].join("\n"),
  };
  withProject(files, (folder) => {
    const result = tool(folder, "check-docs");
    assertFinds(result, [
      "docs/p.md:4: the example exits with 3",
      "src/a.ts:9: the example exits with 1",
      "it gives 2, not 3",
      "src/a.ts:13: the example exits with 1",
      "it gives a value, but the comment says SyntaxError",
    ]);
    for (const well of ["docs/p.md:8", "src/a.ts:3", "src/a.ts:17"])
      assert.ok(!result.text.includes(well), result.text);
  });
});

test("the test runner fails on a test that fails, a file without one, a crash, a hang, and what is left behind", () => {
  const files = {
    "fails.test.ts": 'import { test } from "node:test"; test("fails", () => { throw new Error("expected"); });',
    "none.test.ts": "export {};",
    "crashes.test.ts": 'throw new Error("at once");',
    "hangs.test.ts":
      'import { test } from "node:test"; test("hangs", () => new Promise(() => setInterval(() => {}, 1e3)));',
    "leaves.test.ts": [
      'import { spawn } from "node:child_process";',
      'import { writeFileSync } from "node:fs";',
      'import { tmpdir } from "node:os";',
      'import { test } from "node:test";',
      'test("leaves", { skip: false }, () => {',
      '  spawn("sleep", ["60"], { detached: true, stdio: "ignore" }).unref();',
      '  writeFileSync(tmpdir() + "/left", "");',
      "});",
      'test("skips", { skip: "a reason" }, () => {});',
    ].join("\n"),
  };
  const compiled = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`build/${name.replace(/ts$/, "js")}`, text]),
  );
  withProject({ ...files, ...compiled }, (folder) => {
    const runner = resolve("build", "tools", "test.js");
    const { status, text } = run(folder, process.execPath, runner, "--timeout", "2", "--jobs", "5");
    assert.equal(status, 1, text);
    for (const part of [
      "FAIL fails",
      "it holds no test",
      "it exited with 1",
      "it did not end within 2 s and was ended: in hangs",
      "temporary file left",
      "sleep 60",
      "a reason (1)",
      "# tests 6\n# pass 1\n# fail 4\n# skipped 1",
    ]) {
      assert.ok(text.includes(part), `${part}\nis not in\n${text}`);
    }
    assert.equal(run(folder, process.execPath, runner, "no such test").status, 1);
  });
});
