import type { SocketAddress } from "../api/address.ts";
import { SOCK_STREAM } from "../api/constants.ts";
import { systemError } from "../api/errors.ts";
import type { Kernel, WaitOptions } from "../api/kernel.ts";
import { sendAll } from "./send-all.ts";

/** Settings of an echo client. */
export interface TcpEchoClientOptions extends WaitOptions {
  /** Milliseconds that the client stays on the line after the answer, before it hangs up. */
  readonly holdMs?: number | undefined;
}

/**
 * The textbook's TCP echo client: connects, says the data, and listens until as many bytes came back. Resolves with
 * what came back. A stream keeps no boundaries: one `recv` may bring less than was sent, so it is called until all is
 * there. Errors: those of the calls (ECONNREFUSED); ECONNRESET when the server hangs up before; AbortError. The socket
 * is always closed. Any kernel; an address of any family that has streams.
 */
export async function tcpEchoClient(
  kernel: Kernel,
  address: SocketAddress,
  data: Uint8Array,
  options: TcpEchoClientOptions = {},
): Promise<Uint8Array> {
  const { signal, holdMs } = options;
  const fd = kernel.socket(address.family, SOCK_STREAM);
  try {
    await kernel.connect(fd, address, { signal });
    await sendAll(kernel, fd, data, { signal });
    const answer = await receiveAll(kernel, fd, new Uint8Array(data.length), { signal });
    if (holdMs !== undefined) await kernel.clock.sleep(holdMs, { signal });
    return answer;
  } finally {
    kernel.close(fd);
  }
}

/** Fills the buffer. */
async function receiveAll(kernel: Kernel, fd: number, buffer: Uint8Array, options: WaitOptions): Promise<Uint8Array> {
  let received = 0;
  while (received < buffer.length) {
    const bytes = await kernel.recv(fd, buffer.subarray(received), 0, options);
    if (bytes === 0) {
      const missing = `the server hung up after ${received} of ${buffer.length} bytes`;
      throw systemError("recv", "ECONNRESET", undefined, missing);
    }
    received += bytes;
  }
  return buffer;
}
