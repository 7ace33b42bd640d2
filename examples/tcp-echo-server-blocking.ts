/* The lecture's TCPEchoServer with blocking calls, as in C. Usage: tcp-echo-server-blocking [port] [clients] */
import {
  acceptSync,
  AF_INET,
  bind,
  close,
  getsockname,
  IPPROTO_TCP,
  listen,
  setsockopt,
  SO_REUSEADDR,
  SOCK_STREAM,
  socket,
  SOL_SOCKET,
} from "dialtone";
import { runAsMain } from "./die-with-error.ts";
import { handleTcpClient } from "./handle-tcp-client-blocking.ts";

const MAXPENDING = 5;

/** Serves `clients` clients, one after the other. Between two of them this thread waits in accept(). */
export function tcpEchoServer(port: number, clients: number = Infinity): void {
  const servSock = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  try {
    setsockopt(servSock, SOL_SOCKET, SO_REUSEADDR, true);
    bind(servSock, { family: AF_INET, address: "127.0.0.1", port });
    listen(servSock, MAXPENDING);
    const { port: given } = getsockname(servSock) as { port: number };
    process.stdout.write(`listening on 127.0.0.1:${given}\n`);
    for (let served = 0; served < clients; served += 1) {
      const { fd: clntSock, address } = acceptSync(servSock);
      process.stdout.write(`Handling client ${"address" in address ? address.address : ""}\n`);
      handleTcpClient(clntSock);
    }
  } finally {
    close(servSock);
  }
}

runAsMain(import.meta.filename, (port = "7007", clients = "Infinity") => tcpEchoServer(Number(port), Number(clients)));
