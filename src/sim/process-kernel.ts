import type { Clock, Kernel } from "../api/kernel.ts";
import type { StackKernel } from "../stack/socket/socket-layer.ts";

/** A process as its own program sees it. */
export interface ProcessSelf {
  readonly pid: number;
  /** The name of its program. */
  readonly name: string;
  /** The name of its host. */
  readonly host: string;
  /** Aborted when the process is told to stop. */
  readonly signal: AbortSignal;
  /** Writes to its standard output, a line or a part of one. */
  print(text: string): void;
}

/** The kernel that a program of a simulated host is given: a stack's, and what the process knows of itself. */
export interface SimKernel extends StackKernel {
  readonly process: ProcessSelf;
}

type AnyCall = (...args: unknown[]) => unknown;

/** Who stands between a program and its kernel: the process. */
export interface CallTaker {
  /** Makes a call for the program: `call(...args)`, or what faults make of it. */
  call(name: string, call: AnyCall, args: readonly unknown[]): unknown;
  /** The process is no more: no handler of its flows is called again. */
  readonly isGone: boolean;
  /** A flow has closed its descriptor. */
  flowClosed(fd: number): void;
  /** A handler of its has thrown: what the kernel throws later is the process's. */
  thrown(error: unknown): void;
}

/** Calls whose second argument is a handler. */
const FLOWS: ReadonlySet<string> = new Set(["flow", "acceptFlow", "datagramFlow"]);
/** No system calls: they neither fail nor show. */
const UNSEEN: ReadonlySet<string> = new Set(["ref", "unref", "descriptors"]);

/** The same kernel, with every call made through the process. */
export function processKernel(kernel: StackKernel, process: CallTaker, self: ProcessSelf): SimKernel {
  const through = (name: string, call: AnyCall): AnyCall => {
    if (!FLOWS.has(name)) return (...args) => process.call(name, call, args);
    return (fd, handler, ...rest) => process.call(name, call, [fd, guarded(fd, handler, process), ...rest]);
  };
  const members = Object.entries(kernel).map(([name, member]: [string, unknown]) => {
    if (typeof member !== "function" || UNSEEN.has(name)) return [name, member];
    return [name, through(name, member as AnyCall)];
  });
  const clock: Clock = {
    now: kernel.clock.now,
    sleep: through("sleep", kernel.clock.sleep as AnyCall) as Clock["sleep"],
  };
  return { ...(Object.fromEntries(members) as Kernel & StackKernel), clock, process: self };
}

/** What a flow may ask of its handler. */
const HANDLERS = ["data", "end", "drain", "allocate", "connection", "error", "datagram"] as const;
const NOTHING = new Uint8Array(0);

/** A flow's handler that is silent when the process is no more. */
function guarded(fd: unknown, handler: unknown, process: CallTaker): unknown {
  // What is no handler is the kernel's to refuse.
  if (typeof handler !== "object" || handler === null) return handler;
  const given = handler as Record<string, AnyCall | undefined>;
  const handled = (handle: () => unknown): unknown => {
    try {
      return handle();
    } catch (error) {
      process.thrown(error);
      throw error;
    }
  };
  const members: [string, AnyCall][] = [];
  for (const name of HANDLERS) {
    if (typeof given[name] !== "function") continue;
    // Taken at each call: a handler may change its members.
    members.push([name, (...args) => (process.isGone ? NOTHING : handled(() => given[name]?.(...args)))]);
  }
  const close: AnyCall = (...args) => {
    if (process.isGone) return;
    process.flowClosed(fd as number);
    handled(() => given["close"]?.(...args));
  };
  return { ...Object.fromEntries(members), close };
}
