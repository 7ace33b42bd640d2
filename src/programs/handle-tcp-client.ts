import type { Kernel, WaitOptions } from "../api/kernel.ts";
import { sendAll } from "./send-all.ts";

const BUFFER_BYTES = 4096;

/** Settings of a client's turn. */
export interface HandleTcpClientOptions extends WaitOptions {
  /** Told of the bytes that were sent back, each time. */
  readonly echoed?: ((bytes: number) => void) | undefined;
}

/**
 * Sends back what the client says until it says no more, then closes the connection: the textbook's HandleTCPClient.
 * An error of the connection rejects; the descriptor is closed then, too.
 */
export async function handleTcpClient(kernel: Kernel, fd: number, options: HandleTcpClientOptions = {}): Promise<void> {
  const { signal, echoed } = options;
  const buffer = new Uint8Array(BUFFER_BYTES);
  try {
    let bytes = await kernel.recv(fd, buffer, 0, { signal });
    while (bytes > 0) {
      await sendAll(kernel, fd, buffer.subarray(0, bytes), { signal });
      echoed?.(bytes);
      bytes = await kernel.recv(fd, buffer, 0, { signal });
    }
  } finally {
    kernel.close(fd);
  }
}
