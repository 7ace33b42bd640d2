/*
 * A client that reads on another thread: the main thread sends, line by line, while the other one blocks in recv().
 * Neither waits for the other, so a server that talks first, or much, cannot bring about a deadlock. Usage:
 * tcp-client-reader-thread <IP> <port> <line>...
 */
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { AF_INET, close, connectSync, recvSync, sendSync, SHUT_WR, shutdown, SOCK_STREAM, socket } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

/** Sends the lines, and returns all that the reader received. */
export async function clientWithReader(servIP: string, port: number, lines: readonly string[]): Promise<string> {
  const sock = socket(AF_INET, SOCK_STREAM);
  try {
    connectSync(sock, { family: AF_INET, address: servIP, port });
    const reader = new Worker(import.meta.filename, { workerData: { sock } });
    const heard = new Promise<string>((resolve, reject) => {
      reader.once("message", resolve);
      reader.once("error", reject);
    });
    for (const line of lines) sendSync(sock, new TextEncoder().encode(`${line}\n`));
    // "I have nothing more to say": the server sees the end, and hangs up after its last word.
    shutdown(sock, SHUT_WR);
    return await heard;
  } finally {
    close(sock);
  }
}

/** The other thread: receives until the server hangs up. */
function reader(sock: number): void {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(256);
  let heard = "";
  for (let bytes = recvSync(sock, buffer); bytes > 0; bytes = recvSync(sock, buffer)) {
    heard += decoder.decode(buffer.subarray(0, bytes), { stream: true });
  }
  parentPort?.postMessage(heard);
}

if (isMainThread) {
  runAsMain(import.meta.filename, async (servIP = "127.0.0.1", port = "7007", ...lines) => {
    process.stdout.write(await clientWithReader(servIP, Number(port), lines.length > 0 ? lines : ["hello", "world"]));
  });
} else {
  reader((workerData as { sock: number }).sock);
}
