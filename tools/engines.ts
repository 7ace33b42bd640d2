import { createHost } from "../src/host/host.ts";

/** The tests that look at how a thread waits: they run on each engine. */
const FOLDERS = ["test/conformance/", "test/faults/", "test/event-loop/", "test/serve/"];

/** The engine that a host takes when nobody says which. */
async function chosen(): Promise<unknown> {
  const host = createHost();
  await host.poll([], 1); // waits for: the engine's start
  return host.inspect()["engine"];
}

/**
 * The tests of `files` that a second run makes with the environment's DIALTONE_ENGINE set to epoll: none when the
 * environment has set it already, or when epoll is what the machine has.
 */
export async function filesForEpoll(files: readonly string[]): Promise<readonly string[]> {
  if (process.env["DIALTONE_ENGINE"] !== undefined || (await chosen()) !== "io_uring") return [];
  return files.filter((file) => FOLDERS.some((folder) => file.startsWith(folder)));
}
