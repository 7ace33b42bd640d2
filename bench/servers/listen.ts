/** What every server of the benchmark does before it serves: it listens on its argument's port, and says which. */
import { AF_INET, SO_REUSEADDR, SO_REUSEPORT, SOCK_STREAM, SOL_SOCKET, host, type HostKernel } from "dialtone";

const BACKLOG = 4096;

/** Binds to 127.0.0.1 and the argument's port. */
export function bindToArgument(fd: number, kernel: HostKernel = host): void {
  kernel.bind(fd, { family: AF_INET, address: "127.0.0.1", port: Number(process.argv[2] ?? 0) });
}

/** The first line that a server prints. */
export function say(fd: number, kernel: HostKernel = host): void {
  const name = kernel.getsockname(fd);
  console.log(`listening on ${"port" in name ? name.port : 0}`);
}

/**
 * A listening descriptor on 127.0.0.1, with its first line printed; with a second argument "reuse-port" it shares the
 * port with other servers.
 */
export function listenAndSay(kernel: HostKernel = host): number {
  const fd = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, true);
  if (process.argv[3] === "reuse-port") kernel.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, true);
  bindToArgument(fd, kernel);
  kernel.listen(fd, BACKLOG);
  say(fd, kernel);
  return fd;
}
