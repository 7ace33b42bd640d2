import type { Kernel } from "../../api/kernel.ts";
import { abortError } from "../../api/errors.ts";
import { Acceptor } from "./acceptor.ts";
import { Connections, type ErrorListener } from "./connections.ts";
import { openListener } from "./listener.ts";
import { checkOptions, type ServeOptions } from "./options.ts";
import { ProxyGate } from "./proxy-gate.ts";
import { serveByWorkers } from "./serve-by-workers.ts";
import { Server } from "./server.ts";

/**
 * Starts a server: socket(2), bind(2), listen(2), then accept(2) for client after client, and a handler for each
 * connection.
 * The shapes are the textbook's. "iterative": one client at a time, the next waits in the backlog. "concurrent" (the
 * default): many at once in this thread. "threads" and "processes": in a pool of workers, which load the handler from
 * `module`; each connection goes to the worker with the fewest, as a descriptor's number or over a Unix socket
 * (SCM_RIGHTS), or each worker listens itself (`share: "port"`).
 * A handler is a function that gets a `Socket` and a context, or a `flow` that has the bytes pushed, which is the fast
 * path.
 * Times are in milliseconds, of the kernel's clock. What one client or handler does wrong is counted, told to
 * `onError`, and ends that connection alone. Want of descriptors (EMFILE, ENFILE, ENOBUFS, ENOMEM) pauses accepting
 * until a connection ends.
 * Returns the server when it listens and all workers are ready: `stop` ends it in good order, `close` at once.
 * Errors: those of socket, bind, listen and getaddrinfo (EADDRINUSE, EACCES …); ERR_INVALID_ARG_…, ERR_OUT_OF_RANGE
 * before anything is opened; ERR_NOT_SUPPORTED where the kernel has no workers; what a worker's module threw;
 * AbortError.
 * Aborting `signal` closes the server at once.
 * On every kernel; "threads" and "processes" on the host.
 *
 * @example
 * const server = await serve(host, {
 *   address: "127.0.0.1",
 *   handler: async (client) => {
 *     let data: Uint8Array;
 *     while ((data = await client.recv(4096)).length > 0) await client.sendAll(data);
 *   },
 * });
 * await using client = new Socket(host, AF_INET, SOCK_STREAM);
 * await client.connect(server.address);
 * await client.sendAll(new TextEncoder().encode("hello"));
 * new TextDecoder().decode(await client.recv(100)); // "hello"
 * await server.stop({ deadlineMs: 1000 });
 */
export async function serve(kernel: Kernel, options: ServeOptions): Promise<Server> {
  checkOptions(options);
  return start(kernel, { ...options, onError: toldLater(options.onError) });
}

async function start(kernel: Kernel, options: ServeOptions): Promise<Server> {
  const { signal } = options;
  if (signal?.aborted) throw abortError(signal);
  const proxy = options.proxy === undefined ? undefined : new ProxyGate(options.proxy, options);
  const { shape } = options;
  const server =
    shape === "threads" || shape === "processes"
      ? await serveByWorkers(kernel, shape, options)
      : serveHere(kernel, await openListener(kernel, options), options, proxy);
  closeOnAbort(server, signal);
  return server;
}

/** The shapes "iterative" and "concurrent": iterative is concurrent with one client at a time. */
function serveHere(kernel: Kernel, listener: number, options: ServeOptions, proxy: ProxyGate | undefined): Server {
  const { shape = "concurrent", onError } = options;
  const stopping = new AbortController();
  const most = shape === "iterative" ? 1 : (options.maxClients ?? Infinity);
  const connections = new Connections(kernel, {
    ...options,
    serving: options,
    proxy,
    stopping: stopping.signal,
    onEnded: () => acceptor.roomMade(),
  });
  const acceptor = new Acceptor(kernel, listener, {
    take: (fd, address) => connections.take(fd, address),
    hasRoom: () => connections.active < most,
    refuse: options.refuse === true && shape !== "iterative",
    onError,
    failed: () => void server.close(),
  });
  const address = kernel.getsockname(listener);
  const server = new Server(kernel, { shape, address, acceptor, exchange: connections, stopping });
  acceptor.start();
  return server;
}

/** A listener that throws does so by itself, outside of what the server was doing. */
function toldLater(onError: ErrorListener | undefined): ErrorListener | undefined {
  return onError && ((error) => queueMicrotask(() => onError(error)));
}

function closeOnAbort(server: Server, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const close = (): void => void server.close();
  signal.addEventListener("abort", close, { once: true });
  void server.closed.then(() => signal.removeEventListener("abort", close));
}
