import type { SocketAddress } from "../api/address.ts";
import { SOCK_DGRAM } from "../api/constants.ts";
import type { Kernel, ReceivedFrom } from "../api/kernel.ts";
import type { EchoServerNumbers, EchoServerOptions } from "./echo-server-options.ts";

/** The longest datagram that UDP can carry, and more. */
const BUFFER_BYTES = 65536;

/**
 * The textbook's UDP echo server: no connection, each datagram goes back to the address that it came from. It runs
 * until `signal` is aborted, then resolves with what it did. An answer that cannot be sent (its sender has gone, or
 * gave no address) is lost, as datagrams are; errors of socket and bind reject. Any kernel; an address of any family
 * that has datagrams.
 */
export async function udpEchoServer(
  kernel: Kernel,
  address: SocketAddress,
  options: EchoServerOptions = {},
): Promise<EchoServerNumbers> {
  const { signal } = options;
  const buffer = new Uint8Array(BUFFER_BYTES);
  let clients = 0;
  let bytes = 0;
  const fd = kernel.socket(address.family, SOCK_DGRAM);
  try {
    kernel.bind(fd, address);
    options.listening?.(kernel.getsockname(fd));
    for (;;) {
      const received = await kernel.recvfrom(fd, buffer, 0, { signal });
      const sent = await answer(kernel, fd, buffer, received, signal);
      if (sent === undefined) continue;
      clients += 1;
      bytes += sent;
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  } finally {
    kernel.close(fd);
  }
  return { clients, bytes };
}

/** Undefined when nobody can be answered. */
async function answer(
  kernel: Kernel,
  fd: number,
  buffer: Uint8Array,
  { bytes, address }: ReceivedFrom,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  if (address === undefined || ("path" in address && address.path.length === 0)) return undefined;
  return kernel.sendto(fd, buffer.subarray(0, bytes), 0, address, { signal }).catch(() => undefined);
}
