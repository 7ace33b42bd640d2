import { invalidValue } from "../../api/errors.ts";
import type { Kernel, WorkerPort } from "../../api/kernel.ts";
import { Acceptor } from "./acceptor.ts";
import type { ConnectionHandler, FlowFactory, Serving } from "./connection.ts";
import { Connections } from "./connections.ts";
import { openListener } from "./listener.ts";
import { receivePassed } from "./processes.ts";
import { ProxyGate } from "./proxy-gate.ts";
import type { ServeCounters } from "./stats.ts";
import { takeHanded } from "./threads.ts";
import type { FromWorker, ToWorker, WorkerData } from "./worker-message.ts";

/** What runs in a worker of a pool: it serves the connections that it is given, or accepts them by itself. */
export default async function serveInWorker(
  kernel: Kernel,
  port: WorkerPort,
  start: unknown,
  channel: number | undefined,
): Promise<void> {
  const data = start as WorkerData;
  const say = (message: FromWorker): void => port.post(message);
  const serving = await loadServing(data.module);
  const stopping = new AbortController();
  const ended = new AbortController();
  let acceptor: Acceptor | undefined;
  const report = reporter(() => say({ kind: "counters", counters: countersOf(connections, acceptor) }));
  const connections = new Connections(kernel, {
    ...data,
    serving,
    proxy: data.proxy === undefined ? undefined : new ProxyGate(data.proxy, data),
    stopping: stopping.signal,
    onError: (error) => say(errorMessage(error)),
    onEnded() {
      acceptor?.roomMade();
      report();
    },
  });
  if (data.listen !== undefined) acceptor = await acceptHere(kernel, data, connections, report, say);
  const done = new Promise<void>((resolve) => {
    port.onMessage((message) => {
      const told = message as ToWorker;
      if (told.kind === "connection") return takeHanded(kernel, connections, told, data.taken);
      acceptor?.close();
      stopping.abort();
      if (told.kind === "stop") return say({ kind: "stopped", counters: countersOf(connections, acceptor) });
      void connections.close(undefined);
      ended.abort();
      resolve();
    });
  });
  if (channel !== undefined && acceptor === undefined) void receivePassed(kernel, channel, connections, ended.signal);
  say({ kind: "ready" });
  await done;
}

/** The worker's own listener, on the port that all share. */
async function acceptHere(
  kernel: Kernel,
  data: WorkerData,
  connections: Connections,
  report: () => void,
  say: (message: FromWorker) => void,
): Promise<Acceptor> {
  const most = data.maxClients ?? Infinity;
  const listener = await openListener(kernel, data.listen ?? {});
  const acceptor = new Acceptor(kernel, listener, {
    take(fd, address) {
      connections.take(fd, address);
      report();
    },
    hasRoom: () => connections.active < most,
    refuse: data.refuse === true,
    onError: (error) => say(errorMessage(error)),
    // Without its listener this worker is of no use: its starter counts it as crashed.
    failed(error) {
      throw error;
    },
  });
  acceptor.start();
  return acceptor;
}

function countersOf(connections: Connections, acceptor: Acceptor | undefined): ServeCounters {
  const counters = connections.endedCounters();
  counters.refused += acceptor?.refused ?? 0;
  counters.shortages += acceptor?.shortages ?? 0;
  counters.errors += acceptor?.errors ?? 0;
  return counters;
}

/** Calls back once for all that happens in a turn. */
function reporter(report: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      report();
    });
  };
}

/** The module's `flow` or `handler`, or its default export, which is a handler. */
async function loadServing(module: string): Promise<Serving> {
  const loaded = (await import(module)) as { flow?: unknown; handler?: unknown; default?: unknown };
  if (typeof loaded.flow === "function") return { flow: loaded.flow as FlowFactory };
  const handler = loaded.handler ?? loaded.default;
  if (typeof handler === "function") return { handler: handler as ConnectionHandler };
  throw invalidValue("options.module", "a module that exports `handler`, `flow` or a default handler", module);
}

/** An error as it can be posted: its class and members may be lost, its code is kept. */
function errorMessage(error: unknown): FromWorker {
  if (!(error instanceof Error)) return { kind: "error", error: String(error), code: undefined };
  return { kind: "error", error, code: "code" in error ? error.code : undefined };
}
