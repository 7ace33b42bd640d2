import type { Kernel } from "../api/kernel.ts";
import { traceCalls } from "../socket/trace/trace-calls.ts";
import { callLine, type Columns } from "./call-lines.ts";
import { paintFor } from "./colour.ts";

const COLUMNS: Columns = { who: 9, call: 48 };

/** A kernel whose calls are printed on stderr as they return: `--trace`. */
export function liveTrace<K extends Kernel>(kernel: K, who: string): K {
  const startMs = kernel.clock.now();
  const paint = paintFor(process.stderr);
  return traceCalls(kernel, (call) => {
    console.error(callLine({ who: call.worker ?? who, call }, startMs, COLUMNS, paint));
  });
}
