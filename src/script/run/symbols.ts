import * as constants from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";

const numbers: ReadonlyMap<string, number> = new Map(
  Object.entries({ ...constants, ...errno }).flatMap(([name, value]) =>
    typeof value === "number" ? [[name, value] as const] : [],
  ),
);

/** The number of a name of C's; undefined for one that is not known. */
export function symbol(name: string): number | undefined {
  return numbers.get(name);
}

/** Whether the name is one of errno's. */
export function isErrno(name: string): boolean {
  return Object.hasOwn(errno, name);
}
