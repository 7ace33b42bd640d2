/** The servers that are compared, and how each is found on this machine. */
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
  /** What loads it, in place of the benchmark's load. */
  readonly sender?: readonly string[];
}

/** How a peer is found. */
export interface Recipe {
  readonly name: string;
  readonly label: string;
  readonly most?: number;
  readonly sender?: readonly string[];
  /** The command, or a sentence that says why there is none. */
  readonly find: (install: boolean) => readonly string[] | string;
}

/** Known to work with these peers; a newer one on the PATH is taken in their place. */
const BUN = "bun@1.4.5";
const DENO = "deno@2.9.6";
const INSTALL_LIMIT_MS = 180_000;

/** A file of build/bench/servers; `environment` is "NAME=value". */
export function dialtone(file: string, ...environment: readonly string[]): readonly string[] {
  const command = [process.execPath, join(programs, "servers", `${file}.js`)];
  return environment.length === 0 ? command : ["env", ...environment, ...command];
}

/** A file of bench/peers/ for Node. */
export function node(file: string): readonly string[] {
  return [process.execPath, join(sources, "peers", `${file}.mjs`)];
}

/** A file of bench/peers/ in C, compiled. */
export function c(file: string): readonly string[] {
  return [compileC(`peers/${file}`)];
}

/** A file of bench/peers/ in Go, compiled. */
export function go(file: string): readonly string[] | string {
  return onPath("go") ? [compileGo(`peers/${file}`)] : "go is not on the PATH";
}

/** A file of bench/peers/ for Bun. */
export function bun(file: string, install: boolean): readonly string[] | string {
  const program = onPath("bun") ? "bun" : fromPackage(BUN, `@oven/bun-linux-${process.arch}/bin/bun`, install);
  if (program === undefined) return "bun is neither on the PATH nor to be had from npm";
  return [program, join(sources, "peers", `${file}.ts`)];
}

/** A file of bench/peers/ for Deno. */
export function deno(file: string, install: boolean): readonly string[] | string {
  const program = onPath("deno") ? "deno" : fromPackage(DENO, `@deno/linux-${process.arch}-glibc/deno`, install);
  if (program === undefined) return "deno is neither on the PATH nor to be had from npm";
  const allowed = ["--no-config", "--unstable-net", "--allow-net=127.0.0.1"];
  return [program, "run", "--quiet", ...allowed, join(sources, "peers", `${file}.ts`)];
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
export function findPeers(
  recipes: readonly Recipe[],
  names: readonly string[],
  install: boolean,
  missing: (line: string) => void,
): Peer[] {
  const found: Peer[] = [];
  for (const recipe of recipes.filter(({ name }) => names.includes(name))) {
    const command = recipe.find(install);
    if (typeof command === "string") missing(`${recipe.label} is left out: ${command}`);
    else {
      const { find: _, ...rest } = recipe;
      found.push({ ...rest, command });
    }
  }
  return found;
}
