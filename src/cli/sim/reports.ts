import type { SeedResult } from "../../sim/sweep/scenario.ts";

/** What a user types to see a failure again. */
export function replayLine(file: string, { seed, onlyFaults }: SeedResult): string {
  const faults = onlyFaults === undefined ? "" : ` --faults ${onlyFaults.join(",") || "none"}`;
  return `dialtone sim ${file} --seed ${seed}${faults} --trace`;
}

/** Results as JUnit's XML, which CI systems read: a test case a seed. */
export function junit(file: string, results: readonly SeedResult[]): string {
  const failed = results.filter(({ status }) => status === "failed").length;
  const cases = results.map((result) => {
    const open = `    <testcase classname="${escaped(file)}" name="seed ${result.seed}" time="${result.timeMs / 1000}"`;
    if (result.status === "passed") return `${open}/>`;
    const [reason = ""] = (result.message ?? "").split("\n");
    const text = [...result.faults.map((fault) => `fault ${fault}`), result.message, replayLine(file, result)].join(
      "\n",
    );
    return `${open}>\n      <failure message="${escaped(reason)}">${escaped(text)}</failure>\n    </testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite name="${escaped(file)}" tests="${results.length}" failures="${failed}">`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** XML 1.0 has no way to write most control characters. */
function escaped(text: string): string {
  const legal = Array.from(text, (character) =>
    character < " " && !"\t\n\r".includes(character) ? "\uFFFD" : character,
  );
  return legal.join("").replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
