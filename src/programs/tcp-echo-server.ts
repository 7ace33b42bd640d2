import type { SocketAddress } from "../api/address.ts";
import { AF_INET, AF_INET6, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, SOMAXCONN } from "../api/constants.ts";
import type { Kernel } from "../api/kernel.ts";
import type { EchoServerNumbers, EchoServerOptions } from "./echo-server-options.ts";
import { handleTcpClient } from "./handle-tcp-client.ts";

/**
 * The textbook's TCP echo server: one client at a time, and the next waits in the backlog meanwhile. For several at
 * once see `serve`.
 * It runs until `signal` is aborted, then resolves with what it did. A client's error ends that client alone;
 * errors of socket, bind, listen and accept reject. Any kernel; an address of any family that has streams.
 *
 * @example
 * const stop = new AbortController();
 * const numbers = await tcpEchoServer(
 *   host,
 *   { family: AF_INET, address: "127.0.0.1", port: 0 },
 *   { signal: stop.signal, listening: () => stop.abort() },
 * );
 * numbers.clients; // 0
 */
export async function tcpEchoServer(
  kernel: Kernel,
  address: SocketAddress,
  options: EchoServerOptions = {},
): Promise<EchoServerNumbers> {
  const { signal } = options;
  let clients = 0;
  let bytes = 0;
  const listener = kernel.socket(address.family, SOCK_STREAM);
  try {
    // A server that starts again need not wait for the last one's connections to be forgotten.
    if (isInet(address)) kernel.setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, true);
    kernel.bind(listener, address);
    kernel.listen(listener, SOMAXCONN);
    options.listening?.(kernel.getsockname(listener));
    for (;;) {
      const { fd } = await kernel.accept(listener, { signal });
      clients += 1;
      const echoed = (count: number): void => void (bytes += count);
      await handleTcpClient(kernel, fd, { signal, echoed }).catch(() => undefined);
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  } finally {
    kernel.close(listener);
  }
  return { clients, bytes };
}

function isInet({ family }: SocketAddress): boolean {
  return family === AF_INET || family === AF_INET6;
}
