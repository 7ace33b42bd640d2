import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Leftovers } from "../leftovers.ts";
import type { Example } from "./examples.ts";

/** An example that takes longer waits for something that never comes. */
const RUN_TIMEOUT_MS = 20_000;

/** The module of the functions that assert what the comments in an example say. */
const ASSERTIONS = fileURLToPath(new URL("assert-value.js", import.meta.url));

const TSCONFIG = {
  compilerOptions: {
    target: "es2022",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    types: ["node"],
    typeRoots: [resolve("node_modules", "@types")],
    rootDir: ".",
    outDir: "out",
  },
  include: ["**/*.ts"],
  exclude: ["out", "node_modules"],
};

/** Compiles the examples as a reader of theirs would, runs those that are to be run, and tells what is wrong. */
export async function checkExamples(examples: readonly Example[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "dialtone-docs-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(process.cwd(), join(folder, "node_modules", "dialtone"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
    for (const example of examples) {
      const path = join(folder, `${placeOf(example)}.ts`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, await programOf(example));
    }
    const faults = compile(folder);
    return faults.length > 0 ? faults : await runAll(folder, examples);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where an example stands in the temporary folder: below a folder of its file's name, its line as its name. */
function placeOf({ file, line }: Example): string {
  return join(file, String(line));
}

/** The example at the same lines as in its file, so that the compiler's messages are about that file. */
async function programOf(example: Example): Promise<string> {
  const { text, line, isComment } = example;
  const body = isComment ? text.replace(/^(.*); \/\/ (.*)$/gm, assertion) : text;
  const first = isComment ? await importsOf(example) : "";
  return `${first}${"\n".repeat(line - 1)}${body}\nexport {};\n`;
}

const STATEMENT = /^((const|let|var|import|export|return|throw|if|for|while|using|await using)\b|\}|\/\/)/;
const VALUE = /^(["'`[{]|-?\d|(?:true|false|undefined|null|NaN|Infinity)\b|[A-Z]\w* [[{])/;
const FAILURE = /^(\w*Error: |(throws|rejects with) [A-Z])/;

/** `inet_aton("1")?.length; // 4` as an assertion; what is no whole expression, or has no value behind it, stays. */
function assertion(whole: string, expression: string, value: string): string {
  const isWhole = expression.split("(").length === expression.split(")").length;
  if (!isWhole || STATEMENT.test(expression) || /^\s/.test(expression)) return whole;
  if (FAILURE.test(value)) return `await assertThrows(() => ${expression}, ${JSON.stringify(value)});`;
  if (!VALUE.test(value)) return whole;
  return `assertValue(${expression}, ${JSON.stringify(value)});`;
}

/** One line: the package's names that the example uses, else those of its own module, and the assertion. */
async function importsOf({ file, text }: Example): Promise<string> {
  const words = new Set(text.match(/\w+/g));
  const declared = new Set(
    [...text.matchAll(/\b(?:const|let|function|class|import)\s+(?:\{\s*)?(\w+)/g)].map(([, name]) => name),
  );
  const wanted = (names: Iterable<string>): string[] =>
    [...names].filter((name) => words.has(name) && !declared.has(name));
  const ownPath = resolve(file.replace(/^src\//, "dist/").replace(/\.ts$/, ".js"));
  const packageNames = wanted(await namesOf(resolve("dist/index.js")));
  const ownNames = wanted(await namesOf(ownPath)).filter((name) => !packageNames.includes(name));
  return [
    `import { ${packageNames.join(", ")} } from "dialtone";`,
    ownNames.length === 0 ? "" : `import { ${ownNames.join(", ")} } from ${JSON.stringify(ownPath)};`,
    `import { assertThrows, assertValue } from ${JSON.stringify(ASSERTIONS)};`,
  ].join(" ");
}

async function namesOf(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  return Object.keys((await import(pathToFileURL(path).href)) as object);
}

function compile(folder: string): string[] {
  const { stdout, status } = spawnSync(resolve("node_modules/.bin/tsc"), ["-p", folder, "--pretty", "false"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status === 0) return [];
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.replace(/^(.+)\/\d+\.ts\((\d+),(\d+)\)/, "$1:$2:$3"));
}

async function runAll(folder: string, examples: readonly Example[]): Promise<string[]> {
  const leftovers = new Leftovers();
  const faults: string[] = [];
  // One after the other: programs of a book use the ports of the book.
  for (const example of examples.filter(({ run }) => run)) {
    const why = await runOne(join(folder, "out", `${placeOf(example)}.js`));
    if (why !== undefined) faults.push(`${example.file}:${example.line}: the example ${why}`);
  }
  return [...faults, ...(await leftovers.end()).map((what) => `the examples left behind: ${what}`)];
}

/** Undefined when the program exits with 0. */
async function runOne(program: string): Promise<string | undefined> {
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "pipe"], timeout: RUN_TIMEOUT_MS });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code, signal] = await new Promise<[number | null, string | null]>((done) => {
    child.on("close", (...how) => done(how));
  });
  if (code === 0) return undefined;
  const how = signal === null ? `exits with ${code}` : `does not end within ${RUN_TIMEOUT_MS / 1000} s`;
  return `${how}\n${output.trimEnd().replace(/^/gm, "    ")}`;
}
