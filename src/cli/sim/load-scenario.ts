import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Scenario } from "../../sim/sweep/scenario.ts";
import { usageError } from "../usage-error.ts";

/** Loads a scenario: the default export of a module. */
export async function loadScenario(file: string): Promise<Scenario> {
  const path = resolve(file);
  if (!existsSync(path)) throw usageError(`there is no file ${file}`);
  const module = await load(path, file);
  const { default: scenario } = module as { readonly default?: unknown };
  if (typeof scenario === "function") return scenario as Scenario;
  throw usageError(`${file} exports no scenario: its default export must be a function (internet, tools) => …`);
}

async function load(path: string, file: string): Promise<unknown> {
  try {
    return (await import(pathToFileURL(path).href)) as unknown;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ERR_UNKNOWN_FILE_EXTENSION") throw error;
    throw usageError(
      `this Node does not run ${file} as it is: compile it to JavaScript first, or use Node 22.18 or later`,
    );
  }
}
