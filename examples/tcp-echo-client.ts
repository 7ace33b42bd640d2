/* The lecture's TCPEchoClient, with promises. Usage: tcp-echo-client <server IP> <echo word> [<echo port>] */
import { AF_INET, host, IPPROTO_TCP, SOCK_STREAM, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

const RCVBUFSIZE = 32;

/** Sends the word and returns what came back. */
export async function tcpEchoClient(kernel: Kernel, servIP: string, echoString: string, port: number): Promise<string> {
  // Step 1, install the telephone: create a reliable, stream socket using TCP.
  const sock = kernel.socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  try {
    // Step 2, dial: establish the connection to the echo server.
    await kernel.connect(sock, { family: AF_INET, address: servIP, port });
    // Step 3, talk: send the string to the server.
    const message = new TextEncoder().encode(echoString);
    if ((await kernel.send(sock, message)) !== message.length) {
      throw new Error("send() sent a different number of bytes than expected");
    }
    // Step 4, listen: TCP keeps no message boundaries, so receive until everything is back.
    const echoBuffer = new Uint8Array(RCVBUFSIZE);
    const answer: number[] = [];
    while (answer.length < message.length) {
      const bytesRcvd = await kernel.recv(sock, echoBuffer);
      if (bytesRcvd === 0) throw new Error("connection closed prematurely");
      answer.push(...echoBuffer.subarray(0, bytesRcvd));
    }
    return new TextDecoder().decode(Uint8Array.from(answer));
  } finally {
    // Step 5, hang up.
    kernel.close(sock);
  }
}

runAsMain(import.meta.filename, async (servIP = "127.0.0.1", word = "hello", port = "7007") => {
  console.log(`Received: ${await tcpEchoClient(host, servIP, word, Number(port))}`);
});
