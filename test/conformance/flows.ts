import type { Flow, FlowHandler, FlowOptions } from "../../src/index.ts";
import type { Context } from "./conformance.ts";

/** A flow that writes down what its handler is told, and what a test waits for. */
export interface Recorded {
  readonly flow: Flow;
  /** The calls in their order: "data abc", "end", "drain", "close", "close ECONNRESET". */
  readonly told: string[];
  readonly chunks: Uint8Array[];
  /** Resolves with the first call of this name that is not yet taken. */
  next(name: "data" | "end" | "drain" | "close"): Promise<void>;
  readonly closed: Promise<Error | undefined>;
}

/** Hands the descriptor over. `handler` does more than to write down; data is told as text. */
export function record(
  t: Context,
  fd: number,
  handler: Partial<FlowHandler> = {},
  options: FlowOptions = {},
  keepsEnd = true,
): Recorded {
  const told: string[] = [];
  const chunks: Uint8Array[] = [];
  const counts = { data: 0, end: 0, drain: 0, close: 0 };
  const taken = { data: 0, end: 0, drain: 0, close: 0 };
  let waiting: (() => void)[] = [];
  const tell = (name: keyof typeof counts, what: string): void => {
    counts[name] += 1;
    told.push(what);
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  let close: (error: Error | undefined) => void;
  const closed = new Promise<Error | undefined>((resolve) => (close = resolve));
  const all: FlowHandler = {
    data(chunk, flow) {
      chunks.push(chunk.slice());
      tell("data", `data ${chunk.length > 32 ? chunk.length : new TextDecoder().decode(chunk)}`);
      handler.data?.(chunk, flow);
    },
    drain(flow) {
      tell("drain", "drain");
      handler.drain?.(flow);
    },
    close(error, flow) {
      tell("close", error === undefined ? "close" : `close ${(error as { code?: string }).code ?? error.message}`);
      handler.close?.(error, flow);
      close(error);
    },
    ...(keepsEnd
      ? {
          end(flow: Flow) {
            tell("end", "end");
            handler.end?.(flow);
          },
        }
      : {}),
    ...(handler.allocate === undefined ? {} : { allocate: handler.allocate }),
  };
  const flow = t.kernel.flow(fd, all, options);
  return {
    flow,
    told,
    chunks,
    closed,
    async next(name) {
      while (counts[name] <= taken[name]) await new Promise<void>((resolve) => waiting.push(resolve));
      taken[name] += 1;
    },
  };
}
