/*
 * One thread a client, as the lecture's pthread_create() gives it: threads share the process's descriptors, so a number
 * is all that is handed over. Each thread uses blocking calls. Usage: tcp-echo-server-threads [port] [clients]
 */
import { Worker, isMainThread, threadId, workerData } from "node:worker_threads";
import { AF_INET, host, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "dialtone";
import { runAsMain } from "./die-with-error.ts";
import { handleTcpClient } from "./handle-tcp-client-blocking.ts";

/** Accepts so many clients, each served by a thread of its own; returns when all threads have ended. */
async function server(port: number, clients: number): Promise<void> {
  const servSock = host.socket(AF_INET, SOCK_STREAM);
  host.setsockopt(servSock, SOL_SOCKET, SO_REUSEADDR, true);
  host.bind(servSock, { family: AF_INET, address: "127.0.0.1", port });
  host.listen(servSock, 5);
  console.log(`listening on 127.0.0.1:${(host.getsockname(servSock) as { port: number }).port}`);
  const threads: Promise<void>[] = [];
  for (let served = 0; served < clients; served += 1) {
    const { fd: clntSock } = await host.accept(servSock);
    // The thread closes it; this one forgets it.
    threads.push(startThread(host.detach(clntSock)));
  }
  host.close(servSock);
  await Promise.all(threads);
}

function startThread(clntSock: number): Promise<void> {
  const thread = new Worker(import.meta.filename, { workerData: { clntSock } });
  return new Promise((resolve, reject) => {
    thread.once("error", reject);
    thread.once("exit", () => resolve());
  });
}

if (isMainThread) {
  runAsMain(import.meta.filename, (port = "7007", clients = "Infinity") => server(Number(port), Number(clients)));
} else {
  // The lecture's ThreadMain.
  const { clntSock } = workerData as { clntSock: number };
  const bytes = handleTcpClient(clntSock);
  console.log(`thread ${threadId} echoed ${bytes} bytes`);
}
