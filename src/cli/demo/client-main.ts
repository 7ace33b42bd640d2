import { createHost } from "../../host/host.ts";
import { tcpEchoClient } from "../../programs/tcp-echo-client.ts";
import { traceCalls } from "../../socket/trace/trace-calls.ts";
import type { TracedCall } from "../../socket/trace/traced-call.ts";
import { warmUp } from "./warm-up.ts";
import type { ClientReport, Errand } from "./clients.ts";

// A client of the demo, in a process of its own: it calls when it is told to, and reports every call that it made.

const kernel = createHost();

async function call({ address, word, holdMs, timeoutMs }: Errand): Promise<ClientReport> {
  const calls: TracedCall[] = [];
  const traced = traceCalls(kernel, (one) => calls.push(one));
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const bytes = await tcpEchoClient(traced, address, new TextEncoder().encode(word), { signal, holdMs });
    return { calls, received: new TextDecoder().decode(bytes), bytes: bytes.length, error: undefined };
  } catch (error) {
    const reason = signal.aborted ? `no answer within ${timeoutMs} ms` : (error as Error).message;
    return { calls, received: "", bytes: 0, error: reason };
  }
}

process.on("message", (errand: Errand) => {
  void call(errand).then((report) => process.send?.(report));
});
// The demo ends this process; Ctrl-C reaches both.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));
await warmUp(kernel);
process.send?.("ready");
