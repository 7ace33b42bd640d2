import { invalidType, invalidValue, outOfRange } from "../../api/errors.ts";
import type { ConnectionHandler, FlowFactory } from "./connection.ts";
import type { ErrorListener } from "./connections.ts";
import type { ListenOptions } from "./listener.ts";
import type { ProxyOptions } from "./proxy-gate.ts";
import type { TimeLimitOptions } from "./time-limits.ts";

/**
 * How a server serves its clients:
 * - "iterative": one at a time; the next waits in the backlog;
 * - "concurrent": many at once, in this thread;
 * - "threads": in a pool of worker threads;
 * - "processes": in a pool of helper processes.
 */
export type ServeShape = "iterative" | "concurrent" | "threads" | "processes";

const SHAPES: readonly string[] = ["iterative", "concurrent", "threads", "processes"] satisfies ServeShape[];

const VERSIONS: readonly string[] = ["v1", "v2", "any"];

/** What bounds a server. */
export interface LimitOptions extends TimeLimitOptions {
  /** Clients at once (default: no limit but the descriptors'). Beyond it the next wait in the backlog. */
  readonly maxClients?: number | undefined;
  /** Beyond `maxClients`, accept and reset rather than leave in the backlog. */
  readonly refuse?: boolean | undefined;
}

/** What `serve` is told. */
export interface ServeOptions extends ListenOptions, LimitOptions, ProxyOptions {
  /** Default "concurrent". */
  readonly shape?: ServeShape | undefined;
  /** Serves a client with a socket; for the shapes in this thread. */
  readonly handler?: ConnectionHandler | undefined;
  /** Serves a client by a flow, which is faster; for the shapes in this thread, instead of `handler`. */
  readonly flow?: FlowFactory | undefined;
  /**
   * For the shapes in workers: the module whose `handler` (or default export) is a ConnectionHandler, or whose `flow`
   * is a FlowFactory. A URL, such as `new URL("./handler.js", import.meta.url)`, or an absolute path.
   */
  readonly module?: URL | string | undefined;
  /** How many workers there are (default 4). */
  readonly workers?: number | undefined;
  /**
   * "descriptor" (the default): this thread accepts, and each worker is given descriptors. "port": every worker listens
   * on the port by itself (SO_REUSEPORT), and the kernel spreads the connections.
   */
  readonly share?: "descriptor" | "port" | undefined;
  /** Crashed workers that are started anew in a minute (default 10); `serve` closes when none is left. */
  readonly restartsPerMinute?: number | undefined;
  /** Told of what the server survived: what handlers threw, connections that failed, workers that crashed. */
  readonly onError?: ErrorListener | undefined;
  /** Aborting it closes the server at once. */
  readonly signal?: AbortSignal | undefined;
}

/** Refuses options that make no sense, before anything is opened. */
export function checkOptions(options: ServeOptions): void {
  const { shape = "concurrent", handler, flow } = options;
  if (!SHAPES.includes(shape)) throw invalidValue("options.shape", SHAPES.join(", "), shape);
  const { proxy } = options;
  if (proxy !== undefined && !VERSIONS.includes(proxy)) throw invalidValue("options.proxy", VERSIONS.join(", "), proxy);
  for (const name of ["idleTimeoutMs", "handshakeTimeoutMs"] as const) checkAtLeast(name, options[name], 0);
  checkAtLeast("maxClients", options.maxClients, 1);
  checkPlace(options);
  checkAtLeast("workers", options.workers, 1);
  checkAtLeast("restartsPerMinute", options.restartsPerMinute, 0);
  if (handler !== undefined && typeof handler !== "function")
    throw invalidType("options.handler", "a function", handler);
  if (flow !== undefined && typeof flow !== "function") throw invalidType("options.flow", "a function", flow);
  if (shape === "threads" || shape === "processes") checkModule(options);
  else if ((handler === undefined) === (flow === undefined)) {
    throw invalidValue("options.handler", "given, or else options.flow", handler);
  }
}

/** The ways to say where to listen, of which one is given. */
const PLACES = ["address", "path", "fd", "listener", "activation"] as const;

function checkPlace(options: ServeOptions): void {
  const given = PLACES.filter((name) => options[name] !== undefined && options[name] !== false);
  if (given.length > 1)
    throw invalidValue(`options.${given[1]}`, `left out beside options.${given[0]}`, options[given[1] as "fd"]);
}

function checkModule(options: ServeOptions): void {
  const { module, handler, flow, share } = options;
  if (handler !== undefined || flow !== undefined) {
    throw invalidValue(
      "options.handler",
      "left out: a function cannot be sent to a worker, see options.module",
      handler,
    );
  }
  if (!(module instanceof URL) && !(typeof module === "string" && /^(\/|[a-z]+:)/.test(module))) {
    throw invalidValue("options.module", "a URL or an absolute path", module);
  }
  const isGiven = PLACES.some((name) => name !== "address" && options[name] !== undefined && options[name] !== false);
  if (share === "port" && isGiven) {
    throw invalidValue("options.share", '"descriptor" for a path or a listener that is given', share);
  }
}

function checkAtLeast(name: keyof ServeOptions, value: number | undefined, least: number): void {
  if (value === undefined) return;
  if (typeof value !== "number") throw invalidType(`options.${name}`, "a number", value);
  if (!(value >= least)) throw outOfRange(`options.${name}`, `at least ${least}`, value);
}
