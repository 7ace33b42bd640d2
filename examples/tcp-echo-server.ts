/* The lecture's TCPEchoServer: one client at a time, with promises. Usage: tcp-echo-server [port] [clients] */
import { AF_INET, host, IPPROTO_TCP, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";
import { handleTcpClient } from "./handle-tcp-client.ts";

const MAXPENDING = 5; // callers that may ring while the line is busy

/** Serves `clients` clients, one after the other; for ever by default. */
export async function tcpEchoServer(
  kernel: Kernel,
  port: number,
  clients: number = Infinity,
  listening: (port: number) => void = () => undefined,
): Promise<void> {
  // Step 1, install the telephone: create a socket for incoming connections.
  const servSock = kernel.socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  try {
    // A server that was just stopped may have its port again at once.
    kernel.setsockopt(servSock, SOL_SOCKET, SO_REUSEADDR, true);
    // Step 2, get a number: bind to the local address.
    kernel.bind(servSock, { family: AF_INET, address: "127.0.0.1", port });
    // Step 3, plug in the line: mark the socket so that it listens for incoming connections.
    kernel.listen(servSock, MAXPENDING);
    const { port: given } = kernel.getsockname(servSock) as { port: number };
    listening(given);
    for (let served = 0; served < clients; served += 1) {
      // Step 4, pick up: wait for a client to connect.
      const { fd: clntSock } = await kernel.accept(servSock);
      // Step 5, talk; and hang up.
      await handleTcpClient(kernel, clntSock);
    }
  } finally {
    kernel.close(servSock);
  }
}

runAsMain(import.meta.filename, (port = "7007", clients = "Infinity") =>
  tcpEchoServer(host, Number(port), Number(clients), (given) => console.log(`listening on 127.0.0.1:${given}`)),
);
