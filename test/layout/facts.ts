import { readFileSync, writeFileSync } from "node:fs";
import { cFacts, compiler } from "./c-facts.ts";
import { headers, type HeaderSet } from "./headers.ts";

/** Facts of the C headers, by name: numbers, or bytes in hexadecimal. */
export type Facts = Readonly<Record<string, number | string>>;

/** Something to ask of the C headers. */
export interface Question {
  readonly name: string;
  /** The set of headers that knows; all three are asked, and must agree, when it is left out. */
  readonly set?: HeaderSet;
  /** A C statement that prints the name, a space and the answer. */
  readonly statement: string;
}

/** Asks for an integer. */
export function integer(name: string, expression: string = name, set?: HeaderSet): Question {
  const statement = `printf("%s %lld\\n", "${name}", (long long)(${expression}));`;
  return set === undefined ? { name, statement } : { name, set, statement };
}

const file = new URL("../../../test/layout/facts.json", import.meta.url);

/** Stored facts: processor → kind → facts. Those of x64 are whole, the others' only where they differ. */
type Stored = Record<string, Record<string, Facts>>;
const WHOLE = "x64";

function readStored(): Stored {
  return JSON.parse(readFileSync(file, "utf8")) as Stored;
}

/** The facts that were stored for this processor; undefined when there are none. */
export function storedFacts(kind: string): Facts | undefined {
  const stored = readStored();
  const own = stored[process.arch];
  return own === undefined ? undefined : { ...stored[WHOLE]?.[kind], ...own[kind] };
}

/** Stores the facts of a processor. What its headers do not have is kept as it was. */
export function storeFacts(kind: string, facts: Facts, processor: string): void {
  const stored = readStored();
  const whole = processor === WHOLE ? undefined : stored[WHOLE]?.[kind];
  const known = { ...stored[processor]?.[kind], ...facts };
  const sorted = Object.entries(known)
    .filter(([name, fact]) => fact !== whole?.[name])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  stored[processor] = { ...stored[processor], [kind]: Object.fromEntries(sorted) };
  writeFileSync(file, `${JSON.stringify(stored, undefined, 1)}\n`);
}

/**
 * This machine's answers from its C headers; undefined where it has no compiler.
 * Throws where two sets of headers disagree.
 */
export async function machineFacts(
  questions: readonly Question[],
  cc: string | undefined = compiler,
): Promise<Facts | undefined> {
  if (cc === undefined) return undefined;
  const facts: Record<string, number | string> = {};
  for (const set of Object.keys(headers) as HeaderSet[]) {
    const asked = questions.filter((question) => (question.set ?? set) === set);
    const statements = new Map(asked.map(({ name, statement }) => [name, statement]));
    const { found } = await cFacts(cc, headers[set], statements);
    for (const [name, text] of found) {
      const fact = /^-?\d+$/.test(text) ? Number(text) : text;
      if (facts[name] !== undefined && facts[name] !== fact) throw new Error(`the headers disagree about ${name}`);
      facts[name] = fact;
    }
  }
  return facts;
}

/** What differs between ours and C's, and what C's do not have. */
export function compareFacts(ours: Facts, theirs: Facts): { wrong: string[]; unknown: string[] } {
  const wrong: string[] = [];
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(ours)) {
    const fact = theirs[name];
    if (fact === undefined) unknown.push(name);
    else if (fact !== value) wrong.push(`${name} is ${value}, in C ${fact}`);
  }
  return { wrong, unknown };
}
