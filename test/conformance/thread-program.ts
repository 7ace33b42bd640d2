import type { BlockingCalls, Kernel, WorkerPort } from "../../src/index.ts";

/*
 * What the tests have other threads do. A program posts "ready" before its first call that waits, and its result at
 * its end.
 */

type Program = (kernel: Kernel & BlockingCalls, fd: number, count: number, port: WorkerPort) => unknown;

export type ProgramName =
  | "echo"
  | "acceptSync"
  | "accept"
  | "block"
  | "blockInAccept"
  | "blockInPoll"
  | "blockInSend"
  | "wait"
  | "receive";

const programs: Readonly<Record<ProgramName, Program>> = {
  /** Echoes until the end. */
  echo(kernel, fd) {
    const buffer = new Uint8Array(65536);
    let echoed = 0;
    for (;;) {
      const bytes = kernel.recvSync(fd, buffer);
      if (bytes === 0) return echoed;
      echoed += kernel.sendSync(fd, buffer.subarray(0, bytes));
    }
  },
  /** Accepts connections with acceptSync; each is sent a byte and closed. */
  acceptSync(kernel, fd, count) {
    for (let accepted = 0; accepted < count; accepted += 1) {
      const { fd: connection } = kernel.acceptSync(fd);
      kernel.sendSync(connection, new Uint8Array(1));
      kernel.close(connection);
    }
    return count;
  },
  /** Accepts connections with accept, until a connection sends a byte. */
  async accept(kernel, fd) {
    for (let accepted = 1; ; accepted += 1) {
      const { fd: connection } = await kernel.accept(fd);
      const bytes = await kernel.recv(connection, new Uint8Array(1));
      kernel.close(connection);
      if (bytes > 0) return accepted;
    }
  },
  block: (kernel, fd) => kernel.recvSync(fd, new Uint8Array(1)),
  blockInAccept: (kernel, fd) => kernel.acceptSync(fd),
  blockInPoll: (kernel, fd) => kernel.pollSync([{ fd, events: 1 }]),
  blockInSend: (kernel, fd, count) => kernel.sendSync(fd, new Uint8Array(count)),
  wait: (kernel, fd) => kernel.recv(fd, new Uint8Array(1)),
  /** Receives bytes one by one, with the calls that wait by the event loop. */
  async receive(kernel, fd, count) {
    let sum = 0;
    const buffer = new Uint8Array(1);
    for (let received = 0; received < count; received += await kernel.recv(fd, buffer)) sum += buffer[0] ?? 0;
    return sum + (buffer[0] ?? 0);
  },
};

export interface ThreadData {
  readonly program: ProgramName;
  readonly fd: number;
  readonly count: number;
}

export default async function run(kernel: Kernel, port: WorkerPort, data: unknown): Promise<void> {
  const { program, fd: given, count } = data as ThreadData;
  // Without a descriptor the thread opens a socket pair of its own, on which it waits for ever.
  const fd = given < 0 ? kernel.socketpair(1, 1)[0] : given;
  port.post("ready");
  port.post({ result: await programs[program](kernel as Kernel & BlockingCalls, fd, count, port) });
  // A thread that listens for messages stays; this one is done.
  process.exit(0);
}
