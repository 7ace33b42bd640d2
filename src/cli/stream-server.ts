import type { SocketAddress } from "../api/address.ts";
import type { Kernel } from "../api/kernel.ts";
import echo from "../programs/echo-handler.ts";
import { serve } from "../socket/serve/serve.ts";
import type { Server } from "../socket/serve/server.ts";

export const SHAPES = ["iterative", "concurrent", "threads", "processes"] as const;
export type Shape = (typeof SHAPES)[number];

export interface StreamServerOptions {
  readonly address: SocketAddress;
  readonly shape: Shape;
  readonly workers?: number | undefined;
  /** Told of what the server survived. */
  readonly onError?: (error: unknown) => void;
}

/** Starts an echo server of one of the shapes. */
export async function startStreamServer(kernel: Kernel, options: StreamServerOptions): Promise<Server> {
  const { address, shape, workers, onError } = options;
  if (shape === "iterative" || shape === "concurrent") {
    return serve(kernel, { address, shape, handler: echo, onError });
  }
  // A function cannot be sent to a worker: it loads the handler's module itself.
  const name = `echo-handler.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`;
  return serve(kernel, { address, shape, workers, onError, module: new URL(`../programs/${name}`, import.meta.url) });
}
