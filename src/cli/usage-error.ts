const CODE = "ERR_USAGE";

/** The command line is wrong: the message says what is expected. */
export function usageError(message: string): Error {
  return Object.assign(new Error(message), { code: CODE });
}

export function isUsageError(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === CODE;
}

/** Runs `parse`, which calls node:util's parseArgs; what that finds wrong is wrong usage. */
export function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))) throw error;
    const [first = ""] = error.message.split(/\. |\n/);
    throw usageError(`${first.charAt(0).toLowerCase()}${first.slice(1)}`);
  }
}

/** An option's value that is a whole number. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!/^[0-9]+$/.test(text) || number < least || number > most) {
    throw usageError(`${option} must be a whole number from ${least} to ${most}, not "${text}"`);
  }
  return number;
}

/** An option's value that is one of a few words. */
export function oneOf<W extends string>(option: string, text: string, words: readonly W[]): W {
  const found = words.find((word) => word === text);
  if (found === undefined) throw usageError(`${option} must be one of ${words.join(", ")}, not "${text}"`);
  return found;
}
