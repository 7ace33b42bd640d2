import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { compareFacts, type Facts, machineFacts, type Question, storedFacts } from "./facts.ts";

export interface Check {
  /** What the facts are about, and their place in the stored ones. */
  readonly kind: string;
  readonly ours: Facts;
  readonly questions: readonly Question[];
  /** Names that no header has, with nothing to compare them to. */
  readonly nowhere?: readonly string[];
  /** How many of ours an old machine's headers may lack. */
  readonly mayLack: number;
  /** How many facts there are at least: a check of nothing would pass. */
  readonly least: number;
}

/** Compares our numbers with C's: those of this machine's headers where it has a compiler, and the stored ones. */
export function checkFacts(check: Check): void {
  const { kind, ours, questions, least } = check;
  assert.deepEqual(Object.keys(ours).sort(), questions.map(({ name }) => name).sort());

  test(`${kind}: as in this machine's C headers`, async (t) => {
    const facts = await machineFacts(questions);
    if (facts === undefined) return t.skip("no C compiler here; the stored facts are compared");
    compare(t, check, facts, check.mayLack);
    return undefined;
  });

  test(`${kind}: as in the stored facts`, (t) => {
    const facts = storedFacts(kind);
    if (facts === undefined) return t.skip(`no facts are stored for ${process.arch}`);
    compare(t, check, facts, 0);
    return undefined;
  });

  test(`${kind}: a wrong number is found`, () => {
    const [name] = Object.keys(ours) as [string];
    const facts = { ...ours, [name]: "something else" };
    assert.equal(compareFacts(ours, facts).wrong.length, 1);
    assert.ok(Object.keys(ours).length >= least, `only ${Object.keys(ours).length} facts`);
  });
}

function compare(t: TestContext, { ours, nowhere = [], least }: Check, theirs: Facts, mayLack: number): void {
  const { wrong, unknown } = compareFacts(ours, theirs);
  assert.deepEqual(wrong, []);
  const lacking = unknown.filter((name) => !nowhere.includes(name));
  if (unknown.length > 0) t.diagnostic(`not in the headers: ${unknown.join(" ")}`);
  assert.ok(lacking.length <= mayLack, `${lacking.length} facts are lacking: ${lacking.join(" ")}`);
  assert.ok(Object.keys(ours).length - unknown.length >= least - mayLack - nowhere.length, "too few facts to compare");
}
