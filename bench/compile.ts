/** The C and Go programs, built from bench/ into build/bench/. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";

/** The repository's folder; this file runs as build/bench/compile.js. */
export const root: string = join(import.meta.dirname, "..", "..");
export const sources: string = join(root, "bench");
export const programs: string = join(root, "build", "bench");

const COMPILE_LIMIT_MS = 120_000;

/** True when the command is on the PATH. */
export function onPath(command: string): boolean {
  try {
    execFileSync("sh", ["-c", 'command -v "$1"', "sh", command], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Compiles bench/`path`.c with gcc and returns the program's path. */
export function compileC(path: string): string {
  if (!onPath("gcc")) throw new Error("the benchmarks need gcc");
  const program = join(programs, basename(path));
  mkdirSync(programs, { recursive: true });
  execFileSync("gcc", ["-O2", "-Wall", "-Wextra", "-o", program, join(sources, `${path}.c`)], {
    stdio: "inherit",
    timeout: COMPILE_LIMIT_MS,
  });
  return program;
}

/** Compiles bench/`path`.go and returns the program's path. */
export function compileGo(path: string): string {
  const program = join(programs, `${basename(path)}-go`);
  execFileSync("go", ["build", "-o", program, join(sources, `${path}.go`)], {
    stdio: "inherit",
    timeout: COMPILE_LIMIT_MS,
  });
  return program;
}
