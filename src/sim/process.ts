import { systemError } from "../api/errors.ts";
import type { StackKernel } from "../stack/socket/socket-layer.ts";
import type { Host } from "./host.ts";
import { isPlainCall } from "./plain-calls.ts";
import { processKernel, type CallTaker, type ProcessSelf, type SimKernel } from "./process-kernel.ts";
import type { Settling } from "./scheduler.ts";
import { SimCall } from "./sim-call.ts";
import type { SimContext } from "./sim-context.ts";

/** A program: it is given a kernel, and whatever else it was started with. */
export type Program<Args extends readonly unknown[] = readonly unknown[], Result = unknown> = (
  kernel: SimKernel,
  ...args: Args
) => Result | Promise<Result>;

/** "new": it begins with the next run. "ended": it has an exit code. "crashed": its machine stopped under it. */
export type ProcessState = "new" | "running" | "ended" | "crashed";

/** A program on a host, with descriptors of its own. */
export class Process implements CallTaker, Settling {
  readonly host: Host;
  readonly pid: number;
  readonly name: string;
  readonly program: Program;
  readonly args: readonly unknown[];
  /** Nobody waits for its end. */
  readonly isDaemon: boolean;
  isWoken = false;
  wantsTurn = false;
  /** The calls that it waits in, in the order in which they began. */
  readonly waits: Set<SimCall> = new Set();
  /** What it wrote to its standard output. */
  output = "";
  readonly #context: SimContext;
  readonly #kernel: StackKernel;
  /** Descriptors by which others reach it: it serves, and may wait for ever. */
  readonly #listening: Set<number> = new Set();
  /** Calls that it waits in whose time will come: a sleep, a poll with a time limit. */
  #timed = 0;
  #isBusy = false;
  #thrown: { error: unknown } | undefined;
  readonly #stop: AbortController = new AbortController();
  #state: ProcessState = "new";
  #exitCode: number | undefined;
  #crashedInBoot: number | undefined;
  #result: unknown;
  #error: unknown;

  constructor(
    context: SimContext,
    host: Host,
    pid: number,
    program: Program,
    args: readonly unknown[],
    isDaemon: boolean,
  ) {
    this.#context = context;
    this.isDaemon = isDaemon;
    this.host = host;
    this.pid = pid;
    this.name = program.name === "" ? "program" : program.name;
    this.program = program;
    this.args = args;
    this.#kernel = host.stack.newKernel();
    this.#count();
  }

