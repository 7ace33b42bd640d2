/* The lecture's DieWithError: prints why a call failed, and ends the program. */
import { isSystemError } from "dialtone";

/** `bind() failed: EADDRINUSE` on standard error, then exit 1: perror(3) and exit(3) in one. */
export function dieWithError(error: unknown): never {
  const reason = isSystemError(error) ? `${error.syscall}() failed: ${error.message}` : String(error);
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

/** Runs a program of this folder when it is the one that was started, with the words of the command line. */
export function runAsMain(file: string, program: (...words: string[]) => unknown): void {
  if (process.argv[1] !== file) return;
  Promise.resolve()
    .then(() => program(...process.argv.slice(2)))
    .catch(dieWithError);
}
