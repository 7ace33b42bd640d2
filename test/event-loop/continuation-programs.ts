import {
  AF_INET,
  AF_UNIX,
  AI_NUMERICHOST,
  host,
  SOCK_STREAM,
  type Inet4Address,
  type SystemError,
} from "../../src/index.ts";
import { tell } from "../child.ts";

/* Programs in which nothing happens but one connection. */

const address = (port: number): Inet4Address => ({ family: AF_INET, address: "127.0.0.1", port });

async function connection(): Promise<[fd: number, listener: number]> {
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.bind(listener, address(0));
  host.listen(listener);
  tell((host.getsockname(listener) as Inet4Address).port);
  const { fd } = await host.accept(listener);
  // One more wait: the loop does not end, and begin again, whenever the connection's own wait has ended.
  host.accept(listener).catch((error: unknown) => tell((error as SystemError).code));
  return [fd, listener];
}

async function connected(port: number): Promise<number> {
  const fd = host.socket(AF_INET, SOCK_STREAM);
  await host.connect(fd, address(port));
  return fd;
}

export async function pullsServer(): Promise<void> {
  const [fd, listener] = await connection();
  const buffer = new Uint8Array(8);
  while ((await host.recv(fd, buffer)) > 0) await host.send(fd, buffer.subarray(0, 1));
  host.close(fd);
  host.close(listener);
}

export async function pullsClient(port: number, rounds: number): Promise<void> {
  const fd = await connected(port);
  const buffer = new Uint8Array(8);
  let done = 0;
  for (; done < rounds; done += 1) {
    await host.send(fd, buffer.subarray(0, 1));
    if ((await host.recv(fd, buffer)) !== 1) break;
  }
  host.close(fd);
  tell(done);
}

/** Answers from a promise's continuation, not from the handler itself. */
export async function flowsServer(): Promise<void> {
  const [fd, listener] = await connection();
  host.flow(fd, {
    data: (chunk, flow) => void Promise.resolve(chunk.slice()).then((copy) => flow.write(copy)),
    close: () => host.close(listener),
  });
}

export async function flowsClient(port: number, rounds: number): Promise<void> {
  let done = 0;
  const flow = host.flow(await connected(port), {
    data(_chunk, to) {
      done += 1;
      process.nextTick(() => (done < rounds ? void to.write(new Uint8Array(1)) : to.end()));
    },
    close: () => tell(done),
  });
  flow.write(new Uint8Array(1));
}

/** Two events in two turns of the loop: the second is made in the first one's promise. */
export async function turns(): Promise<void> {
  const [one, other] = host.socketpair(AF_UNIX, SOCK_STREAM);
  const seen: string[] = [];
  host.flow(one, {
    data(chunk, flow) {
      const event = chunk[0] as number;
      seen.push(`event ${event}`);
      process.nextTick(() => seen.push(`tick ${event}`));
      void Promise.resolve().then(() => {
        seen.push(`promise ${event}`);
        if (event === 1) void host.send(other, new Uint8Array([2]));
        else flow.close();
      });
    },
    close() {
      host.close(other);
      tell(seen);
    },
  });
  await host.send(other, new Uint8Array([1]));
}

/** The resolver's thread pool is the other way in which the FFI calls back. */
export async function resolves(rounds: number): Promise<void> {
  const [one, other] = host.socketpair(AF_UNIX, SOCK_STREAM);
  host.recv(one, new Uint8Array(1)).catch((error: unknown) => tell((error as SystemError).code));
  let done = 0;
  for (; done < rounds; done += 1) await host.getaddrinfo("127.0.0.1", 80, { flags: AI_NUMERICHOST });
  tell(done);
  host.close(one);
  host.close(other);
}
