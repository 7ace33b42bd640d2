/*
 * A socket is a file: descriptors 0, 1 and 2 are the terminal, and a socket's number works in read() and write() as
 * theirs do. Usage: echo some words | descriptors
 */
import { AF_UNIX, host, SHUT_WR, SOCK_STREAM, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

const STDIN_FILENO = 0;
const STDOUT_FILENO = 1;
const STDERR_FILENO = 2;

/** Copies `input` through a pair of sockets to `output`, with nothing but read() and write(); returns the bytes. */
export async function copyThroughSockets(
  kernel: Kernel,
  input: number = STDIN_FILENO,
  output: number = STDOUT_FILENO,
  log: number = STDERR_FILENO,
): Promise<number> {
  // The lowest free number: 3, in a C program.
  const [near, far] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  try {
    await kernel.write(log, new TextEncoder().encode(`a socket pair: descriptors ${near} and ${far}\n`));
    const [copied] = await Promise.all([copy(kernel, input, near, true), copy(kernel, far, output, false)]);
    return copied;
  } finally {
    kernel.close(near);
    kernel.close(far);
  }
}

async function copy(kernel: Kernel, from: number, to: number, hangUp: boolean): Promise<number> {
  const buffer = new Uint8Array(4096);
  let total = 0;
  for (;;) {
    const bytes = await kernel.read(from, buffer);
    if (bytes === 0) break;
    await kernel.write(to, buffer.subarray(0, bytes));
    total += bytes;
  }
  if (hangUp) kernel.shutdown(to, SHUT_WR);
  return total;
}

runAsMain(import.meta.filename, () => copyThroughSockets(host));
