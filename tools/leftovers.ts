import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** How long a process that a test has told to end may take to be gone. */
const GRACE_MS = 2000;

/**
 * Finds what a run leaves behind. From its construction on, child processes get a private temporary folder and carry
 * its path in their environment; at the end both the folder and the table of processes should be empty of them.
 */
export class Leftovers {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "dt-"));

  constructor() {
    process.env["TMPDIR"] = this.#folder;
    process.once("exit", () => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** Removes what was left, and tells what it was. */
  async end(): Promise<string[]> {
    const deadline = performance.now() + GRACE_MS;
    while (this.#processes().length > 0 && performance.now() < deadline) await delay(50);
    const left: string[] = [];
    for (const { id, command } of this.#processes()) {
      left.push(`process ${id}: ${command}`);
      process.kill(id, "SIGKILL");
    }
    left.push(...readdirSync(this.#folder).map((name) => `temporary file ${name}`));
    rmSync(this.#folder, { recursive: true, force: true });
    return left;
  }

  #processes(): { id: number; command: string }[] {
    const mark = `TMPDIR=${this.#folder}\0`;
    const found: { id: number; command: string }[] = [];
    for (const name of readdirSync("/proc")) {
      const id = Number(name);
      if (!Number.isInteger(id) || id === process.pid) continue;
      try {
        if (!readFileSync(`/proc/${id}/environ`, "latin1").includes(mark)) continue;
        const command = readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        found.push({ id, command });
      } catch {
        // It has gone meanwhile, or belongs to somebody else.
      }
    }
    return found;
  }
}
