/** Where a table was read from: the system's file, or the copy that dialtone carries. */
export type Source = "/etc/services" | "/etc/protocols" | "embedded";

/**
 * The text of a system file, or `undefined` where there is none to read: in a web page, on a system without the file,
 * or where it may not be read. Node's file system is asked for at run time, so that this module loads anywhere.
 */
export function readSystemFile(path: string): string | undefined {
  const fs = globalThis.process?.getBuiltinModule?.("node:fs");
  try {
    return fs?.readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The fields of each line of services(5) and protocols(5): "#" begins a comment, white space separates. */
export function databaseLines(text: string): string[][] {
  return text
    .split("\n")
    .map((line) =>
      line
        .replace(/#.*/s, "")
        .split(/[ \t\r\v\f]+/)
        .filter((field) => field !== ""),
    )
    .filter((fields) => fields.length > 0);
}

/** The entries under each of their keys (a name, an alias, a number), in the file's order: C's answer is the first. */
export function indexBy<Entry, Key>(
  entries: readonly Entry[],
  keysOf: (entry: Entry) => readonly Key[],
): ReadonlyMap<Key, readonly Entry[]> {
  const index = new Map<Key, Entry[]>();
  for (const entry of entries) {
    for (const key of keysOf(entry)) {
      const found = index.get(key);
      if (found === undefined) index.set(key, [entry]);
      else found.push(entry);
    }
  }
  return index;
}
