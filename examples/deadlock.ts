/*
 * The lectures' deadlock: both ends send, and neither receives. Each send fills the other end's buffer and then waits
 * for it to be emptied, for ever. The cure shown here is a timeout (SO_SNDTIMEO), after which one side receives first.
 * Usage: deadlock
 */
import { AF_UNIX, host, isSystemError, SO_SNDTIMEO, SOCK_STREAM, SOL_SOCKET, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

const MESSAGE_BYTES = 8 * 1024 * 1024; // more than the buffers between the two ends hold
const TIMEOUT_MS = 200;

/** Runs both ends and returns what happened. Without the timeout it would not return. */
export async function deadlock(kernel: Kernel, tell: (line: string) => void = () => undefined): Promise<string[]> {
  const [alice, bob] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  try {
    // A send that cannot go on for so long gives up: it returns how much it sent, as Linux does.
    kernel.setsockopt(alice, SOL_SOCKET, SO_SNDTIMEO, TIMEOUT_MS);
    const story = [talkFirst(kernel, "alice", alice, tell), talkOnly(kernel, "bob", bob, tell)];
    return await Promise.all(story);
  } finally {
    kernel.close(alice);
    kernel.close(bob);
  }
}

/** Sends all, then receives all. Sees the deadlock and listens in between. */
async function talkFirst(kernel: Kernel, name: string, fd: number, tell: (line: string) => void): Promise<string> {
  const message = new Uint8Array(MESSAGE_BYTES);
  let sent = 0;
  let received = 0;
  let stuck = 0;
  while (sent < message.length) {
    const before = sent;
    try {
      sent += await kernel.send(fd, message.subarray(sent));
    } catch (error) {
      if (!isSystemError(error, "EAGAIN")) throw error;
    }
    if (sent === message.length) break;
    stuck += 1;
    if (stuck === 1) tell(`${name}: sent ${sent} bytes, and the line is full: nobody listens. I listen first.`);
    received += await receiveSome(kernel, fd, sent === before ? MESSAGE_BYTES : 65536);
  }
  while (received < MESSAGE_BYTES) received += await receiveSome(kernel, fd, MESSAGE_BYTES - received);
  return `${name} sent ${sent} and received ${received}, having been stuck ${stuck > 0 ? "" : "not "}once`;
}

/** Sends all, then receives all, and knows nothing of timeouts: alone with its like it would wait for ever. */
async function talkOnly(kernel: Kernel, name: string, fd: number, tell: (line: string) => void): Promise<string> {
  const sent = await kernel.send(fd, new Uint8Array(MESSAGE_BYTES));
  tell(`${name}: all sent; now I listen.`);
  let received = 0;
  while (received < MESSAGE_BYTES) received += await receiveSome(kernel, fd, MESSAGE_BYTES - received);
  return `${name} sent ${sent} and received ${received}`;
}

async function receiveSome(kernel: Kernel, fd: number, most: number): Promise<number> {
  const bytes = await kernel.recv(fd, new Uint8Array(Math.min(most, 1024 * 1024)));
  if (bytes === 0) throw new Error("the other end hung up");
  return bytes;
}

runAsMain(import.meta.filename, async () => {
  for (const line of await deadlock(host, (text) => console.log(text))) console.log(line);
});
