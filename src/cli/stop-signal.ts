import { EXIT } from "./command.ts";

/** npm and timeout(1) pass a signal on that the terminal has sent to all: signals that come together are one. */
const ONE_SIGNAL_MS = 250;

/** Waits for Ctrl-C or SIGTERM. A second one ends the process at once. */
export interface StopSignal {
  /** Resolves at the first signal. */
  readonly stopped: Promise<void>;
  /** Aborted at the first signal. */
  readonly signal: AbortSignal;
  /** Listens no more. */
  release(): void;
}

export function stopSignal(): StopSignal {
  const stop = new AbortController();
  let firstMs: number | undefined;
  let resolveStopped: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (resolveStopped = resolve));
  const heard = (): void => {
    firstMs ??= performance.now();
    if (performance.now() - firstMs > ONE_SIGNAL_MS) process.exit(EXIT.interrupted);
    resolveStopped();
    stop.abort();
  };
  process.on("SIGINT", heard);
  process.on("SIGTERM", heard);
  return {
    stopped,
    signal: stop.signal,
    release() {
      process.off("SIGINT", heard);
      process.off("SIGTERM", heard);
    },
  };
}
