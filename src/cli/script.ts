import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseScript } from "../script/language/parse-script.ts";
import { ScriptFault } from "../script/language/fault.ts";
import type { ScriptOption } from "../script/language/tree.ts";
import { linuxKind } from "../script/linux-target.ts";
import { stackKind } from "../script/stack-target.ts";
import type { ScriptResult } from "../script/run/run-script.ts";
import { runSurely } from "../script/run/run-surely.ts";
import type { TargetKind } from "../script/run/target.ts";
import { EXIT, type Command } from "./command.ts";
import { oneOf, usageError, wholeNumber } from "./usage-error.ts";

const KINDS: readonly TargetKind[] = [stackKind, linuxKind];
const MOST_JOBS = 64;

const KERNELS = KINDS.map(({ name }) => name);

const HELP = `Runs packet scripts in packetdrill's language: times, packets, calls and what is to come of them.

Usage: dialtone script <file|folder>… [options]

  --kernel K       which kernel is tried: ${KERNELS.join(", ")} (default ${KERNELS[0]}); linux needs root
  --jobs N         processes that share the scripts (default 1; up to ${MOST_JOBS})
  --define N=V     the word N of the scripts stands for V; as often as wanted
  --trace          prints what happened, and when
  --json           for programs: a line a script: {"file","kernel","status","report","durationMs",…,"trace"}
  --sysctl=N=V     sets net.… of the kernel that is tried, for each script; as often as wanted
  --NAME=VALUE     an option of the scripts, such as --ip_version=ipv6; theirs come after it

A folder stands for all files below it that end in .pkt. A failure says where, when, and what was expected beside what
was. The language and what of it is not there: docs/scripts.md.

Examples:
  dialtone script test/scripts/handshake/passive-open.pkt
  dialtone script test/scripts --kernel linux --jobs 8
  dialtone script mine.pkt --ip_version=ipv6 --tolerance_usecs=10000

Exit codes: 0 all passed, 1 one failed or the kernel is not there, 2 wrong usage.`;

interface Settings {
  readonly files: readonly string[];
  readonly kind: TargetKind;
  readonly jobs: number;
  readonly json: boolean;
  readonly trace: boolean;
  readonly defines: ReadonlyMap<string, string>;
  readonly options: readonly ScriptOption[];
  /** The arguments that say how a script is run, for another process. */
  readonly own: readonly string[];
}

async function run(args: readonly string[]): Promise<number> {
  const settings = readArguments(args);
  const reason = settings.kind.unavailable();
  if (reason !== undefined) throw new Error(`the kernel ${settings.kind.name} is not there: ${reason}`);
  let failed = 0;
  const tell = (result: ScriptResult): void => {
    if (result.status === "failed") failed += 1;
    console.log(settings.json ? JSON.stringify(result) : lineOf(result, settings.trace));
  };
  if (settings.jobs > 1) await runInProcesses(settings, tell);
  else for (const file of settings.files) tell(await runFile(file, settings));
  if (!settings.json) console.log(`${settings.files.length - failed} passed, ${failed} failed`);
  return failed === 0 ? EXIT.ok : EXIT.failure;
}

/**
 * Runs the scripts in processes of this command, each with a part of them: to make and to end a network holds up a
 * thread for a while, and another script's times must not suffer from it.
 */
async function runInProcesses({ files, jobs, own }: Settings, tell: (result: ScriptResult) => void): Promise<void> {
  const main = fileURLToPath(new URL("main.js", import.meta.url));
  const parts = Array.from({ length: Math.min(jobs, files.length) }, (_, part) =>
    files.filter((_file, index) => index % jobs === part),
  );
  await Promise.all(
    parts.map(async (part) => {
      const args = [main, "script", "--json", ...own, ...part];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      let results = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        tell(JSON.parse(line) as ScriptResult);
        results += 1;
      }
      if (results < part.length) throw new Error(`a process ended after ${results} of ${part.length} scripts`);
    }),
  );
}

/** A script that cannot be read or run has failed, too. */
async function runFile(file: string, { kind, defines, options }: Settings): Promise<ScriptResult> {
  try {
    return await runSurely(parseScript(readFileSync(file, "utf8"), file, defines), kind, options);
  } catch (error) {
    if (!(error instanceof ScriptFault)) throw error;
    return {
      file,
      kernel: kind.name,
      status: "failed",
      report: error.message,
      durationMs: 0,
      latenessMs: 0,
      runs: 1,
      trace: [],
    };
  }
}

function lineOf({ file, status, report, durationMs, trace }: ScriptResult, isTraced: boolean): string {
  const line = `${status === "passed" ? "ok  " : "FAIL"} ${file}  ${(durationMs / 1000).toFixed(3)} s`;
  const reported = report === undefined ? [] : report.split("\n");
  return [line, ...[...reported, ...(isTraced ? trace : [])].map((text) => `  ${text}`)].join("\n");
}

/** Read by hand, since scripts bring options of their own: `--name=value`. */
function readArguments(args: readonly string[]): Settings {
  const paths: string[] = [];
  const options: ScriptOption[] = [];
  const defines = new Map<string, string>();
  const own: string[] = [];
  let kernel = KINDS[0]?.name ?? "linux";
  let jobs = 1;
  let json = false;
  let trace = false;
  const rest = args.values();
  const valueOf = (name: string, inline: string | undefined): string => {
    const value = inline ?? rest.next().value;
    if (value === undefined) throw usageError(`${name} needs a value`);
    return value;
  };
  for (const argument of rest) {
    const [name = "", ...parts] = argument.split("=");
    const inline = parts.length === 0 ? undefined : parts.join("=");
    if (!argument.startsWith("--")) paths.push(argument);
    else if (name === "--json") json = true;
    else if (name === "--trace") trace = true;
    else if (name === "--kernel") {
      kernel = oneOf(name, valueOf(name, inline), KERNELS);
      own.push(`${name}=${kernel}`);
    } else if (name === "--jobs") jobs = wholeNumber(name, valueOf(name, inline), 1, MOST_JOBS);
    else if (name === "--define") own.push(`${name}=${addDefine(defines, valueOf(name, inline))}`);
    else if (name.includes("_") || name === "--mtu" || name === "--sysctl") {
      options.push({ line: 0, name: name.slice(2), value: inline });
      own.push(argument);
    } else throw usageError(`unknown option '${name}'`);
  }
  if (paths.length === 0) throw usageError("which scripts?");
  const kind = KINDS.find((one) => one.name === kernel) as TargetKind;
  return { files: paths.flatMap(filesAt), kind, jobs, json, trace, defines, options, own };
}

function addDefine(defines: Map<string, string>, text: string): string {
  const [name = "", ...value] = text.split("=");
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.length === 0)
    throw usageError(`--define is NAME=value, not "${text}"`);
  defines.set(name, value.join("="));
  return text;
}

/** The script, or those below the folder, in the order of their names. */
function filesAt(path: string): string[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder === undefined) throw usageError(`there is no file or folder ${path}`);
  if (!isFolder) return [path];
  const found = readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".pkt"))
    .sort()
    .map((name) => join(path, name));
  if (found.length === 0) throw usageError(`no script (.pkt) is below ${path}`);
  return found;
}

/** `dialtone script`: packet scripts. */
export const script: Command = {
  name: "script",
  summary: "packet scripts, in packetdrill's language",
  help: HELP,
  run,
};
