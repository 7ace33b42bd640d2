import type { SocketAddress } from "../../api/address.ts";
import type { ListenOptions } from "./listener.ts";
import type { LimitOptions } from "./options.ts";
import type { ProxyOptions } from "./proxy-gate.ts";
import type { ServeCounters } from "./stats.ts";

/** What a worker of a pool is started with. */
export interface WorkerData extends LimitOptions, ProxyOptions {
  /** The module with the handler. */
  readonly module: string;
  /** Where the worker listens itself, when the workers share the port. */
  readonly listen?: ListenOptions | undefined;
  /** For a thread: how many of the descriptors that it was told of it has taken over. */
  readonly taken?: Int32Array | undefined;
}

/** What a worker is told. */
export type ToWorker =
  | { readonly kind: "connection"; readonly fd: number; readonly address: SocketAddress }
  /** Take no more; finish what is there. */
  | { readonly kind: "stop" }
  /** Close everything and end. */
  | { readonly kind: "close" };

/** What a worker says. */
export type FromWorker =
  | { readonly kind: "ready" }
  /** After each connection's end, and where the worker accepts by itself after its beginning. */
  | { readonly kind: "counters"; readonly counters: ServeCounters }
  /** The answer to "stop". */
  | { readonly kind: "stopped"; readonly counters: ServeCounters }
  | { readonly kind: "error"; readonly error: unknown; readonly code: unknown };
