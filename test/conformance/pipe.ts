import { execFileSync } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { F_GETFL, F_SETFL, O_NONBLOCK } from "../../src/index.ts";
import type { Context } from "./conformance.ts";

/** The two ends of a pipe: one to read, one to write; blocking, as pipe(2) makes them. Both are owned. */
export function pipe(t: Context): [number, number] {
  const path = join(t.directory(), "pipe");
  execFileSync("mkfifo", [path]);
  // Opened to read and write first: opening one end alone would wait for the other.
  const both = t.own(openSync(path, "r+"));
  const reader = t.own(openSync(path, "r"));
  const writer = t.own(openSync(path, "w"));
  t.kernel.close(both);
  for (const fd of [reader, writer]) t.kernel.fcntl(fd, F_SETFL, t.kernel.fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  return [reader, writer];
}
