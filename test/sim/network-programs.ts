import { AF_INET, POLLIN, SO_BROADCAST, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } from "../../src/api/constants.ts";
import type { SimKernel } from "../../src/sim.ts";
import { echoServer } from "./programs.ts";

/** Small programs of the textbook, for hosts of a simulated internet. */

/** Answers each datagram with who it came from. */
export async function whoAmI(kernel: SimKernel, port: number): Promise<never> {
  const fd = kernel.socket(AF_INET, SOCK_DGRAM);
  kernel.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, 1);
  kernel.bind(fd, { family: AF_INET, address: "0.0.0.0", port });
  const buffer = new Uint8Array(64);
  for (;;) {
    const { address } = await kernel.recvfrom(fd, buffer);
    const { address: host, port: from } = address as { address: string; port: number };
    await kernel.sendto(fd, new TextEncoder().encode(`${host}:${from}`), 0, address);
  }
}

/** Asks `whoAmI`, from a port of its own; undefined when nobody answers within a second. */
export async function ask(kernel: SimKernel, address: string, port: number, from = 0): Promise<string | undefined> {
  const fd = kernel.socket(AF_INET, SOCK_DGRAM);
  kernel.bind(fd, { family: AF_INET, address: "0.0.0.0", port: from });
  await kernel.sendto(fd, new Uint8Array(1), 0, { family: AF_INET, address, port });
  const text = await hear(kernel, fd, 1000);
  kernel.close(fd);
  return text;
}

/** The next datagram's text; undefined when none comes in time. */
export async function hear(kernel: SimKernel, fd: number, timeoutMs: number): Promise<string | undefined> {
  const ready = await kernel.poll([{ fd, events: POLLIN }], timeoutMs);
  if (ready === 0) return undefined;
  const buffer = new Uint8Array(64);
  return new TextDecoder().decode(buffer.subarray(0, await kernel.recv(fd, buffer)));
}

/** Says a text to an echo server, and returns what comes back. */
export async function echoClient(kernel: SimKernel, address: string, port: number, text: string): Promise<string> {
  const fd = kernel.socket(AF_INET, SOCK_STREAM);
  await kernel.connect(fd, { family: AF_INET, address, port });
  const data = new TextEncoder().encode(text);
  const back = new Uint8Array(data.length);
  const sending = kernel.send(fd, data);
  let at = 0;
  while (at < back.length) {
    const bytes = await kernel.recv(fd, back.subarray(at));
    if (bytes === 0) break;
    at += bytes;
  }
  await sending;
  kernel.close(fd);
  return new TextDecoder().decode(back.subarray(0, at));
}

/** An echo server on all of a host's addresses. */
export async function echoServerOn(kernel: SimKernel, port: number): Promise<void> {
  await echoServer(kernel, { family: AF_INET, address: "0.0.0.0", port });
}