  /** Its own descriptors, for who looks from outside: what is done by it is in no trace. */
  get kernel(): StackKernel {
    return this.#kernel;
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** 0: its program resolved. 1: it rejected, or a handler threw. Undefined: it runs, or its machine crashed. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** The boot of its machine that ended with a crash under it. */
  get crashedInBoot(): number | undefined {
    return this.#crashedInBoot;
  }

  /** What its program resolved with. */
  get result(): unknown {
    return this.#result;
  }

  /** What its program rejected with. */
  get error(): unknown {
    return this.#error;
  }

  /** Whether it is no more. */
  get isGone(): boolean {
    return this.#state === "ended" || this.#state === "crashed";
  }

  /**
   * Whether it waits for somebody to come, and for no time: then the end of all others is the end of the run. A daemon
   * always does.
   */
  get isServing(): boolean {
    return !this.isGone && (this.isDaemon || (this.#listening.size > 0 && this.#timed === 0));
  }

  /** Tells it to stop: `kernel.process.signal` is aborted. */
  stop(reason?: unknown): void {
    this.#stop.abort(reason);
    this.#context.scheduler.programsTold = true;
  }

  /** Begins; the scheduler calls it. */
  settle(): void {
    if (this.#state !== "new") return;
    this.#state = "running";
    const { scheduler, tracer } = this.#context;
    scheduler.programsTold = true;
    tracer.processChanged(this);
    const kernel = processKernel(this.#kernel, this, this.#self());
    const { program, args } = this;
    void (async () => program(kernel, ...args))().then(
      (result) => this.#end(0, result, undefined),
      (error: unknown) => this.#end(1, undefined, error),
    );
  }

  turn(): void {
    // Its host's stack has turns.
  }

  /** Its machine is no more: none of its calls ever settles. */
  crash(): void {
    if (this.isGone) return;
    this.#state = "crashed";
    this.#crashedInBoot = this.host.boots;
    this.#forget();
    // Nobody hears of it: the machine's interfaces carry nothing any more.
    for (const { fd } of this.#kernel.descriptors()) this.#kernel.close(fd);
    this.#context.tracer.processChanged(this);
  }

  /**
   * Makes a call for the program. The only way from a program to its kernel: traces are told here, faults stand here,
   * and who waits is known from here.
   */
  call(name: string, call: (...args: unknown[]) => unknown, args: readonly unknown[]): unknown {
    if (this.isGone) return never(name);
    const { tracer, time } = this.#context;
    const made = new SimCall(this, name, args, time.nowUs);
    tracer.callBegan(made);
    try {
      const result = this.host.callFault === undefined ? call(...args) : this.host.callFault(made, call);
      this.#note(made, result);
      if (result instanceof Promise) return this.#waited(made, result);
      tracer.callEnded(made, result, undefined);
      return result;
    } catch (error) {
      tracer.callEnded(made, undefined, error);
      throw error;
    }
  }

  /** The same result; until it is there the process waits. */
  #waited(call: SimCall, result: Promise<unknown>): Promise<unknown> {
    const { tracer } = this.#context;
    this.waits.add(call);
    const isTimed = call.isTimed && !this.isDaemon;
    if (isTimed) this.#count(1);
    return new Promise((resolve, reject) => {
      result.then(
        (value) => {
          if (this.isGone) return;
          this.waits.delete(call);
          if (isTimed) this.#count(-1);
          tracer.callEnded(call, value, undefined);
          resolve(value);
        },
        (error: Error) => {
          if (this.isGone) return;
          this.waits.delete(call);
          if (isTimed) this.#count(-1);
          tracer.callEnded(call, undefined, error);
          reject(error);
        },
      );
    });
  }

  thrown(error: unknown): void {
    this.#thrown = { error };
  }

  /** Ends it where it threw an exception that nobody has caught. True when it did. */
  failed(error: unknown): boolean {
    if (this.#thrown === undefined || this.#thrown.error !== error) return false;
    this.#end(1, undefined, error);
    return true;
  }

  /** A flow has closed its descriptor. */
  flowClosed(fd: number): void {
    this.#listening.delete(fd);
    this.#count();
  }

  /** Notes by which descriptors others reach the process. */
  #note({ name, fd, args }: SimCall, result: unknown): void {
    if (fd === undefined) return;
    if (name === "listen") this.#listening.add(fd);
    // A port that was asked for is one that others know.
    else if (name === "bind" && (args[1] as { port?: number } | undefined)?.port !== 0) this.#listening.add(fd);
    else if (name === "dup" && this.#listening.has(fd)) this.#listening.add(result as number);
    else if (name === "close" || name === "connect") this.#listening.delete(fd);
    else return;
    this.#count();
  }

  /** Tells the census whether the run goes on for this process. `timed` is one more call with an end, or one less. */
  #count(timed = 0): void {
    this.#timed += timed;
    const isBusy = !this.isGone && !this.isServing;
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    this.#context.census.busyProcesses += isBusy ? 1 : -1;
  }

  #self(): ProcessSelf {
    return {
      pid: this.pid,
      name: this.name,
      host: this.host.name,
      signal: this.#stop.signal,
      print: (text) => void (this.output += text),
    };
  }

  /** As exit(3) does: what is open is closed. */
  #end(code: number, result: unknown, error: unknown): void {
    if (this.isGone) return;
    this.#state = "ended";
    this.#exitCode = code;
    this.#result = result;
    this.#error = error;
    this.#forget();
    for (const { fd } of this.#kernel.descriptors()) this.#kernel.close(fd);
    this.#context.tracer.processChanged(this);
  }

  #forget(): void {
    this.waits.clear();
    this.#listening.clear();
    this.#count();
  }
}

/** A program whose process is no more makes a call: nobody will hear of it again. */
function never(name: string): Promise<never> {
  if (isPlainCall(name)) throw systemError(name, "ESRCH", undefined, "the process is no more");
  return new Promise(() => undefined);
}
