import { callText, type TracedCall } from "../socket/trace/traced-call.ts";
import { telephoneWord } from "../socket/trace/telephone.ts";
import type { Paint, Style } from "./colour.ts";

/** A call, and who made it. */
export interface ToldCall {
  readonly who: string;
  readonly call: TracedCall;
}

/** What is too long for its column pushes the word aside, in its own line alone. */
const WIDEST_CALL = 50;
const NARROWEST_CALL = 36;
/** What the other columns take of a terminal's width. */
const OTHER_COLUMNS = 42;
/** An answer that took longer is worth a remark. */
const LONG_MS = 50;
/** These wait for the other side to do something; every other call has its effect as soon as it begins. */
const AWAITS_PEER: ReadonlySet<string> = new Set([
  "accept",
  "recv",
  "recvfrom",
  "recvmsg",
  "recvmmsg",
  "read",
  "readv",
]);

/** With these a wait ends that somebody has given up: nothing went wrong. */
const ENDS_A_WAIT: ReadonlySet<string> = new Set(["ABORT_ERR", "EBADF"]);

/** When a call had its effect: no call stands before the one that it was an answer to. */
export function effectMs({ name, beganMs, endedMs }: TracedCall): number {
  return AWAITS_PEER.has(name) ? endedMs : beganMs;
}

/** The widths of the columns. */
export interface Columns {
  readonly who: number;
  readonly call: number;
}

/** Columns that fit the calls, and a terminal of this width as far as that can be. */
export function columnsFor(calls: readonly ToldCall[], width: number = Infinity): Columns {
  const widest = Math.min(WIDEST_CALL, Math.max(NARROWEST_CALL, width - OTHER_COLUMNS));
  const lengths = calls.map(({ call }) => callText(call).length).filter((length) => length <= widest);
  return { who: Math.max(0, ...calls.map(({ who }) => who.length)), call: Math.max(0, ...lengths) };
}

/** A call in one line: when it had its effect, who made it, the call, and the telephone's word for it. */
export function callLine({ who, call }: ToldCall, startMs: number, columns: Columns, paint: Paint): string {
  const at = paint("dim", (effectMs(call) - startMs).toFixed(1).padStart(7));
  const side = paint(sideStyle(who), who.padEnd(columns.who));
  const text = callText(call).padEnd(columns.call);
  const shown = call.error === undefined || ENDS_A_WAIT.has(call.error) ? text : paint("red", text);
  return `${at}  ${side}  ${shown}  ${telephoneWord(call)}${remark(who, call, paint)}`;
}

/** The server, its workers and the clients. */
function sideStyle(who: string): Style {
  if (who.startsWith("client")) return "cyan";
  return who === "server" ? "yellow" : "green";
}

/** A server waits for its clients all the time; a client that waits is the one to look at. */
function remark(who: string, call: TracedCall, paint: Paint): string {
  const ms = call.endedMs - call.beganMs;
  return who.startsWith("client") && call.name === "recv" && ms >= LONG_MS
    ? paint("magenta", `, after ${ms.toFixed(0)} ms`)
    : "";
}
