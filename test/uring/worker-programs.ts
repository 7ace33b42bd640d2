import { readFileSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { tell } from "../child.ts";

/** What a program has seen of workers that were terminated in the middle of everything. */
export interface Ended {
  /** How often their port could be bound again. */
  readonly rounds: number;
  /** Bytes of the process's memory after each round. */
  readonly residentBytes: readonly number[];
  /** Rings' memory that is still mapped: System V segments. */
  readonly segments: number;
}

/** Terminates one worker after the other, each with all kinds of operations in flight, on one port. */
export async function terminatesOften(rounds: number): Promise<void> {
  const { AF_INET, host, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } = await import("../../src/index.ts");
  const residentBytes: number[] = [];
  let port = 0;
  for (let round = 0; round < rounds; round += 1) {
    const worker = new Worker(new URL(import.meta.url), { workerData: port });
    port = await new Promise<number>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    await worker.terminate();
    // A listener that anything kept open would refuse this. (SO_REUSEADDR is for the connections that it had.)
    const fd = host.socket(AF_INET, SOCK_STREAM);
    host.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, true);
    for (;;) {
      try {
        host.bind(fd, { family: AF_INET, address: "127.0.0.1", port });
        host.listen(fd);
        break;
      } catch (error) {
        // The kernel ends a ring at its leisure.
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    host.close(fd);
    residentBytes.push(process.memoryUsage.rss());
  }
  const segments = readFileSync("/proc/self/maps", "latin1").split("/SYSV").length - 1;
  tell({ rounds, residentBytes, segments } satisfies Ended);
}

/** Serves: a listener and flows of it, pull calls, datagrams, collected writes that nobody receives. */
async function serveEverything(port: number): Promise<void> {
  const { AF_INET, AF_UNIX, host, SO_REUSEADDR, SO_SNDBUF, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } =
    await import("../../src/index.ts");
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, true);
  host.bind(listener, { family: AF_INET, address: "127.0.0.1", port });
  host.listen(listener);
  let answered = 0;
  const answer = new Uint8Array(8000);
  host.acceptFlow(listener, {
    connection: (fd) => {
      host.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, 1);
      host.flow(fd, {
        data(_chunk, flow) {
          flow.write(answer);
          answered += 1;
          if (answered === 40) parentPort?.postMessage((host.getsockname(listener) as { port: number }).port);
        },
      });
    },
  });
  const ignore = (): undefined => undefined;
  host.datagramFlow(host.socketpair(AF_UNIX, SOCK_DGRAM)[0], { datagram: ignore });
  host.recv(host.socketpair(AF_UNIX, SOCK_STREAM)[0], new Uint8Array(65536)).catch(ignore);
  host.send(host.socketpair(AF_UNIX, SOCK_STREAM)[0], new Uint8Array(1 << 20)).catch(ignore);
  for (let count = 0; count < 40; count += 1) {
    const fd = host.socket(AF_INET, SOCK_STREAM);
    await host.connect(fd, host.getsockname(listener));
    await host.send(fd, new Uint8Array(10));
  }
}

if (!isMainThread) await serveEverything(workerData as number);
