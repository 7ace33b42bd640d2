import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const FILE = "facts.c";

const prelude = `#include <stdio.h>
#include <stddef.h>
#include <string.h>
static void print_bytes(const char *name, const void *bytes, size_t count) {
  printf("%s 0x", name);
  for (size_t i = 0; i < count; i++) printf("%02x", ((const unsigned char *)bytes)[i]);
  putchar('\\n');
}`;

/** What a C program printed: the text of each fact, and the facts that this machine's headers do not have. */
export interface CFacts {
  readonly found: ReadonlyMap<string, string>;
  readonly missing: readonly string[];
}

/** The machine's C compiler; undefined where it has none. */
export const compiler: string | undefined = ["cc", "gcc", "clang"].find(
  (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
);

/**
 * Compiles a C program with one statement a fact, runs it, and takes what it prints: lines of a name and its text.
 * A statement that does not compile is a fact that the headers do not have; it is left out and the rest compiled again.
 */
export async function cFacts(cc: string, head: string, statements: ReadonlyMap<string, string>): Promise<CFacts> {
  const folder = await mkdtemp(join(tmpdir(), "dialtone-layout-"));
  try {
    const wanted = new Map(statements);
    const missing = await compile(cc, folder, head, wanted);
    const { stdout } = await run(join(folder, "facts"), [], { maxBuffer: 1 << 22 });
    const lines = stdout.split("\n").filter((line) => line !== "");
    return { found: new Map(lines.map((line) => line.split(" ") as [string, string])), missing };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Compiles what the headers allow; what they do not is taken out of `wanted` and returned. */
async function compile(cc: string, folder: string, head: string, wanted: Map<string, string>): Promise<string[]> {
  const missing: string[] = [];
  for (;;) {
    const before = `${head}\n${prelude}\nint main(void) {\n`;
    const names = [...wanted.keys()];
    const statements = [...wanted.values()].map((statement) => statement.replaceAll("\n", " ")); // A line each.
    const source = `${before}${statements.join("\n")}\nreturn 0; }\n`;
    await writeFile(join(folder, FILE), source);
    const refused = await run(cc, ["-w", "-fmax-errors=0", "-o", "facts", FILE], { cwd: folder, env: english() }).then(
      () => undefined,
      (error: { stderr: string }) => error.stderr,
    );
    if (refused === undefined) return missing;
    const first = before.split("\n").length;
    const lines = [...refused.matchAll(/facts\.c:(\d+):/g)].map((match) => Number(match[1]) - first);
    const without = new Set(lines.map((line) => names[line]).filter((name) => name !== undefined));
    if (without.size === 0) throw new Error(`the C headers do not compile:\n${refused.slice(0, 2000)}`);
    for (const name of without) wanted.delete(name);
    missing.push(...without);
  }
}

function english(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C" };
}
