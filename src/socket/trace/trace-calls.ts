import { SCM_RIGHTS, SOL_SOCKET } from "../../api/constants.ts";
import type { Kernel } from "../../api/kernel.ts";
import { controlValue, type Message } from "../../api/message.ts";
import { callShapes, type CallShape } from "../../trace/call-shapes.ts";
import { argumentTexts, returnedText } from "../../trace/call-text.ts";
import { overlay } from "./overlay.ts";
import { Recorder } from "./recorder.ts";
import { traceAcceptFlow, traceDatagramFlow, traceFlow } from "./trace-flow.ts";
import { traceWorkers } from "./trace-workers.ts";
import type { TraceListener } from "./traced-call.ts";

/** Settings of a trace. */
export interface TraceOptions {
  /** Characters of data that are shown (default 32). */
  readonly limit?: number;
  /**
   * Hears of each call of this thread when it begins, too: what a program waits in is what began and has not ended.
   */
  readonly began?: TraceListener;
}

/**
 * A kernel that does the same and tells `listener` of each call when it has ended: like strace(1), for a program that
 * takes a kernel. Told are all calls of Kernel, the blocking ones by the name of their twin; what a flow does, as the
 * `accept`, `recv`, `send`, `shutdown` and `close` that the kernel makes for it (`pushed`); and the calls of the
 * threads and processes that the kernel's `workers` start (`worker`). Times are of the kernel's clock, in
 * milliseconds. The calls' results, errors, signals and order are the kernel's own; the listener runs within the call
 * and must not throw. Any kernel.
 *
 * @example
 * const names: string[] = [];
 * const traced = traceCalls(host, ({ name }) => names.push(name));
 * const fd = traced.socket(AF_INET, SOCK_STREAM);
 * traced.bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
 * traced.close(fd);
 * names.join(" "); // "socket bind close"
 */
export function traceCalls<K extends Kernel>(kernel: K, listener: TraceListener, options: TraceOptions = {}): K {
  const recorder = new Recorder(kernel.clock, options.limit ?? 32, listener, options.began);
  const own = new Map<PropertyKey, unknown>([
    ["flow", traceFlow(recorder, kernel)],
    ["acceptFlow", traceAcceptFlow(recorder, kernel)],
    ["datagramFlow", traceDatagramFlow(recorder, kernel)],
  ]);
  if (kernel.workers !== undefined) own.set("workers", traceWorkers(recorder, kernel.workers));
  for (const [name, shape] of callShapes) {
    const call: unknown = Reflect.get(kernel, name);
    if (typeof call === "function") own.set(name, tracedCall(recorder, kernel, name, shape, call as AnyCall));
  }
  return overlay(kernel, own);
}

type AnyCall = (...values: unknown[]) => unknown;

function tracedCall(recorder: Recorder, kernel: Kernel, name: string, shape: CallShape, original: AnyCall): AnyCall {
  const shownName = name.replace(/Sync$/, "");
  return (...values) => {
    const fd = shape.onDescriptor && typeof values[0] === "number" ? values[0] : undefined;
    const call = recorder.begin(shownName, argumentTexts(shape, values, recorder.limit), fd);
    const ended = <T>(result: T): T => {
      recorder.end(call, returnedText(shape, result, values, recorder.limit), openedBy(shownName, result));
      for (const given of handedOverBy(shownName, values)) recorder.becomes("handed over", given);
      return result;
    };
    const failed = (error: unknown): never => {
      recorder.fail(call, error);
      throw error;
    };
    let result: unknown;
    try {
      result = original.apply(kernel, values);
    } catch (error) {
      return failed(error);
    }
    return result instanceof Promise ? result.then(ended, failed) : ended(result);
  };
}

/** The descriptors that a message carried to another process, unix(7). */
function handedOverBy(name: string, values: readonly unknown[]): readonly number[] {
  if (name !== "sendmsg") return [];
  const { control = [] } = values[1] as Message;
  return controlValue(control, SOL_SOCKET, SCM_RIGHTS) ?? [];
}

/** The descriptor that the call made, where it is what the call is about. */
function openedBy(name: string, result: unknown): number | undefined {
  return name === "socket" ? (result as number) : undefined;
}
