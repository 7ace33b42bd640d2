import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  AF_INET,
  AF_UNIX,
  host,
  IPPROTO_ICMP,
  isSystemError,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  type AcceptFlow,
} from "../../src/index.ts";

/*
 * What the tests have a process of its own do, under limits that the tests' own process must not have. Called with the
 * name of a program and a folder, it prints what it saw as JSON.
 */

const LOOPBACK = { family: AF_INET, address: "127.0.0.1", port: 0 } as const;

/** "EMFILE" or what the call gave. */
async function outcome(work: () => unknown): Promise<string> {
  try {
    await work();
    return "done";
  } catch (error) {
    return isSystemError(error) ? `${error.syscall} ${error.code}` : String(error);
  }
}

/** Opens sockets until there are no more. */
function fillTable(): number[] {
  const open: number[] = [];
  for (;;) {
    try {
      open.push(host.socket(AF_INET, SOCK_STREAM));
    } catch (error) {
      if (isSystemError(error, "EMFILE")) return open;
      throw error;
    }
  }
}

async function fewDescriptors(): Promise<unknown> {
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.bind(listener, LOOPBACK);
  host.listen(listener);
  const client = host.socket(AF_INET, SOCK_STREAM);
  await host.connect(client, host.getsockname(listener));
  const open = fillTable();
  const seen = [
    await outcome(() => host.socket(AF_INET, SOCK_STREAM)),
    await outcome(() => host.socketpair(AF_UNIX, SOCK_STREAM)),
    await outcome(() => host.dup(listener)),
    await outcome(() => host.fcntl(listener, 1030, 0)),
    await outcome(() => host.accept(listener)),
    await outcome(() => host.acceptSync(listener)),
    await outcome(() =>
      host.poll(
        Array.from({ length: 1000 }, () => ({ fd: -1, events: 0 })),
        0,
      ),
    ),
  ];
  const told: string[] = [];
  const accepted = await new Promise<number>((resolve) => {
    host.acceptFlow(listener, {
      connection(fd: number) {
        told.push("connection");
        resolve(fd);
      },
      error(error: Error, flow: AcceptFlow) {
        told.push((error as Error & { code: string }).code);
        host.close(open.pop() as number);
        flow.resume();
      },
    });
  });
  // The connection that there was no descriptor for has waited.
  const same = JSON.stringify(host.getpeername(accepted)) === JSON.stringify(host.getsockname(client));
  for (const fd of [...open, accepted, client, listener]) host.close(fd);
  return { seen, told, same };
}

async function otherUser(folder: string): Promise<unknown> {
  const secret = join(folder, "secret");
  mkdirSync(secret, { mode: 0o700 });
  const listener = host.socket(AF_UNIX, SOCK_STREAM);
  const closed = { family: AF_UNIX, path: join(folder, "closed") } as const;
  host.bind(listener, closed);
  host.listen(listener);
  chmodSync(closed.path, 0o700);
  chmodSync(folder, 0o755);
  process.setgroups?.([]);
  process.setgid?.(65534);
  process.setuid?.(65534);
  const unix = (): number => host.socket(AF_UNIX, SOCK_STREAM);
  const hidden = { family: AF_UNIX, path: join(secret, "socket") } as const;
  const seen = [
    await outcome(() => host.bind(host.socket(AF_INET, SOCK_STREAM), { ...LOOPBACK, port: 80 })),
    await outcome(() => host.bind(unix(), hidden)),
    await outcome(() => host.bind(unix(), { ...hidden, path: join(folder, "mine") })),
    await outcome(() => host.connect(unix(), hidden)),
    await outcome(() => host.connect(unix(), closed)),
    await outcome(() => host.connectSync(unix(), closed)),
    await outcome(() => host.sendto(host.socket(AF_UNIX, SOCK_DGRAM), new Uint8Array(1), 0, closed)),
    await outcome(() => host.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)),
    await outcome(() => host.socket(17, SOCK_RAW, 0)),
  ];
  return { seen };
}

async function noNetwork(): Promise<unknown> {
  const far = { family: AF_INET, address: "192.0.2.1", port: 9 } as const;
  const tcp = (): number => host.socket(AF_INET, SOCK_STREAM);
  const udp = (): number => host.socket(AF_INET, SOCK_DGRAM);
  const seen = [
    await outcome(() => host.connect(tcp(), far)),
    await outcome(() => host.connectSync(tcp(), far)),
    await outcome(() => host.connect(udp(), far)),
    await outcome(() => host.sendto(udp(), new Uint8Array(1), 0, far)),
    await outcome(() => host.sendtoSync(udp(), new Uint8Array(1), 0, far)),
    await outcome(() => host.sendmsg(udp(), { data: new Uint8Array(1), address: far })),
    await outcome(() => host.bind(tcp(), { ...LOOPBACK, port: 80 })),
  ];
  return { seen };
}

const programs: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  fewDescriptors,
  otherUser,
  noNetwork,
};

const [, , name = "", folder = ""] = process.argv;
console.log(JSON.stringify(await programs[name]?.(folder)));
process.exit(0);
