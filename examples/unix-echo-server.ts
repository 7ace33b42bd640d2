/*
 * The echo server on a Unix socket: the number of the telephone is a file's path. Usage: unix-echo-server <path>
 * [clients]
 */
import { unlinkSync } from "node:fs";
import { AF_UNIX, host, SOCK_STREAM, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";
import { handleTcpClient } from "./handle-tcp-client.ts";

/** Serves `clients` clients, one after the other. A path that begins with a NUL is a name without a file. */
export async function unixEchoServer(
  kernel: Kernel,
  path: string,
  clients: number = Infinity,
  listening: () => void = () => undefined,
): Promise<void> {
  const servSock = kernel.socket(AF_UNIX, SOCK_STREAM);
  try {
    kernel.bind(servSock, { family: AF_UNIX, path });
    kernel.listen(servSock, 5);
    listening();
    for (let served = 0; served < clients; served += 1) {
      const { fd: clntSock } = await kernel.accept(servSock);
      // From here on it is the same program: a socket is a socket.
      await handleTcpClient(kernel, clntSock);
    }
  } finally {
    kernel.close(servSock);
    // bind() made the file, and close() leaves it.
    if (!path.startsWith("\0")) unlinkSync(path);
  }
}

runAsMain(import.meta.filename, (path = "echo.socket", clients = "Infinity") =>
  unixEchoServer(host, path, Number(clients), () => console.log(`listening on ${path}`)),
);
