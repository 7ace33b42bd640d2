import { SOL_TCP, TCP_INFO } from "../../api/constants.ts";
import { checkAssertions } from "../assertion/check.ts";
import { ScriptFault, type Place } from "../language/fault.ts";
import type { CallAction, CodeAction, PacketAction, Script, ScriptEvent } from "../language/tree.ts";
import { RunningCall } from "./calling.ts";
import type { Comparison } from "./difference.ts";
import { ScriptFailure } from "./failure.ts";
import { packetToInject } from "./inject.ts";
import { matchPacket } from "./match.ts";
import type { SeenPacket, Session } from "./session.ts";
import { isPoint, toleranceUs, windowOf, windowText, type Window } from "./time.ts";

/** How long something is waited for that may happen at any time. */
const ANY_TIME_US = 120_000_000;
/** How much longer a packet is waited for, so that a report can say that it came late. */
const LATE_US = 1_000_000;

/** A call that may wait while other events happen. */
interface WaitingCall {
  readonly call: RunningCall;
  readonly event: ScriptEvent;
  readonly endUs: number;
  readonly toleranceUs: number;
}

/** One run of a script on one kernel: event after event. */
export class ScriptRun {
  readonly #script: Script;
  readonly #session: Session;
  /** Told of each event but packets that go out, when its time has come. */
  readonly #happens: (event: ScriptEvent) => void;
  readonly #startUs: number;
  readonly #waiting: WaitingCall[] = [];
  /** The time of the event before, and whether it was one point. */
  #last: { readonly us: number; readonly isPoint: boolean } = { us: 0, isPoint: true };

  constructor(script: Script, session: Session, happens: (event: ScriptEvent) => void) {
    this.#script = script;
    this.#happens = happens;
    this.#session = session;
    this.#startUs = session.target.nowUs();
  }

  /** Runs it to its end; the first thing that is otherwise is thrown as a ScriptFailure. */
  async run(): Promise<void> {
    for (const event of this.#script.events) {
      const base = this.#last.isPoint && isPoint(event.time) ? this.#last.us : this.#nowUs();
      const window = windowOf(event.time, base);
      await this.#runEvent(event, window, base);
      this.#last = { us: isPoint(event.time) ? window.fromUs : this.#nowUs(), isPoint: isPoint(event.time) };
    }
    for (const waiting of this.#waiting.splice(0)) await this.#finish(waiting);
  }

  #nowUs(): number {
    return this.#session.target.nowUs() - this.#startUs;
  }

