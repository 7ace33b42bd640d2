import { SCM_RIGHTS, SOL_SOCKET, controlValue, type Kernel, type WorkerPort } from "../../src/index.ts";

/** Takes a descriptor, says so, and never gives it back. */
export default async function keepsDescriptors(kernel: Kernel, port: WorkerPort, fd: number): Promise<void> {
  const { control } = await kernel.recvmsg(fd, { data: new Uint8Array(1) });
  const [taken] = controlValue(control, SOL_SOCKET, SCM_RIGHTS) ?? [];
  port.post("taken");
  await kernel.recv(taken ?? -1, new Uint8Array(1));
}
