import { readdirSync, readFileSync, readlinkSync, writeSync } from "node:fs";

/* What a test's program does to be heard and seen. */

/** Tells the test a value, at once: no stream of Node's is involved, which would be a handle of the event loop. */
export function tell(value: unknown): void {
  writeSync(1, `${JSON.stringify(value)}\n`);
}

/** What is behind each open descriptor of a process, by number. */
export function openFiles(pid: number | "self" = "self"): Map<number, string> {
  const open = new Map<number, string>();
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    try {
      open.set(Number(name), readlinkSync(`/proc/${pid}/fd/${name}`));
    } catch {
      // The descriptor that read the folder.
    }
  }
  return open;
}

/**
 * Processor time that a process has used, in clock ticks (a hundredth of a second): proc(5), utime and stime of
 * stat.
 */
export function processorTicks(pid: number | "self" = "self"): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
