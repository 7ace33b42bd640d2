import { inspect } from "node:util";

/** Throws unless `text`, the comment behind an expression, begins with its value: "16", "undefined: no address". */
export function assertValue(value: unknown, text: string): void {
  const shown = typeof value === "string" ? JSON.stringify(value) : withoutLength(inspect(value));
  const said = withoutLength(text);
  const behind = said.slice(shown.length);
  if (!said.startsWith(shown) || !/^($|: |, |; | \()/.test(behind)) throw new Error(`it gives ${shown}, not ${text}`);
}

/** Throws unless the expression fails as `text` says: "TypeError: a part of its message", or "throws ECONNREFUSED". */
export async function assertThrows(expression: () => unknown, text: string): Promise<void> {
  const [what = "", rest = ""] = text.split(/^(?:throws|rejects with) |: /).filter((part) => part !== "");
  try {
    await expression();
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    if ((what === name || what === code) && message.includes(rest)) return;
    throw error;
  }
  throw new Error(`it gives a value, but the comment says ${text}`);
}

/** "Uint8Array(4) [ … ]" without its length, which the reader can count. */
function withoutLength(text: string): string {
  return text.replace(/^(\w+)\(\d+\) /, "$1 ");
}
