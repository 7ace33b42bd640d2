/* The lecture's TCPEchoClient with blocking calls. Usage: tcp-echo-client-blocking <server IP> <echo word> [<port>] */
import { AF_INET, close, connectSync, IPPROTO_TCP, recvSync, sendSync, SOCK_STREAM, socket } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

const RCVBUFSIZE = 32;

/** Sends the word and returns what came back. */
export function tcpEchoClient(servIP: string, echoString: string, port: number): string {
  const sock = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  try {
    connectSync(sock, { family: AF_INET, address: servIP, port });
    const message = new TextEncoder().encode(echoString);
    if (sendSync(sock, message) !== message.length) throw new Error("send() sent a different number of bytes");
    const echoBuffer = new Uint8Array(RCVBUFSIZE);
    const answer: number[] = [];
    while (answer.length < message.length) {
      const bytesRcvd = recvSync(sock, echoBuffer);
      if (bytesRcvd === 0) throw new Error("connection closed prematurely");
      answer.push(...echoBuffer.subarray(0, bytesRcvd));
    }
    return new TextDecoder().decode(Uint8Array.from(answer));
  } finally {
    close(sock);
  }
}

runAsMain(import.meta.filename, (servIP = "127.0.0.1", word = "hello", port = "7007") => {
  console.log(`Received: ${tcpEchoClient(servIP, word, Number(port))}`);
});
