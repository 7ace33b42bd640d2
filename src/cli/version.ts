import { existsSync, readFileSync } from "node:fs";

/** The package's version: that of the nearest package.json above this file. */
export function version(): string {
  for (let folder = new URL("./", import.meta.url); ; folder = new URL("../", folder)) {
    const manifest = new URL("package.json", folder);
    if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
    if (folder.pathname === "/") return "unknown";
  }
}
