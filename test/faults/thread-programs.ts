import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { openFiles, tell } from "../child.ts";

/** What was open before and after the threads, and their exit codes. */
export interface ThreadsEnded {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly ended: readonly number[];
}

/** What is open, without the numbers: sockets and pipes are told apart by their inodes. */
const open = (): string[] => [...openFiles().values()].sort();

const startThread = (data: unknown): Worker => new Worker(new URL(import.meta.url), { workerData: data });

/** Starts threads together, waits until each is in the middle of its work, and ends them. */
export async function terminates(work: string, count: number): Promise<void> {
  const before = await openAfterOneThread();
  const threads = await Promise.all(Array.from({ length: count }, () => ready(startThread(work))));
  const ended = await Promise.all(threads.map((thread) => thread.terminate()));
  tell({ before, after: open(), ended } satisfies ThreadsEnded);
}

export async function endByThemselves(how: "ends" | "exits", count: number): Promise<void> {
  const before = await openAfterOneThread();
  const threads = Array.from({ length: count }, () => startThread(how));
  const ended = await Promise.all(threads.map(async (thread) => (await once(thread, "exit"))[0] as number));
  tell({ before, after: open(), ended } satisfies ThreadsEnded);
}

/**
 * Each thread is in a loop of its own when its sockets become ready, so that nobody has taken the event when it
 * ends.
 */
export async function terminatesWithEvents(count: number): Promise<void> {
  const { AF_UNIX, host, SOCK_STREAM } = await import("../../src/index.ts");
  for (let index = 0; index < count; index += 1) {
    const [one, other] = host.socketpair(AF_UNIX, SOCK_STREAM);
    const thread = await ready(startThread(one));
    await host.send(other, new Uint8Array(1));
    await thread.terminate();
    host.close(one);
    host.close(other);
  }
  tell("alive");
}

/** The first thread of a process has Node open what it keeps. */
async function openAfterOneThread(): Promise<string[]> {
  await once(startThread("ends"), "exit");
  return open();
}

/** Ends each thread when its program begins: while it makes its first calls. */
export async function terminatesAtOnce(count: number): Promise<void> {
  const { host } = await import("../../src/index.ts");
  for (let index = 0; index < count; index += 1) {
    const thread = host.workers?.thread(new URL("./thread-module.js", import.meta.url), undefined);
    thread?.onMessage(() => thread.terminate());
    await thread?.exited;
  }
  tell("alive");
}

async function ready(thread: Worker): Promise<Worker> {
  await once(thread, "message");
  return thread;
}

if (!isMainThread) await work(workerData);

async function work(what: unknown): Promise<void> {
  const { AF_INET, AF_UNIX, host, POLLIN, SOCK_DGRAM, SOCK_STREAM } = await import("../../src/index.ts");
  const say = (): void => parentPort?.postMessage("ready");
  const pair = (type = SOCK_STREAM): [number, number] => host.socketpair(AF_UNIX, type);
  const buffer = new Uint8Array(1024);
  const ignore = (): undefined => undefined;
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.bind(listener, { family: AF_INET, address: "127.0.0.1", port: 0 });
  host.listen(listener);

  if (what === "calls") {
    const full = pair()[0];
    host.recv(pair()[0], buffer).catch(ignore);
    host.accept(listener).catch(ignore);
    host.poll([{ fd: pair()[0], events: POLLIN }]).catch(ignore);
    host.send(full, new Uint8Array(1 << 20)).catch(ignore);
    host.recvmsg(pair(SOCK_DGRAM)[0], { data: buffer }).catch(ignore);
  } else if (what === "flows") {
    host.acceptFlow(listener, { connection: ignore });
    host.datagramFlow(pair(SOCK_DGRAM)[0], { datagram: ignore });
    const flow = host.flow(pair()[0], { data: ignore });
    flow.write(new Uint8Array(1 << 20));
  } else if (what === "blockingCall") {
    say();
    host.recvSync(pair()[0], buffer);
  } else if (what === "resolver") {
    host.accept(listener).catch(ignore);
    // More than libuv has threads.
    for (let index = 0; index < 16; index += 1) host.getaddrinfo("localhost", "80").catch(ignore);
  } else if (what === "busy") {
    const ends = pair();
    // Two flows that answer each other without end.
    for (const fd of ends) host.flow(fd, { data: (data, flow) => void flow.write(data) }).write(buffer);
  } else if (what === "exits") {
    // In the middle of the engine's own callback.
    const [one, other] = pair();
    host.flow(one, { data: () => process.exit(3) });
    await host.send(other, buffer);
    return;
  } else if (typeof what === "number") {
    host.flow(what, { data: ignore });
    // One turn of the loop, so that the flow's descriptor is known to be idle.
    await new Promise((resolve) => setImmediate(resolve));
    say();
    for (;;);
  } else {
    const [one, other] = pair();
    await host.send(one, buffer);
    await host.recv(other, buffer);
    if (what === "ends") {
      // Descriptors stay open, unref'd waits go on: both end with the thread.
      host.unref(one);
      host.recv(one, buffer).catch(ignore);
      host.close(listener);
      return;
    }
  }
  say();
}
