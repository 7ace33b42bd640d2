/*
 * The lecture's UDPEchoServer: no connection, every datagram says who sent it. Usage: udp-echo-server [port]
 * [datagrams]
 */
import { AF_INET, host, IPPROTO_UDP, SOCK_DGRAM, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

const ECHOMAX = 255; // the longest string to echo

/** Echoes so many datagrams; for ever by default. */
export async function udpEchoServer(
  kernel: Kernel,
  port: number,
  datagrams: number = Infinity,
  bound: (port: number) => void = () => undefined,
): Promise<void> {
  const sock = kernel.socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  try {
    kernel.bind(sock, { family: AF_INET, address: "127.0.0.1", port });
    const { port: given } = kernel.getsockname(sock) as { port: number };
    bound(given);
    const echoBuffer = new Uint8Array(ECHOMAX);
    for (let echoed = 0; echoed < datagrams; echoed += 1) {
      // Block until a message comes from some client; its address comes with it.
      const { bytes, address } = await kernel.recvfrom(sock, echoBuffer);
      await kernel.sendto(sock, echoBuffer.subarray(0, bytes), 0, address);
    }
  } finally {
    kernel.close(sock);
  }
}

runAsMain(import.meta.filename, (port = "7007", datagrams = "Infinity") =>
  udpEchoServer(host, Number(port), Number(datagrams), (given) => console.log(`bound to 127.0.0.1:${given}`)),
);
