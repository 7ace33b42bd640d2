import type { AddressLike } from "../../api/address.ts";
import { notSupported } from "../../api/errors.ts";
import type { Kernel, Workers } from "../../api/kernel.ts";
import { Acceptor } from "./acceptor.ts";
import { openBound, openListener } from "./listener.ts";
import type { ServeOptions } from "./options.ts";
import { PoolWorker, type PoolWorkerEvents } from "./pool-worker.ts";
import { ProcessDelivery } from "./processes.ts";
import { Server, type ServerParts } from "./server.ts";
import { takenCount, ThreadDelivery } from "./threads.ts";
import type { UndeliveredListener } from "./delivery.ts";
import type { WorkerData } from "./worker-message.ts";
import { WorkerPool } from "./worker-pool.ts";

const DEFAULT_WORKERS = 4;
const DEFAULT_RESTARTS_PER_MINUTE = 10;

/** The shapes "threads" and "processes". */
export async function serveByWorkers(
  kernel: Kernel,
  shape: "threads" | "processes",
  options: ServeOptions,
): Promise<Server> {
  const { workers } = kernel;
  if (workers === undefined) throw notSupported(`the kernel "${kernel.name}" has no ${shape}`);
  const isShared = options.share === "port";
  if (shape === "threads" && !isShared && (kernel.detach === undefined || kernel.adopt === undefined)) {
    throw notSupported(`threads share no descriptors on the kernel "${kernel.name}"`);
  }
  const listener = await (isShared
    ? openBound(kernel, { ...options, reusePort: true })
    : openListener(kernel, options));
  const stopping = new AbortController();
  try {
    const address = kernel.getsockname(listener);
    const data = workerData(options, isShared ? address : undefined);
    const pool = new WorkerPool(kernel, {
      workers: options.workers ?? DEFAULT_WORKERS,
      restartsPerMinute: options.restartsPerMinute ?? DEFAULT_RESTARTS_PER_MINUTE,
      start: (events, undelivered) => startWorker(kernel, workers, shape, data, events, undelivered),
      onError: options.onError,
      onEnded: () => started.acceptor?.roomMade(),
      failed: () => void started.server?.close(),
    });
    const started: { acceptor?: Acceptor; server?: Server } = {};
    await pool.start();
    if (!isShared) {
      started.acceptor = poolAcceptor(kernel, listener, pool, options, () => void started.server?.close());
    }
    const acceptor = started.acceptor ?? reservation(kernel, listener);
    started.server = new Server(kernel, { shape, address, acceptor, exchange: pool, stopping });
    started.acceptor?.start();
    return started.server;
  } catch (error) {
    kernel.close(listener);
    throw error;
  }
}

function poolAcceptor(
  kernel: Kernel,
  listener: number,
  pool: WorkerPool,
  options: ServeOptions,
  failed: () => void,
): Acceptor {
  const most = options.maxClients ?? Infinity;
  return new Acceptor(kernel, listener, {
    take: (fd, address) => pool.take(fd, address),
    hasRoom: () => pool.active < most,
    isReady: () => pool.ready,
    refuse: options.refuse === true,
    onError: options.onError,
    failed,
  });
}

/**
 * Where the workers accept: a bound socket that does not listen keeps the port for them, also while one is started
 * anew.
 */
function reservation(kernel: Kernel, bound: number): ServerParts["acceptor"] {
  let fd = bound;
  return {
    get fd() {
      return fd;
    },
    refused: 0,
    shortages: 0,
    errors: 0,
    close() {
      if (fd >= 0) kernel.close(fd);
      fd = -1;
    },
    ref() {
      // The workers keep the program alive.
    },
    unref() {
      // The pool does it.
    },
  };
}

function startWorker(
  kernel: Kernel,
  workers: Workers,
  shape: "threads" | "processes",
  data: WorkerData,
  events: PoolWorkerEvents,
  undelivered: UndeliveredListener,
): PoolWorker {
  const program = new URL(`./worker-program.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);
  const acceptsItself = data.listen !== undefined;
  if (shape === "threads") {
    const taken = takenCount();
    const worker = workers.thread(program, { ...data, taken });
    return new PoolWorker(worker, acceptsItself ? undefined : new ThreadDelivery(kernel, worker, taken), events);
  }
  const worker = workers.process(program, data);
  return new PoolWorker(worker, acceptsItself ? undefined : new ProcessDelivery(kernel, worker, undelivered), events);
}

/** What can be sent to a worker of the options. `shared`: the address on which it listens itself. */
function workerData(options: ServeOptions, shared: AddressLike | undefined): WorkerData {
  const { idleTimeoutMs, handshakeTimeoutMs, maxClients, refuse, proxy, proxyFrom, proxyMaxBytes, backlog } = options;
  const limits = { idleTimeoutMs, handshakeTimeoutMs, refuse, proxy, proxyFrom, proxyMaxBytes };
  const data: WorkerData = { ...limits, module: String(options.module) };
  if (shared === undefined) return data;
  const share = maxClients === undefined ? undefined : Math.ceil(maxClients / (options.workers ?? DEFAULT_WORKERS));
  const ipv6Only = options.ipv6Only ?? (options.address === undefined ? false : undefined);
  return { ...data, maxClients: share, listen: { address: shared, backlog, ipv6Only, reusePort: true } };
}
