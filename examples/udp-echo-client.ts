/*
 * The lecture's UDPEchoClient. A datagram may be lost: it waits so long, and asks again. Usage: udp-echo-client <IP>
 * <word> [port]
 */
import { AF_INET, host, IPPROTO_UDP, SOCK_DGRAM, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

const ECHOMAX = 255;
const TIMEOUT_MS = 2000;
const MAXTRIES = 5;

/** Sends the word and returns the echo; asks up to five times. */
export async function udpEchoClient(kernel: Kernel, servIP: string, echoString: string, port: number): Promise<string> {
  const message = new TextEncoder().encode(echoString);
  if (message.length > ECHOMAX) throw new RangeError(`Echo word too long: at most ${ECHOMAX} bytes`);
  const server = { family: AF_INET, address: servIP, port } as const;
  const sock = kernel.socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  try {
    const echoBuffer = new Uint8Array(ECHOMAX);
    for (let tries = 0; tries < MAXTRIES; tries += 1) {
      await kernel.sendto(sock, message, 0, server);
      const answer = await receiveWithin(kernel, sock, echoBuffer, TIMEOUT_MS);
      // Anybody can send to this port: take the answer of the server alone.
      if (answer === undefined || answer.address !== servIP || answer.port !== port) continue;
      return new TextDecoder().decode(echoBuffer.subarray(0, answer.bytes));
    }
    throw new Error(`no response from ${servIP}:${port} after ${MAXTRIES} tries`);
  } finally {
    kernel.close(sock);
  }
}

async function receiveWithin(
  kernel: Kernel,
  sock: number,
  buffer: Uint8Array,
  timeoutMs: number,
): Promise<{ bytes: number; address: string; port: number } | undefined> {
  const giveUp = new AbortController();
  const answered = new AbortController();
  void kernel.clock.sleep(timeoutMs, { signal: answered.signal }).then(
    () => giveUp.abort(),
    () => undefined,
  );
  try {
    const { bytes, address } = await kernel.recvfrom(sock, buffer, 0, { signal: giveUp.signal });
    return { bytes, ...(address as { address: string; port: number }) };
  } catch (error) {
    if (giveUp.signal.aborted) return undefined;
    throw error;
  } finally {
    answered.abort();
  }
}

runAsMain(import.meta.filename, async (servIP = "127.0.0.1", word = "hello", port = "7007") => {
  console.log(`Received: ${await udpEchoClient(host, servIP, word, Number(port))}`);
});
