import { isSystemError } from "../../api/errors.ts";
import { numberOf, Arguments } from "../calls/arguments.ts";
import type { CallOutcome } from "../calls/call.ts";
import { callNames, scriptCall } from "../calls/table.ts";
import { ScriptFault, type Place } from "../language/fault.ts";
import type { CallAction } from "../language/tree.ts";
import type { Comparison } from "./difference.ts";
import type { Session } from "./session.ts";
import { isErrno } from "./symbols.ts";

/** Calls of packetdrill's that are not there, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  cap_set: "capabilities are the process's, and there is one for all scripts",
  epoll_create: "epoll is how the kernel's calls wait; poll is there",
  epoll_ctl: "epoll is how the kernel's calls wait; poll is there",
  epoll_wait: "epoll is how the kernel's calls wait; poll is there",
  open: "files are not the network's",
  pipe: "files are not the network's",
  sendfile: "files are not the network's",
  splice: "files are not the network's",
};

/** A call that was begun. */
export class RunningCall {
  readonly place: Place;
  readonly #call: CallAction;
  readonly #session: Session;
  #outcome: CallOutcome | undefined;
  #error: unknown;
  /** When it ended; undefined while it waits. */
  endedUs: number | undefined;

  constructor(session: Session, call: CallAction, place: Place) {
    this.place = place;
    this.#call = call;
    this.#session = session;
    const run = scriptCall(call.name);
    if (run === undefined) {
      const why = REFUSED[call.name] ?? `there are ${callNames.join(", ")}`;
      throw new ScriptFault(place, `the call ${call.name} is not there: ${why}`);
    }
    // An async function makes a rejection of what the call throws.
    const running = (async () => run(session, new Arguments(call, place)))();
    running.then(
      (outcome) => this.#end(outcome, undefined),
      (error: unknown) => this.#end(undefined, error),
    );
  }

  get name(): string {
    return this.#call.name;
  }

  #end(outcome: CallOutcome | undefined, error: unknown): void {
    this.#outcome = outcome;
    this.#error = error;
    this.endedUs = this.#session.target.nowUs();
    this.#session.target.wake();
  }

  /** What it returned beside what the script expects; a descriptor is the script's from now on. */
  compare(): Comparison[] {
    const { result, errno } = this.#call;
    if (errno !== undefined && !isErrno(errno)) throw new ScriptFault(this.place, `${errno} is no errno`);
    const expected = result.kind === "ellipsis" ? undefined : numberOf(result, this.place);
    const expectedText = expected === undefined ? "..." : [expected, errno].join(" ").trim();
    if (this.#outcome === undefined) {
      const code = this.#code();
      const differs = expected !== undefined && (expected !== -1 || (errno !== undefined && errno !== code));
      return [{ field: "returns", expected: expectedText, actual: `-1 ${code}`, differs }];
    }
    const { value, opened, written = [] } = this.#outcome;
    const isOpened = opened !== undefined && (expected === undefined || expected >= 0);
    if (isOpened) this.#session.open(expected ?? value, value, opened === "stream");
    const returned = isOpened ? (expected ?? value) : value;
    const differs = expected !== undefined && (expected !== returned || errno !== undefined);
    return [{ field: "returns", expected: expectedText, actual: String(returned), differs }, ...written];
  }

  /** The code of the kernel's refusal. What is no refusal is a fault of the script. */
  #code(): string {
    const error = this.#error;
    if (isSystemError(error)) return error.code;
    if (error instanceof ScriptFault) throw error;
    throw new ScriptFault(this.place, error instanceof Error ? error.message : String(error));
  }
}
