import type { Kernel, WaitOptions } from "../api/kernel.ts";

/** Sends all of the data: `send` may take less than it was given (a short send), and is called again with the rest. */
export async function sendAll(kernel: Kernel, fd: number, data: Uint8Array, options: WaitOptions = {}): Promise<void> {
  let sent = 0;
  while (sent < data.length) sent += await kernel.send(fd, data.subarray(sent), 0, options);
}