  #wait(untilUs: number, done: () => boolean): Promise<void> {
    return this.#session.target.wait(this.#startUs + untilUs, done);
  }

  #place({ line }: ScriptEvent): Place {
    return { file: this.#script.file, line };
  }

  #fail(event: ScriptEvent, what: string, rows: readonly Comparison[] = [], atUs = this.#nowUs()): never {
    throw new ScriptFailure(this.#place(event), what, atUs, event, rows);
  }

  #tolerance(window: Window, base: number): number {
    const since = window.toUs === Infinity ? 0 : Math.max(0, window.fromUs - base);
    return toleranceUs(this.#session.settings, since);
  }

  async #runEvent(event: ScriptEvent, window: Window, base: number): Promise<void> {
    const { action } = event;
    if (action.kind === "packet" && action.direction === "out") {
      await this.#expect(event, action, window, this.#tolerance(window, base));
      return;
    }
    if (window.toUs !== Infinity) await this.#wait(window.fromUs, () => false);
    await this.#checkWaiting(action.kind === "call");
    this.#happens(event);
    switch (action.kind) {
      case "packet":
        this.#session.target.inject(packetToInject(this.#session, action, this.#place(event)));
        return;
      case "call":
        await this.#call(event, action, base);
        return;
      case "command":
        this.#command(event, action.command);
        return;
      case "code":
        this.#check(event, action);
    }
  }

  #command(event: ScriptEvent, command: string): void {
    const fault = this.#session.target.command(command);
    if (fault !== undefined) this.#fail(event, `the command failed: ${fault}`);
  }

  #check(event: ScriptEvent, { code }: CodeAction): void {
    const place = this.#place(event);
    const info = this.#session.target.kernel.getsockopt(this.#session.connection(place), SOL_TCP, TCP_INFO);
    try {
      checkAssertions(code, info, place);
    } catch (error) {
      if (error instanceof ScriptFault) this.#fail(event, error.what);
      throw error;
    }
  }

  /** Begins a call. One that is not said to wait must end at once. */
  async #call(event: ScriptEvent, action: CallAction, base: number): Promise<void> {
    const { target } = this.#session;
    const call = new RunningCall(this.#session, action, this.#place(event));
    if (action.endUs !== undefined) {
      const endUs = event.time.kind === "relative" ? base + action.endUs : action.endUs;
      const tolerance = toleranceUs(this.#session.settings, Math.max(0, endUs - base));
      this.#waiting.push({ call, event, endUs, toleranceUs: tolerance });
      // What it does at once is done before the next event.
      await this.#wait(this.#nowUs(), () => false);
      return;
    }
    await this.#wait(this.#nowUs() + target.promptUs, () => call.endedUs !== undefined);
    if (call.endedUs === undefined) {
      this.#fail(
        event,
        `${call.name} waits; a call that may is written with its end, such as +0...0.5 ${call.name}(…)`,
      );
    }
    this.#compareCall(event, call);
  }

  #compareCall(event: ScriptEvent, call: RunningCall): void {
    const rows = call.compare();
    if (rows.some(({ differs }) => differs)) this.#fail(event, `${call.name} went otherwise`, rows);
  }

  /** Looks at the calls that have ended, or should have; before another call those that end by now are waited for. */
  async #checkWaiting(beforeCall: boolean): Promise<void> {
    for (const waiting of [...this.#waiting]) {
      const isDue = this.#nowUs() >= waiting.endUs + (beforeCall ? 0 : waiting.toleranceUs);
      if (waiting.call.endedUs === undefined && !isDue) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      await this.#finish(waiting);
    }
  }

  async #finish({ call, event, endUs, toleranceUs: tolerance }: WaitingCall): Promise<void> {
    await this.#wait(endUs + tolerance, () => call.endedUs !== undefined);
    if (call.endedUs === undefined) this.#fail(event, `${call.name} still waits`);
    const rows = call.compare();
    const atUs = call.endedUs - this.#startUs;
    const text = windowText({ fromUs: endUs, toUs: endUs });
    const isLate = Math.abs(atUs - endUs) > tolerance;
    rows.push({ field: "ends", expected: text, actual: windowText({ fromUs: atUs, toUs: atUs }), differs: isLate });
    if (rows.some(({ differs }) => differs)) this.#fail(event, `${call.name} went otherwise`, rows, atUs);
  }

  /** Waits for a packet that is to go out, or for the several that it stands for. */
  async #expect(event: ScriptEvent, action: PacketAction, window: Window, tolerance: number): Promise<void> {
    let done = 0;
    for (;;) {
      const packet = await this.#nextPacket(event, window, tolerance, done);
      const { rows, missing } = matchPacket(this.#session, packet.bytes, action, done);
      const atUs = packet.atUs - this.#startUs;
      const isOff = atUs < window.fromUs - tolerance || atUs > window.toUs + tolerance;
      const time = { field: "time", expected: windowText(window), actual: windowText({ fromUs: atUs, toUs: atUs }) };
      const all = [{ ...time, differs: isOff }, ...rows];
      if (rows.some(({ differs }) => differs)) this.#fail(event, "another packet went out", all, atUs);
      if (isOff) this.#fail(event, "the packet went out at another time", all, atUs);
      if (missing === 0) return;
      done = action.body.kind === "tcp" ? action.body.sequence.length - missing : 0;
    }
  }

  async #nextPacket(event: ScriptEvent, window: Window, tolerance: number, done: number): Promise<SeenPacket> {
    const { seen } = this.#session;
    const latestUs = window.toUs === Infinity ? this.#nowUs() + ANY_TIME_US : window.toUs + tolerance + LATE_US;
    for (;;) {
      await this.#wait(latestUs, () => seen.length > 0 || this.#waiting.some(({ call }) => call.endedUs !== undefined));
      const packet = seen.shift();
      if (packet === undefined) {
        const before = this.#waiting.length;
        await this.#checkWaiting(false);
        if (this.#waiting.length < before) continue;
        this.#fail(event, done === 0 ? "no packet went out" : `no more went out than ${done} bytes`);
      }
      return packet;
    }
  }
}
