import { spawn } from "node:child_process";
import { once } from "node:events";
import { AF_INET, AF_UNIX, host, SOCK_DGRAM, SOCK_STREAM, type SystemError } from "../../src/index.ts";
import { tell } from "../child.ts";

/* Programs that wait until a signal comes. */

const ignore = (): undefined => undefined;

export async function waitsInCalls(): Promise<void> {
  const [fd, other] = host.socketpair(AF_UNIX, SOCK_STREAM);
  process.once("SIGINT", () => {
    tell("SIGINT");
    host.close(fd);
  });
  const received = host.recv(fd, new Uint8Array(1));
  tell("waiting");
  await received.catch((error: SystemError) => tell(error.code === "EBADF" ? "closed" : error.code));
  host.close(other);
}

export function waitsInFlows(): void {
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.listen(listener);
  let open = 3;
  const close = (): void => {
    open -= 1;
    if (open === 0) tell("closed");
  };
  const flows = [
    host.acceptFlow(listener, { connection: ignore, close }),
    host.datagramFlow(host.socketpair(AF_UNIX, SOCK_DGRAM)[0], { datagram: ignore, close }),
    host.flow(host.socketpair(AF_UNIX, SOCK_STREAM)[0], { data: ignore, close }),
  ];
  process.once("SIGINT", () => {
    tell("SIGINT");
    for (const flow of flows) flow.close();
  });
  tell("waiting");
}

export function waitsWithoutHandler(): void {
  host.recv(host.socketpair(AF_UNIX, SOCK_STREAM)[0], new Uint8Array(1)).catch(ignore);
  tell("waiting");
}

export async function waitsInBlockingCall(): Promise<void> {
  await endedBySignal((fd) => host.recvSync(fd, new Uint8Array(1)));
}

export async function sendsInBlockingCall(): Promise<void> {
  await endedBySignal((fd) => (host.sendSync(fd, new Uint8Array(8_000_000)) < 8_000_000 ? "a part" : "all"));
}

async function endedBySignal(block: (fd: number) => unknown): Promise<void> {
  const handled = new Promise<string>((resolve) => process.on("SIGINT", resolve));
  const [fd] = host.socketpair(AF_UNIX, SOCK_STREAM);
  tell("waiting");
  let result: unknown;
  try {
    result = block(fd);
  } catch (error) {
    result = (error as SystemError).code;
  }
  process.stderr.write("ended\n");
  tell(result);
  // The test sends no further signals when it has ended the input.
  await once(process.stdin.resume(), "end");
  tell(await handled);
  process.exit(0);
}

/** A child process that ends is a signal, too (SIGCHLD): Node's own, which must not end the call. */
export function waitsWhileChildEnds(): void {
  const [fd, other] = host.socketpair(AF_UNIX, SOCK_STREAM);
  // Node takes its time to start and to end, so this thread waits by then.
  const ends = spawn(process.execPath, ["--eval", "0"], { stdio: "ignore" });
  // It stays a zombie while this thread is blocked; only then the byte is sent.
  const script = 'until grep -q ") Z" "/proc/$1/stat"; do :; done; printf x >&3';
  spawn("sh", ["-c", script, "sh", String(ends.pid)], { stdio: ["ignore", "ignore", "inherit", other] });
  tell(String(host.recvSync(fd, new Uint8Array(1))));
  host.close(fd);
  host.close(other);
}
