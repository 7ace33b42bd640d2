/** What every server of the benchmark does before it serves: it listens on its argument's port, and says which. */
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, host } from "dialtone";

const BACKLOG = 4096;

/** A listening descriptor on 127.0.0.1, with its first line printed. */
export function listenAndSay(): number {
  const fd = host.socket(AF_INET, SOCK_STREAM);
  host.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, true);
  host.bind(fd, { family: AF_INET, address: "127.0.0.1", port: Number(process.argv[2] ?? 0) });
  host.listen(fd, BACKLOG);
  const name = host.getsockname(fd);
  console.log(`listening on ${"port" in name ? name.port : 0}`);
  return fd;
}
