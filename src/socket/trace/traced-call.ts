export type DescriptorRole = "listener" | "handed over";

/** A call that a traced kernel reports: all of it is text and numbers, so that it can be sent to another process. */
export interface TracedCall {
  /** The order in which the calls of this kernel began, from 1. */
  readonly number: number;
  /** The call's name: "recv", also for `recvSync`. */
  readonly name: string;
  /** The arguments, as C writes them: `["AF_INET", "SOCK_STREAM"]`, `["19", "127.0.0.1:7007"]`. */
  readonly arguments: readonly string[];
  /** What it returned: `18`, `5 "hello"`, `19 from 127.0.0.1:50000`; undefined when it failed, or still waits. */
  readonly result: string | undefined;
  /** The code of its error: "ECONNREFUSED". */
  readonly error: string | undefined;
  /** The descriptor that it is about, or that it gave. */
  readonly fd: number | undefined;
  /** The descriptor's own number in this trace: unlike `fd` it never means another one after a close. */
  readonly descriptor: number | undefined;
  /** What became of the descriptor before: `listen` was called on it, or it was sent to another process. */
  readonly role: DescriptorRole | undefined;
  /** By the kernel's clock, in milliseconds. On the host that clock is one for all threads and processes. */
  readonly beganMs: number;
  /** When it returned; while it waits, when it began. */
  readonly endedMs: number;
  /** True for what the kernel did by itself with a descriptor that was handed over to it (a flow). */
  readonly pushed: boolean;
  /** The thread or process that made it, when the traced kernel's `workers` started one: "thread 1". */
  readonly worker: string | undefined;
}

/** Hears of the calls of a traced kernel. It must not throw. */
export type TraceListener = (call: TracedCall) => void;

/**
 * A call in one line, as strace writes it: `recv(19, buffer[1024]) = 5 "hello"`, or with an error
 * `connect(18, 127.0.0.1:1) = -1 ECONNREFUSED`; one that still waits ends in `…`.
 *
 * @example
 * const lines: string[] = [];
 * const traced = traceCalls(host, (call) => lines.push(callText(call)));
 * const fd = traced.socket(AF_INET, SOCK_DGRAM);
 * traced.close(fd);
 * lines.length; // 2
 */
export function callText(call: TracedCall): string {
  return `${call.name}(${call.arguments.join(", ")}) ${resultText(call)}`;
}

/** The second half of the line: `= 18`, `= -1 EADDRINUSE`, `…`. */
export function resultText({ result, error }: TracedCall): string {
  if (error !== undefined) return `= -1 ${error}`;
  return result === undefined ? "…" : `= ${result}`;
}
