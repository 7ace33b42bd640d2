import type { SocketAddress, UnixAddress } from "../api/address.ts";
import { AF_UNIX, SOCK_DGRAM } from "../api/constants.ts";
import type { Kernel, WaitOptions } from "../api/kernel.ts";

/** A Unix socket that is bound to no name gets an abstract one ("autobind", unix(7)), by which answers find it. */
const ANY_NAME: UnixAddress = { family: AF_UNIX, path: "" };

/**
 * The textbook's UDP echo client: sends one datagram and waits for the one that comes back.
 * The socket is connected, so that only the server's datagrams arrive, and ECONNREFUSED tells when nobody listens.
 * A datagram may be lost on its way: give a `signal` that ends the wait. Resolves with what came back.
 * Errors: those of the calls; EMSGSIZE for more than a datagram holds; AbortError. The socket is always closed.
 * Any kernel; an address of any family that has datagrams.
 */
export async function udpEchoClient(
  kernel: Kernel,
  address: SocketAddress,
  data: Uint8Array,
  options: WaitOptions = {},
): Promise<Uint8Array> {
  const fd = kernel.socket(address.family, SOCK_DGRAM);
  try {
    if (address.family === AF_UNIX) kernel.bind(fd, ANY_NAME);
    await kernel.connect(fd, address, options);
    await kernel.send(fd, data, 0, options);
    // One byte more than was sent: an answer that is longer is seen as such.
    const buffer = new Uint8Array(data.length + 1);
    const bytes = await kernel.recv(fd, buffer, 0, options);
    return buffer.subarray(0, bytes);
  } finally {
    kernel.close(fd);
  }
}
