import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Folders that hold nothing of ours. */
const FOREIGN: ReadonlySet<string> = new Set(["node_modules", "dist", "build", ".git"]);

/** The files of the project below `folder` whose path passes, sorted; paths are relative to the working folder. */
export function filesBelow(folder: string, accepts: (path: string) => boolean): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!FOREIGN.has(entry.name)) found.push(...filesBelow(path, accepts));
    } else if (entry.isFile() && accepts(path)) {
      found.push(path);
    }
  }
  return found.sort();
}
