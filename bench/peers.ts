/** The echo servers that are compared, and how each is found on this machine. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { compileC, compileGo, onPath, programs, sources } from "./compile.ts";

export interface Peer {
  /** The name on the command line: "c", "node", "serve". */
  readonly name: string;
  /** The name in the table. */
  readonly label: string;
  readonly command: readonly string[];
  /** The most connections that this server is made for. */
  readonly most?: number;
}

interface Recipe {
  readonly name: string;
  readonly label: string;
  readonly most?: number;
  /** The command, or a sentence that says why there is none. */
  find(install: boolean): readonly string[] | string;
}

/** Known to work with these peers; a newer one on the PATH is taken in their place. */
const BUN = "bun@1.4.5";
const DENO = "deno@2.9.6";
const INSTALL_LIMIT_MS = 180_000;

const dialtone = (file: string): readonly string[] => [process.execPath, join(programs, "servers", `${file}.js`)];

const recipes: readonly Recipe[] = [
  { name: "c", label: "C epoll", find: () => [compileC("peers/echo-epoll")] },
  { name: "node", label: "Node net", find: () => [process.execPath, join(sources, "peers", "echo-node-net.mjs")] },
  { name: "go", label: "Go", find: () => (onPath("go") ? [compileGo("peers/echo")] : "go is not on the PATH") },
  { name: "bun", label: "Bun", find: findBun },
  { name: "deno", label: "Deno", find: findDeno },
  { name: "serve", label: "dialtone serve", find: () => dialtone("echo-serve") },
  { name: "socket", label: "dialtone serve, socket", find: () => dialtone("echo-socket") },
  { name: "flow", label: "dialtone flow", find: () => dialtone("echo-flow") },
  { name: "await", label: "dialtone await recv, send", find: () => dialtone("echo-await") },
  { name: "sync", label: "dialtone recvSync, sendSync", most: 1, find: () => dialtone("echo-sync") },
];

export const peerNames: readonly string[] = recipes.map((recipe) => recipe.name);

function findBun(install: boolean): readonly string[] | string {
  const program = onPath("bun") ? "bun" : fromPackage(BUN, `@oven/bun-linux-${process.arch}/bin/bun`, install);
  if (program === undefined) return "bun is neither on the PATH nor to be had from npm";
  return [program, join(sources, "peers", "echo-bun.ts")];
}

function findDeno(install: boolean): readonly string[] | string {
  const program = onPath("deno") ? "deno" : fromPackage(DENO, `@deno/linux-${process.arch}-glibc/deno`, install);
  if (program === undefined) return "deno is neither on the PATH nor to be had from npm";
  return [program, "run", "--quiet", "--no-config", "--allow-net=127.0.0.1", join(sources, "peers", "echo-deno.ts")];
}

/** The binary out of an npm package, which is installed into a cache of the benchmark's own when it is not there. */
function fromPackage(specifier: string, path: string, install: boolean): string | undefined {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "dialtone-bench", specifier);
  const program = join(cache, "node_modules", path);
  if (existsSync(program)) return program;
  if (!install) return undefined;
  console.error(`installing ${specifier} into ${cache}`);
  mkdirSync(cache, { recursive: true });
  try {
    // The install scripts only copy the platform package's binary, which is called in its place.
    const options = ["--prefix", cache, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    execFileSync("npm", ["install", ...options, specifier], { stdio: "ignore", timeout: INSTALL_LIMIT_MS });
  } catch {
    return undefined;
  }
  return existsSync(program) ? program : undefined;
}

/** The peers of these names that this machine can run; `missing` is told each other one with the reason. */
export function findPeers(names: readonly string[], install: boolean, missing: (line: string) => void): Peer[] {
  const found: Peer[] = [];
  for (const recipe of recipes.filter(({ name }) => names.includes(name))) {
    const command = recipe.find(install);
    if (typeof command === "string") missing(`${recipe.label} is left out: ${command}`);
    else {
      const { name, label, most } = recipe;
      found.push({ name, label, command, ...(most === undefined ? {} : { most }) });
    }
  }
  return found;
}
