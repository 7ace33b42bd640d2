import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseScript } from "../script/language/parse-script.ts";
import { ScriptFault } from "../script/language/fault.ts";
import type { ScriptOption } from "../script/language/tree.ts";
import { linuxKind } from "../script/linux-target.ts";
import type { ScriptResult } from "../script/run/run-script.ts";
import { runSurely } from "../script/run/run-surely.ts";
import type { TargetKind } from "../script/run/target.ts";
import { EXIT, type Command } from "./command.ts";
import { oneOf, usageError, wholeNumber } from "./usage-error.ts";

const KINDS: readonly TargetKind[] = [linuxKind];
const MOST_JOBS = 64;

const KERNELS = KINDS.map(({ name }) => name);

const HELP = `Runs packet scripts in packetdrill's language: times, packets, calls and what is to come of them.

Usage: dialtone script <file|folder>… [options]

  --kernel K       which kernel is tried: ${KERNELS.join(", ")} (default ${KERNELS[0]}); linux is the machine's, as root
  --jobs N         scripts at the same time (default 1; up to ${MOST_JOBS})
  --define N=V     the word N of the scripts stands for V; as often as wanted
  --json           for programs: one line a script: {"file","kernel","status","report","durationMs","latenessMs","runs"}
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
  readonly defines: ReadonlyMap<string, string>;
  readonly options: readonly ScriptOption[];
}

async function run(args: readonly string[]): Promise<number> {
  const settings = readArguments(args);
  const reason = settings.kind.unavailable();
  if (reason !== undefined) throw new Error(`the kernel ${settings.kind.name} is not there: ${reason}`);
  let failed = 0;
  const queue = settings.files.values();
  const work = async (): Promise<void> => {
    for (const file of queue) {
      const result = await runFile(file, settings);
      if (result.status === "failed") failed += 1;
      console.log(settings.json ? JSON.stringify(result) : lineOf(result));
    }
  };
  await Promise.all(Array.from({ length: settings.jobs }, work));
  if (!settings.json) console.log(`${settings.files.length - failed} passed, ${failed} failed`);
  return failed === 0 ? EXIT.ok : EXIT.failure;
}

/** A script that cannot be read or run has failed, too. */
async function runFile(file: string, { kind, defines, options }: Settings): Promise<ScriptResult> {
  try {
    return await runSurely(parseScript(readFileSync(file, "utf8"), file, defines), kind, options);
  } catch (error) {
    if (!(error instanceof ScriptFault)) throw error;
    return { file, kernel: kind.name, status: "failed", report: error.message, durationMs: 0, latenessMs: 0, runs: 1 };
  }
}

function lineOf({ file, status, report, durationMs }: ScriptResult): string {
  const line = `${status === "passed" ? "ok  " : "FAIL"} ${file}  ${(durationMs / 1000).toFixed(3)} s`;
  return report === undefined ? line : `${line}\n${report.replaceAll(/^/gm, "  ")}`;
}

/** Read by hand, since scripts bring options of their own: `--name=value`. */
function readArguments(args: readonly string[]): Settings {
  const paths: string[] = [];
  const options: ScriptOption[] = [];
  const defines = new Map<string, string>();
  let kernel = KINDS[0]?.name ?? "linux";
  let jobs = 1;
  let json = false;
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
    else if (name === "--kernel") {
      kernel = oneOf(name, valueOf(name, inline), KERNELS);
    } else if (name === "--jobs") jobs = wholeNumber(name, valueOf(name, inline), 1, MOST_JOBS);
    else if (name === "--define") addDefine(defines, valueOf(name, inline));
    else if (name.includes("_") || name === "--mtu") options.push({ line: 0, name: name.slice(2), value: inline });
    else throw usageError(`unknown option '${name}'`);
  }
  if (paths.length === 0) throw usageError("which scripts?");
  const kind = KINDS.find((one) => one.name === kernel) as TargetKind;
  return { files: paths.flatMap(filesAt), kind, jobs, json, defines, options };
}

function addDefine(defines: Map<string, string>, text: string): void {
  const [name = "", ...value] = text.split("=");
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.length === 0)
    throw usageError(`--define is NAME=value, not "${text}"`);
  defines.set(name, value.join("="));
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
