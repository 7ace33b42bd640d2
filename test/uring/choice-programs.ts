import { AF_UNIX, createHost, host, SOCK_STREAM } from "../../src/index.ts";
import { openFiles, tell } from "../child.ts";

/** What a program has seen of its engine. */
export interface Choice {
  readonly inspected: Record<string, unknown>;
  readonly echoed: string;
  /** What the engine has opened, by kind. */
  readonly opened: readonly string[];
}

/** Uses the host as any program does. */
export async function choose(): Promise<void> {
  const [one, other] = host.socketpair(AF_UNIX, SOCK_STREAM);
  const before = openFiles();
  host.flow(other, { data: (chunk, flow) => void flow.write(chunk) });
  const buffer = new Uint8Array(5);
  const received = host.recv(one, buffer);
  await host.send(one, Buffer.from("hello"));
  await received;
  const opened = [...openFiles()].flatMap(([fd, what]) => (before.has(fd) || !what.startsWith("anon_") ? [] : [what]));
  const echoed = Buffer.from(buffer).toString();
  tell({ inspected: host.inspect(), echoed, opened: opened.sort() } satisfies Choice);
  host.close(one);
}

/** Tells how the first call that waits ends. */
export async function fails(engine?: "io_uring"): Promise<void> {
  const kernel = engine === undefined ? host : createHost({ engine });
  const [one] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  // The call itself does not throw: it rejects.
  const received = kernel.recv(one, new Uint8Array(1));
  await received.catch((error: Error & { code?: string }) => tell([error.name, error.code, error.message]));
  kernel.close(one);
}
