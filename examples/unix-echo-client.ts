/* The echo client on a Unix socket. Usage: unix-echo-client <path> <word> */
import { AF_UNIX, host, MSG_WAITALL, SOCK_STREAM, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

/** Sends the word and returns what came back. */
export async function unixEchoClient(kernel: Kernel, path: string, word: string): Promise<string> {
  const sock = kernel.socket(AF_UNIX, SOCK_STREAM);
  try {
    await kernel.connect(sock, { family: AF_UNIX, path });
    const message = new TextEncoder().encode(word);
    await kernel.send(sock, message);
    // MSG_WAITALL: one call that waits until the buffer is full, instead of the loop.
    const answer = new Uint8Array(message.length);
    const bytesRcvd = await kernel.recv(sock, answer, MSG_WAITALL);
    return new TextDecoder().decode(answer.subarray(0, bytesRcvd));
  } finally {
    kernel.close(sock);
  }
}

runAsMain(import.meta.filename, async (path = "echo.socket", word = "hello") => {
  console.log(`Received: ${await unixEchoClient(host, path, word)}`);
});
