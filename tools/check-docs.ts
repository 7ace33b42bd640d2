/**
 * Proves what the documentation says: README.md, README.ko.md, docs/*.md and the doc comments of src/.
 *
 * - On a page, a block that begins with ```ts is a whole program: it is compiled against the built package as its
 *   reader would compile it, so it imports what it uses. ```ts run is also run, and must exit with 0 within 20 seconds.
 *   What is no program begins with ```text, ```sh, or no word.
 * - In a doc comment, the lines after `@example` are a program that is compiled and run. It needs no import: the names
 *   of the package and of its own module are there. A value behind an expression is asserted: `inet_addr("1"); // 1`;
 *   so is a failure: `// RangeError: part of the message`, `// throws EBADF`. A program that cannot be run everywhere
 *   says why: `@example (not run: needs root)`.
 * - Relative links lead to a file, and to a heading of it. `npm run x` names a script of package.json.
 * - README.md has at most 150 lines. README.ko.md has as many headings, code blocks and table rows as README.md.
 * - docs/options.md is what tools/write-option-table.ts writes; docs/calls.md has what tools/write-call-reference.ts
 *   takes from the docstrings.
 * - Every package of package.json has a line in docs/dependencies.md that begins with its name, and no other has.
 *
 * Needs dist/ (`npm run build`).
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { CALL_PAGE, withCallReference } from "./docs/call-reference.ts";
import { checkExamples } from "./docs/compile.ts";
import { examplesOfModule, examplesOfPage } from "./docs/examples.ts";
import { anchors, parseMarkdown, type Markdown } from "./docs/markdown.ts";
import { OPTION_PAGE, OPTION_SOURCES, optionPage } from "./docs/option-table.ts";
import { filesBelow } from "./files.ts";

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const README_LINES = 150;
const DEPENDENCIES = "docs/dependencies.md";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const files = [...readdirSync("."), ...readdirSync("docs").map((name) => join("docs", name))];
const pages = new Map(
  files.filter((path) => path.endsWith(".md")).map((path): [string, string] => [path, readFileSync(path, "utf8")]),
);
const parsed = new Map([...pages].map(([path, text]): [string, Markdown] => [path, parseMarkdown(text)]));

function linkFaults(file: string, { links }: Markdown): string[] {
  return links.flatMap(({ target, line }) => {
    if (/^[a-z]+:/i.test(target)) return [];
    const [path = "", anchor] = target.split("#");
    const place = path === "" ? file : normalize(join(dirname(file), decodeURI(path)));
    if (!existsSync(place)) return [`${file}:${line}: ${target}: there is no ${place}`];
    if (anchor === undefined || statSync(place).isDirectory()) return [];
    const headings = parsed.get(place)?.headings ?? [];
    return anchors(headings).has(decodeURI(anchor)) ? [] : [`${file}:${line}: ${target}: ${place} has no such heading`];
  });
}

function scriptFaults(file: string, text: string): string[] {
  return [...text.matchAll(/\bnpm run ([\w:-]+)/g)].flatMap(([command, name = ""]) =>
    name in manifest.scripts ? [] : [`${file}: ${command}: package.json has no such script`],
  );
}

function readmeFaults(): string[] {
  const [english, korean] = ["README.md", "README.ko.md"].map((name) => parsed.get(name));
  if (english === undefined || korean === undefined) return ["README.md and README.ko.md: one of them is not there"];
  const faults: string[] = [];
  const lines = (pages.get("README.md") ?? "").trimEnd().split("\n").length;
  if (lines > README_LINES) faults.push(`README.md: ${lines} lines: move what is beyond ${README_LINES} to docs/`);
  const compare = (what: string, here: number, there: number): void => {
    if (here !== there) faults.push(`README.ko.md: ${there} ${what}, README.md: ${here}: they say the same`);
  };
  compare("headings", english.headings.length, korean.headings.length);
  compare("code blocks", english.blocks.length, korean.blocks.length);
  compare("table rows", english.tableRows, korean.tableRows);
  return faults;
}

function dependencyFaults(): string[] {
  const page = parsed.get(DEPENDENCIES);
  if (page === undefined) return [`${DEPENDENCIES} is not there`];
  const named = new Set(page.prose.flatMap(({ text }) => /^(?:- |\| )`([^`]+)`/.exec(text)?.[1] ?? []));
  const used = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  return [
    ...used.filter((name) => !named.has(name)).map((name) => `${DEPENDENCIES}: no line says why ${name} is needed`),
    ...[...named]
      .filter((name) => !used.includes(name))
      .map((name) => `${DEPENDENCIES}: ${name} is not in package.json`),
  ];
}

/** The pages that are written from the source, where there is one. */
function writtenFaults(): string[] {
  const faults: string[] = [];
  if (existsSync(OPTION_SOURCES) && pages.get(OPTION_PAGE) !== optionPage()) {
    faults.push(`${OPTION_PAGE} is old: npm run types, then node build/tools/write-option-table.js`);
  }
  const calls = pages.get(CALL_PAGE);
  if (calls !== undefined && calls !== withCallReference(calls)) {
    faults.push(`${CALL_PAGE} is old: npm run types, then node build/tools/write-call-reference.js`);
  }
  return faults;
}

const found = [
  ...[...pages].map(([file, text]) => examplesOfPage(file, text)),
  ...filesBelow("src", (path) => path.endsWith(".ts") && !path.endsWith(".test.ts")).map((file) =>
    examplesOfModule(file, readFileSync(file, "utf8")),
  ),
];
const examples = found.flatMap((one) => one.examples);
const faults = [
  ...readmeFaults(),
  ...dependencyFaults(),
  ...writtenFaults(),
  ...[...parsed].flatMap(([file, page]) => linkFaults(file, page)),
  ...[...pages].flatMap(([file, text]) => scriptFaults(file, text)),
  ...found.flatMap((one) => one.faults),
  ...(await checkExamples(examples)),
];
for (const fault of faults) console.error(fault);
const run = examples.filter((example) => example.run).length;
console.log(`${pages.size} pages, ${examples.length} examples, ${run} of them run, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
