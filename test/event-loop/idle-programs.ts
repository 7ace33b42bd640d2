import {
  AF_INET,
  AF_UNIX,
  host,
  POLLIN,
  SO_RCVTIMEO,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type SystemError,
} from "../../src/index.ts";
import { openFiles, processorTicks, tell } from "../child.ts";

/** What the program saw of itself. */
export interface ManyWaits {
  readonly waits: number;
  readonly resources: readonly string[];
  /** What was opened besides sockets. */
  readonly own: readonly string[];
  readonly ticks: number;
  readonly ended: string;
}

/** What was opened besides sockets, by kind. */
function openedBesides(before: ReadonlyMap<number, string>, now: ReadonlyMap<number, string>): string[] {
  const kinds = [...now].filter(([fd, what]) => before.get(fd) !== what).map(([, what]) => what);
  return kinds.filter((what) => !what.startsWith("socket:")).sort();
}

/** So many waits of each kind, and one that its socket's timeout ends. */
export async function manyWaits(ofEach: number): Promise<void> {
  // The FFI is loaded, with what Node opens for that.
  host.if_nameindex();
  const before = openFiles();
  const fds: number[] = [];
  const pair = (type: number): number => {
    const ends = host.socketpair(AF_UNIX, type);
    fds.push(...ends);
    return ends[0];
  };
  const ignore = (): undefined => undefined;
  for (let index = 0; index < ofEach; index += 1) {
    host.recv(pair(SOCK_STREAM), new Uint8Array(1)).catch(ignore);
    host.poll([{ fd: pair(SOCK_STREAM), events: POLLIN }]).catch(ignore);
    host.flow(pair(SOCK_STREAM), { data: ignore });
    host.datagramFlow(pair(SOCK_DGRAM), { datagram: ignore });
    const listener = host.socket(AF_INET, SOCK_STREAM);
    fds.push(listener);
    host.listen(listener);
    host.acceptFlow(listener, { connection: ignore });
  }
  const last = pair(SOCK_STREAM);
  host.setsockopt(last, SOL_SOCKET, SO_RCVTIMEO, 1000);
  const waiting = host.recv(last, new Uint8Array(1)).then(String, (error: SystemError) => error.code);
  const { waits } = host.inspect();
  const open = openFiles();
  const resources = process.getActiveResourcesInfo().filter((name) => name !== "Timeout");
  const ticks = processorTicks();
  const ended = await waiting;
  tell({ waits, resources, own: openedBesides(before, open), ticks: processorTicks() - ticks, ended });
  for (const fd of fds) host.close(fd);
  const after = host.inspect();
  tell({ waits: after["waits"], waitingCalls: after["waitingCalls"] });
}
