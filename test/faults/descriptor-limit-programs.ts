import { AF_INET, host, isSystemError, SOCK_STREAM, type AcceptFlow } from "../../src/index.ts";
import { tell } from "../child.ts";

/** What a program saw that had too few descriptors for its clients. */
export interface Exhausted {
  readonly shortages: number;
  /** The bytes of the connections, in the order in which they were accepted. */
  readonly seen: readonly number[];
  /** The error of `socket` at the limit. */
  readonly socket: string;
}

async function listener(): Promise<number> {
  const fd = host.socket(AF_INET, SOCK_STREAM);
  host.bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
  host.listen(fd);
  // What the process opens once is open before the limit is met.
  await host.poll([{ fd, events: 0 }], 1);
  tell(host.getsockname(fd));
  return fd;
}

async function byteOf(fd: number): Promise<number> {
  const buffer = new Uint8Array(1);
  await host.recv(fd, buffer);
  host.close(fd);
  return buffer[0] as number;
}

function socketError(): string {
  try {
    host.close(host.socket(AF_INET, SOCK_STREAM));
    return "none";
  } catch (error) {
    return isSystemError(error) ? error.code : String(error);
  }
}

/** Keeps all connections open until no more can be had, then closes one for each that comes. */
export async function accepts(clients: number): Promise<void> {
  const fd = await listener();
  const open: number[] = [];
  const seen: number[] = [];
  let shortages = 0;
  let socket = "not tried";
  while (seen.length + open.length < clients) {
    try {
      open.push((await host.accept(fd)).fd);
    } catch (error) {
      if (!isSystemError(error, "EMFILE")) throw error;
      shortages += 1;
      if (shortages === 1) socket = socketError();
      seen.push(await byteOf(open.shift() as number));
    }
  }
  for (const one of open) seen.push(await byteOf(one));
  host.close(fd);
  tell({ shortages, seen, socket } satisfies Exhausted);
}

export async function acceptFlows(clients: number): Promise<void> {
  const fd = await listener();
  const open: number[] = [];
  const seen: number[] = [];
  let shortages = 0;
  let socket = "not tried";
  /** The flow has paused itself; some close, and it goes on. */
  const makeRoom = async (flow: AcceptFlow): Promise<void> => {
    seen.push(...(await Promise.all(open.splice(0, 5).map(byteOf))));
    flow.resume();
  };
  await new Promise<void>((resolve) => {
    host.acceptFlow(fd, {
      connection(connection, flow) {
        open.push(connection);
        if (seen.length + open.length < clients) return;
        flow.close();
        resolve();
      },
      error(error, flow) {
        if (!isSystemError(error, "EMFILE")) throw error;
        shortages += 1;
        if (shortages === 1) socket = socketError();
        void makeRoom(flow);
      },
    });
  });
  for (const one of open) seen.push(await byteOf(one));
  tell({ shortages, seen, socket } satisfies Exhausted);
}
