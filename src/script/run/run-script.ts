import { ScriptFault } from "../language/fault.ts";
import type { Script, ScriptEvent, ScriptOption } from "../language/tree.ts";
import { ScriptFailure } from "./failure.ts";
import { describePacket, isNoise } from "./match.ts";
import { ScriptRun } from "./script-run.ts";
import { Session } from "./session.ts";
import { settingsOf } from "./settings.ts";
import type { Sniffer, Target, TargetKind } from "./target.ts";
import { secondsText } from "./time.ts";

/** How a script ended. */
export interface ScriptResult {
  readonly file: string;
  readonly kernel: TargetKind["name"];
  readonly status: "passed" | "failed";
  /** The report of what was otherwise. */
  readonly report: string | undefined;
  readonly durationMs: number;
  /** By how much the machine was late at the worst moment: a real clock's times are no surer than this. */
  readonly latenessMs: number;
  /** How often it was run: more than once where the machine was late. */
  readonly runs: number;
  /** What happened, with its time: events, as "line 3: …", and packets that went out, in the script's words. */
  readonly trace: readonly string[];
}

/**
 * Runs a script on a kernel of that kind, in a network of its own. What the script says that is not so is in the
 * result; what keeps it from being run at all (an option that is not there) is thrown as a ScriptFault.
 */
export async function runScript(
  script: Script,
  kind: TargetKind,
  options: readonly ScriptOption[] = [],
): Promise<ScriptResult> {
  const settings = settingsOf(script, options);
  const trace: string[] = [];
  // What is said before the script begins is nobody's answer to it.
  let sniff: Sniffer = () => {};
  const target = await kind.open(settings, (bytes, atUs) => sniff(bytes, atUs));
  const beganUs = target.nowUs();
  const session = new Session(settings, target);
  sniff = (bytes, atUs) => {
    if (isNoise(bytes)) return;
    session.seen.push({ bytes, atUs });
    trace.push(`${secondsText(atUs - beganUs)} > ${describePacket(session, bytes)}`);
  };
  const report = await tried(script, session, ({ line, text }) => {
    trace.push(`${secondsText(target.nowUs() - beganUs)} line ${line}: ${text}`);
  });
  const { file } = script;
  const durationMs = (target.nowUs() - beganUs) / 1000;
  const latenessMs = target.latenessUs / 1000;
  await target.close();
  const status = report === undefined ? "passed" : "failed";
  return { file, kernel: kind.name, status, report, durationMs, latenessMs, runs: 1, trace };
}

/** Runs the script and its commands at both ends; the report of what was otherwise. */
async function tried(
  script: Script,
  session: Session,
  happens: (event: ScriptEvent) => void,
): Promise<string | undefined> {
  const { target } = session;
  try {
    for (const { line, name, value } of session.settings.sysctls) {
      const fault = target.sysctl(name, value);
      if (fault !== undefined) throw new ScriptFault({ file: script.file, line }, fault);
    }
    runCommand(script, target, script.initCommand?.command);
    await new ScriptRun(script, session, happens).run();
    return undefined;
  } catch (error) {
    if (error instanceof ScriptFailure) return error.report();
    if (error instanceof ScriptFault) return error.message;
    throw error;
  } finally {
    runCommand(script, target, script.cleanupCommand?.command);
    for (const fd of session.openDescriptors()) target.kernel.close(fd);
  }
}

function runCommand({ file }: Script, target: Target, command: string | undefined): void {
  const fault = command === undefined ? undefined : target.command(command);
  if (fault !== undefined) throw new ScriptFault({ file, line: 1 }, `the command failed: ${fault}`);
}
