import { AF_INET, SOCK_STREAM } from "../src/api/constants.ts";
import type { Kernel } from "../src/api/kernel.ts";
import { host } from "../src/calls.ts";
import { Socket } from "../src/socket/socket.ts";

/** A listener on a free port of the loopback interface. */
export function listener(kernel: Kernel = host): Socket {
  const server = new Socket(kernel, AF_INET, SOCK_STREAM);
  server.bind({ family: AF_INET, address: "127.0.0.1", port: 0 });
  server.listen();
  return server;
}

/** Both ends of a TCP connection: the one that connected, the one that was accepted. */
export async function tcpPair(kernel: Kernel = host): Promise<[Socket, Socket]> {
  using server = listener(kernel);
  const client = new Socket(kernel, AF_INET, SOCK_STREAM);
  await client.connect(server.localAddress);
  const { socket } = await server.accept();
  return [client, socket];
}
