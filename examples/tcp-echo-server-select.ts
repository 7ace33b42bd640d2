/* Many clients, one thread: select() says who has something to say. Usage: tcp-echo-server-select [port] [clients] */
import { AF_INET, host, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

/** Serves all clients at once until so many have hung up. */
export async function tcpEchoServerSelect(
  kernel: Kernel,
  port: number,
  clients: number = Infinity,
  listening: (port: number) => void = () => undefined,
): Promise<void> {
  const servSock = kernel.socket(AF_INET, SOCK_STREAM);
  const open = new Set([servSock]); // the lecture's fd_set
  try {
    kernel.setsockopt(servSock, SOL_SOCKET, SO_REUSEADDR, true);
    kernel.bind(servSock, { family: AF_INET, address: "127.0.0.1", port });
    kernel.listen(servSock, 5);
    listening((kernel.getsockname(servSock) as { port: number }).port);
    const buffer = new Uint8Array(1024);
    for (let served = 0; served < clients;) {
      // Sleep until at least one of them can be read without waiting.
      const { read } = await kernel.select(open, [], []);
      for (const fd of read) {
        if (fd === servSock) {
          open.add((await kernel.accept(servSock)).fd);
          continue;
        }
        const bytes = await kernel.recv(fd, buffer);
        if (bytes > 0) {
          await kernel.send(fd, buffer.subarray(0, bytes));
          continue;
        }
        open.delete(fd);
        kernel.close(fd);
        served += 1;
      }
    }
  } finally {
    for (const fd of open) kernel.close(fd);
  }
}

runAsMain(import.meta.filename, (port = "7007", clients = "Infinity") =>
  tcpEchoServerSelect(host, Number(port), Number(clients), (given) => console.log(`listening on 127.0.0.1:${given}`)),
);
