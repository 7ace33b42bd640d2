/**
 * Proves the package as its users get it: packs it, lets publint and are-the-types-wrong judge it, installs it in an
 * empty folder without running any install script, compiles and runs a program there, and uses the command.
 *
 * Needs dist/ (`npm run build`).
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** What a consumer's compiler may be set to. */
const RESOLUTIONS = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "node16", moduleResolution: "node16" },
  { module: "esnext", moduleResolution: "bundler" },
];

const PROGRAM = `import { AF_INET, SOCK_STREAM, accept, bind, close, connect, getsockname, listen } from "dialtone";
import { recv, send, socket } from "dialtone";
const [listener, client] = [socket(AF_INET, SOCK_STREAM), socket(AF_INET, SOCK_STREAM)];
bind(listener, { family: AF_INET, address: "127.0.0.1", port: 0 });
listen(listener, 5);
const [{ fd }] = await Promise.all([accept(listener), connect(client, getsockname(listener))]);
await send(client, new TextEncoder().encode("hello"));
const buffer = new Uint8Array(16);
console.log(new TextDecoder().decode(buffer.subarray(0, await recv(fd, buffer))));
for (const open of [fd, client, listener]) close(open);
// @ts-expect-error: a descriptor is a number; a compiler that does not find the types would let this pass
fd satisfies string;
`;

const bin = (name: string): string => resolve("node_modules", ".bin", name);
let failed = false;

/** Runs a command, and says how it went; its output only when that is not as expected. */
function check(what: string, folder: string, command: string, args: readonly string[], expected = /(?:)/): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8", timeout: 180_000 });
  const well = status === 0 && expected.test(stdout);
  failed ||= !well;
  console.log(`${well ? "ok  " : "FAIL"} ${what}`);
  if (!well) console.log(`${stdout}${stderr}`.trimEnd().replace(/^/gm, "     "));
  return stdout;
}

/** What an older build left in dist/ would be packed. */
function checkStale(): void {
  const stale = readdirSync("dist", { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".js") && !existsSync(join("src", path.replace(/\.js$/, ".ts"))),
  );
  if (stale.length === 0) return;
  failed = true;
  console.log(`FAIL dist/ holds what has no source: npm run clean && npm run build\n     ${stale.join("\n     ")}`);
}

function checkPacked(tarball: string): void {
  check("publint", ".", bin("publint"), [tarball, "--strict"]);
  check("are-the-types-wrong", ".", bin("attw"), [tarball, "--profile", "esm-only", "--no-emoji"]);
}

function checkInstalled(tarball: string, folder: string): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  check("installs, no script run", folder, "npm", ["install", ...quiet, tarball]);
  writeFileSync(join(folder, "program.ts"), PROGRAM);
  for (const options of RESOLUTIONS) {
    const args = Object.entries({
      target: "es2022",
      strict: "true",
      types: "node",
      typeRoots: resolve("node_modules/@types"),
      ...options,
    });
    check(`a program compiles with moduleResolution ${options.moduleResolution}`, folder, bin("tsc"), [
      "--ignoreConfig",
      "program.ts",
      ...args.flatMap(([name, value]) => [`--${name}`, value]),
    ]);
  }
  check("it runs", folder, process.execPath, ["program.js"], /^hello$/m);
  check("npx dialtone --help", folder, "npx", ["--no-install", "dialtone", "--help"], /echo-server/);
  check("npx dialtone demo --quiet", folder, "npx", ["--no-install", "dialtone", "demo", "--quiet"], /\S/);
}

const folder = mkdtempSync(join(tmpdir(), "dialtone-package-"));
try {
  checkStale();
  const packed = check("npm pack", ".", "npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder]);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball !== undefined) {
    checkPacked(join(folder, tarball));
    const empty = mkdtempSync(join(folder, "empty-"));
    checkInstalled(join(folder, tarball), empty);
  }
  const size = /"size": (\d+)/.exec(packed)?.[1];
  console.log(`the package has ${Math.round(Number(size) / 1024)} KiB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
