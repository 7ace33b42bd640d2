import type { Script, ScriptOption } from "../language/tree.ts";
import { parseScript } from "../language/parse-script.ts";
import { runScript, type ScriptResult } from "./run-script.ts";
import type { TargetKind } from "./target.ts";

/** How often a script is run again that failed while the machine was late. */
const MOST_RUNS = 10;
/** A machine that was late by less can not have made a packet late by more than any tolerance. */
export const HARMLESS_MS = 1.5;

/**
 * Runs a script; where time is the machine's, it is run again as long as it fails while the machine itself was late, or
 * by nothing but a time: such a failure says nothing of the kernel. The result is the last run's.
 */
export async function runSurely(
  script: Script,
  kind: TargetKind,
  options: readonly ScriptOption[] = [],
): Promise<ScriptResult> {
  if (kind.isRealTime) await warmUp(kind);
  for (let runs = 1; ; runs += 1) {
    const result = await runScript(script, kind, options);
    const mayBeTheMachine =
      kind.isRealTime && (result.latenessMs > HARMLESS_MS || /at another time/.test(result.report ?? ""));
    if (result.status === "passed" || !mayBeTheMachine || runs === MOST_RUNS) return { ...result, runs };
  }
}

/** What every script does; the first time takes milliseconds, since nothing of it is compiled. */
const WARM_UP = `
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 1000 <mss 1000,sackOK,nop,nop,nop,wscale 7>
* > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 1000
* accept(3, ..., ...) = 4
+0 < P. 1:101(100) ack 1 win 1000
* > . 1:1(0) ack 101
+0 read(4, ..., 1000) = 100
+0 write(4, ..., 9000) = 9000
* > P. 1:9001(9000) ack 101
+0 %{ assert tcpi_unacked == 9 }%
+0 close(4) = 0
`;

const warmed = new WeakMap<TargetKind, Promise<unknown>>();

function warmUp(kind: TargetKind): Promise<unknown> {
  const known = warmed.get(kind);
  if (known !== undefined) return known;
  const script = parseScript(WARM_UP, "warm-up");
  const running = runScript(script, kind).then(() => runScript(script, kind));
  warmed.set(kind, running);
  return running;
}
