import type { ServeOptions } from "../../src/index.ts";
import { echoFlow, handler } from "./handlers.ts";

const module = new URL("./handlers.js", import.meta.url);

/** Every way to serve an echo, by its name. */
export const SHAPES: Readonly<Record<string, ServeOptions>> = {
  "iterative, by a socket": { shape: "iterative", handler },
  "iterative, by a flow": { shape: "iterative", flow: echoFlow },
  "concurrent, by a socket": { handler },
  "concurrent, by a flow": { shape: "concurrent", flow: echoFlow },
  threads: { shape: "threads", workers: 2, module },
  "threads that share the port": { shape: "threads", workers: 2, module, share: "port" },
  processes: { shape: "processes", workers: 2, module },
  "processes that share the port": { shape: "processes", workers: 2, module, share: "port" },
};

export const LOOPBACK = "127.0.0.1";
