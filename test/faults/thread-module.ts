import { AF_UNIX, SOCK_STREAM, type Kernel, type WorkerPort } from "../../src/index.ts";

/** A thread's program that says that it begins, opens a little and waits for ever. */
export default async function wait(kernel: Kernel, port: WorkerPort): Promise<void> {
  port.post("begins");
  const [fd] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  await kernel.recv(fd, new Uint8Array(1));
}
