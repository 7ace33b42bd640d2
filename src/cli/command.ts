/** A subcommand of `dialtone`. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What `--help` prints: usage, options, examples, exit codes. */
  readonly help: string;
  /** Resolves with the exit code; what it throws is printed in one line, with the exit code 1, or 2 for wrong usage. */
  run(args: readonly string[]): Promise<number>;
}

/** Exit codes of every command. */
export const EXIT = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;
