import { createHost, isSystemError, type HostKernel } from "../../src/index.ts";
import type { RingLimits } from "../../src/host/uring/limits.ts";
import { AF_UNIX, SOCK_STREAM } from "../../src/api/constants.ts";

/** A ring that overflows, and runs out of buffers, with a few dozen connections. */
export const TINY: Partial<RingLimits> = {
  submissions: 8,
  completions: 16,
  buffers: 2,
  bufferBytes: 1024,
  sendBytes: 4096,
};

/** For a test's options: why there is no io_uring here, or false. */
export const skip: string | false = refusal();

function refusal(): string | false {
  try {
    createHost({ engine: "io_uring", start: true });
    return false;
  } catch (error) {
    return `io_uring is refused here: ${(error as Error).message}`;
  }
}

/** Connected pairs: the one ends, and the other ends. */
export function pairs(kernel: HostKernel, count: number): { near: number[]; far: number[] } {
  const both = Array.from({ length: count }, () => kernel.socketpair(AF_UNIX, SOCK_STREAM));
  return { near: both.map(([near]) => near), far: both.map(([, far]) => far) };
}

/** Resolves when the condition holds, which is looked at after each turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** The errno's name with which a call fails. */
export function codeOf(call: () => unknown): string {
  try {
    call();
    return "none";
  } catch (error) {
    return isSystemError(error) ? error.code : String(error);
  }
}
