/**
 * Proves that the arrows between the folders go one way, as docs/architecture.md draws them. Type imports count too.
 * dependency-cruiser finds the imports; the files are counted as well, so that the check cannot pass blind.
 */
import { existsSync } from "node:fs";
import { Visitor } from "@swc/core/Visitor.js";
import type { Statement, VariableDeclarator } from "@swc/core";
import { cruise, type ICruiseResult, type IDependency } from "dependency-cruiser";
import { filesBelow } from "./files.ts";

/** The folders of src/, and whose modules each may import besides its own. A file in src/ itself may import all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  api: [],
  wire: [],
  netdb: ["api"],
  layout: ["api", "netdb"],
  kernel: ["api", "netdb", "layout"],
  host: ["api", "netdb", "layout", "kernel"],
  stack: ["api", "wire", "netdb", "layout", "kernel"],
  realtime: ["stack"],
  trace: ["api", "wire", "netdb"],
  sim: ["api", "wire", "netdb", "stack", "realtime", "trace"],
  tap: ["api", "wire", "netdb", "layout", "host", "stack", "realtime"],
  script: ["api", "wire", "netdb", "layout", "kernel", "host", "stack", "tap", "trace"],
  socket: ["api", "netdb", "trace"],
  node: ["api", "socket"],
  programs: ["api", "wire", "netdb", "socket", "node"],
  cli: ["api", "wire", "netdb", "kernel", "host", "stack", "sim", "tap", "script", "socket", "node", "programs"],
};

/** Folders that run where there is no Node: in a page. */
const WITHOUT_NODE: ReadonlySet<string> = new Set([
  "api",
  "wire",
  "layout",
  "kernel",
  "stack",
  "realtime",
  "trace",
  "sim",
]);

const ROOTS = ["src", "test", "examples", "bench", "tools"];

const isTest = (path: string): boolean => path.endsWith(".test.ts");

/** "netdb" for src/netdb/inet.ts; "" for a file in src/ itself; undefined outside src/. */
function folderOf(path: string): string | undefined {
  const [root, folder, rest] = path.split("/");
  if (root !== "src") return undefined;
  return rest === undefined ? "" : folder;
}

/** What is wrong with one import, or undefined. */
function fault(from: string, { module: name, resolved: to, ...import_ }: IDependency): string | undefined {
  if (import_.couldNotResolve) return `${name} is not there`;
  if (from.startsWith("examples/") && to.startsWith("src/"))
    return 'an example imports "dialtone", as its reader would';
  const folder = folderOf(from);
  if (folder === undefined || isTest(from)) return undefined;
  if (isTest(to)) return "a test is imported by tests alone";
  if (name === "dialtone") return "src/ imports itself by relative paths";
  if (name === "koffi") {
    return from.startsWith("src/host/ffi/") ? undefined : "koffi stays behind src/host/ffi/";
  }
  if (import_.coreModule) return WITHOUT_NODE.has(folder) ? `${folder} runs in a page: no Node` : undefined;
  const target = folderOf(to);
  if (target === undefined) return "src/ imports nothing from outside, but koffi in src/host/ffi/";
  if (folder === "" || folder === target) return undefined;
  const allowed = MAY_IMPORT[folder];
  if (allowed === undefined) return `src/${folder}/ has no row in tools/edges.ts`;
  if (allowed.includes(target)) return undefined;
  return `${folder} may import ${allowed.length === 0 ? "nothing" : allowed.join(", ")}`;
}

// The visitor that dependency-cruiser stands on does not know `using`, and gives up at one.
/* oxlint-disable typescript/no-deprecated, typescript/unbound-method -- there is no other, and `call` binds it */
interface UsingDeclaration {
  readonly type: "UsingDeclaration";
  decls: VariableDeclarator[];
}
const visitStatement = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function (this: Visitor, statement: Statement | UsingDeclaration) {
  if (statement.type !== "UsingDeclaration") return visitStatement.call(this, statement);
  statement.decls = this.visitVariableDeclarators(statement.decls);
  return statement as unknown as Statement;
};
/* oxlint-enable typescript/no-deprecated, typescript/unbound-method */

const files = ROOTS.filter((root) => existsSync(root)).flatMap((root) =>
  filesBelow(root, (path) => path.endsWith(".ts") && !path.startsWith("bench/peers/")),
);
const { output } = await cruise(files, {
  parser: "swc",
  tsPreCompilationDeps: true,
  doNotFollow: { path: "^(node_modules|dist)/" },
  enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"] },
});
const modules = (output as ICruiseResult).modules.filter(({ source }) => files.includes(source));

const faults = modules.flatMap(({ source, dependencies }) =>
  dependencies.flatMap((dependency) => {
    const why = fault(source, dependency);
    return why === undefined ? [] : [`${source} → ${dependency.resolved}: ${why}`];
  }),
);
const imports = modules.reduce((sum, { dependencies }) => sum + dependencies.length, 0);
if (modules.length !== files.length) faults.push(`only ${modules.length} of ${files.length} files were seen`);
if (imports < files.length)
  faults.push(`only ${imports} imports were seen in ${files.length} files: the parser is blind`);

for (const line of faults) console.error(line);
console.log(`${modules.length} modules, ${imports} imports, ${faults.length} against the arrows`);
process.exitCode = faults.length === 0 ? 0 : 1;
