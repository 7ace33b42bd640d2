/*
 * One process a client, as the lecture's fork() gives it: Node cannot fork, so a helper process gets the accepted
 * descriptor through a Unix socket (SCM_RIGHTS). Usage: tcp-echo-server-processes [port] [clients]
 */
import { spawn } from "node:child_process";
import {
  AF_INET,
  AF_UNIX,
  controlMessage,
  controlValue,
  host,
  SCM_RIGHTS,
  SO_REUSEADDR,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from "dialtone";
import { runAsMain } from "./die-with-error.ts";
import { handleTcpClient } from "./handle-tcp-client.ts";

const CHANNEL = 3; // where a helper finds its end of the Unix socket

/** Accepts so many clients, each served by a process of its own; returns when all helpers have ended. */
async function server(port: number, clients: number): Promise<void> {
  const servSock = host.socket(AF_INET, SOCK_STREAM);
  host.setsockopt(servSock, SOL_SOCKET, SO_REUSEADDR, true);
  host.bind(servSock, { family: AF_INET, address: "127.0.0.1", port });
  host.listen(servSock, 5);
  console.log(`listening on 127.0.0.1:${(host.getsockname(servSock) as { port: number }).port}`);
  const helpers: Promise<void>[] = [];
  for (let served = 0; served < clients; served += 1) {
    const { fd: clntSock } = await host.accept(servSock);
    helpers.push(startHelper(clntSock));
  }
  host.close(servSock);
  await Promise.all(helpers);
}

/** The lecture's fork(): a process that goes on with the client. The parent's copy of the descriptor is closed. */
async function startHelper(clntSock: number): Promise<void> {
  const [ours, theirs] = host.socketpair(AF_UNIX, SOCK_SEQPACKET);
  const helper = spawn(process.execPath, [import.meta.filename, "--helper"], {
    stdio: ["ignore", "inherit", "inherit", theirs],
  });
  const exited = new Promise<void>((resolve, reject) => {
    helper.once("error", reject);
    helper.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`helper ended with ${code}`))));
  });
  host.close(theirs);
  await host.sendmsg(ours, {
    data: new Uint8Array([0]),
    control: [controlMessage(SOL_SOCKET, SCM_RIGHTS, [clntSock])],
  });
  host.close(clntSock);
  host.close(ours);
  // The lecture's waitpid(): no zombie is left.
  await exited;
}

/** The child: takes the descriptor and serves the client. */
async function helper(): Promise<void> {
  const { control } = await host.recvmsg(CHANNEL, { data: new Uint8Array(1) });
  const [clntSock] = controlValue(control, SOL_SOCKET, SCM_RIGHTS) ?? [];
  if (clntSock === undefined) throw new Error("no descriptor came");
  const bytes = await handleTcpClient(host, clntSock);
  console.log(`process ${process.pid} echoed ${bytes} bytes`);
}

runAsMain(import.meta.filename, (port = "7007", clients = "Infinity") =>
  port === "--helper" ? helper() : server(Number(port), Number(clients)),
);
