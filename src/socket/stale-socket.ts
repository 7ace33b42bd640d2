import { AF_UNIX, SOCK_STREAM } from "../api/constants.ts";
import { isSystemError } from "../api/errors.ts";
import type { Kernel } from "../api/kernel.ts";
import { Socket } from "./socket.ts";

interface MaybeNode {
  readonly process?: { readonly getBuiltinModule?: (name: string) => Files | undefined };
}

/** What of node:fs is used. */
interface Files {
  lstatSync(path: string): { isSocket(): boolean };
  unlinkSync(path: string): void;
}

/**
 * Removes a socket's file when nobody listens on it; true when it is gone. Never a file of another kind, nor an
 * abstract name.
 */
export async function removeStaleSocket(
  kernel: Kernel,
  path: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const files = (globalThis as MaybeNode).process?.getBuiltinModule?.("node:fs");
  if (files === undefined || path.startsWith("\0")) return false;
  using probe = new Socket(kernel, AF_UNIX, SOCK_STREAM);
  try {
    await probe.connect({ family: AF_UNIX, path }, { signal });
    return false;
  } catch (error) {
    // unix(7): a file without a listener refuses. A regular file does, too.
    if (!isSystemError(error, "ECONNREFUSED") || !files.lstatSync(path).isSocket()) return false;
    files.unlinkSync(path);
    return true;
  }
}
