import {
  AF_INET,
  host,
  SO_LINGER,
  SOCK_STREAM,
  SOL_SOCKET,
  type SocketAddress,
  type SystemError,
} from "../../src/index.ts";
import { openFiles, tell } from "../child.ts";

/** What a process holds. */
interface Held {
  readonly sockets: number;
  /** Bytes of the heap and of the buffers outside of it, after a collection. */
  readonly bytes: number;
}

/** What a program held before its connections, with all of them idle, and after the last. */
export interface Footprint {
  readonly before: Held;
  readonly open: Held;
  readonly after: Held;
  readonly waits: number;
  /** Connections whose end was told. */
  readonly woken: number;
}

type Form = "pulled" | "pushed";

function held(): Held {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const sockets = [...openFiles().values()].filter((file) => file.startsWith("socket")).length;
  return { sockets, bytes: heapUsed + external };
}

/** One buffer for all: nothing is received but the end. */
const buffer = new Uint8Array(1);

/** Waits for the connection's end, and closes it. */
async function idle(fd: number, form: Form): Promise<void> {
  if (form === "pushed") {
    await new Promise<void>((resolve) => host.flow(fd, { data: () => undefined, close: () => resolve() }));
    return;
  }
  const error = await host.recv(fd, buffer).catch((refused: SystemError) => refused.code);
  if (error !== "EBADF") host.close(fd);
}

async function footprint(before: Held, connections: Promise<void>[], end: () => Promise<unknown>): Promise<void> {
  const waits = host.inspect()["waits"] as number;
  const open = held();
  await end();
  const woken = (await Promise.all(connections)).length;
  connections.length = 0;
  await new Promise((resolve) => setImmediate(resolve));
  tell({ before, open, after: held(), waits, woken } satisfies Footprint);
}

export async function serve(count: number, form: Form): Promise<void> {
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.bind(listener, { family: AF_INET, address: "127.0.0.1", port: 0 });
  host.listen(listener, 4096);
  tell(host.getsockname(listener));
  const { fd: control } = await host.accept(listener);
  const before = held();
  const connections: Promise<void>[] = [];
  while (connections.length < count) connections.push(idle((await host.accept(listener)).fd, form));
  // The client closes them all when it has heard that they were seen.
  await footprint(before, connections, () => host.send(control, buffer));
  host.close(listener);
  host.close(control);
}

export async function call(count: number, address: SocketAddress, form: Form): Promise<void> {
  const control = host.socket(AF_INET, SOCK_STREAM);
  await host.connect(control, address);
  const before = held();
  const fds: number[] = [];
  const connections: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const fd = host.socket(AF_INET, SOCK_STREAM);
    await host.connect(fd, address);
    // Closed with a reset, they leave no TIME-WAIT behind on this machine.
    host.setsockopt(fd, SOL_SOCKET, SO_LINGER, { onoff: true, linger: 0 });
    fds.push(fd);
    connections.push(idle(fd, form));
  }
  await footprint(before, connections, async () => {
    await host.recv(control, buffer);
    for (const fd of fds.splice(0)) host.close(fd);
  });
  host.close(control);
}
