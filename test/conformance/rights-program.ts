import {
  AF_UNIX,
  controlValue,
  SCM_RIGHTS,
  SOCK_STREAM,
  SOL_SOCKET,
  type Kernel,
  type WorkerPort,
} from "../../src/index.ts";

/**
 * Takes a descriptor from its channel and writes to what it is; then sends one end of a pair of its own, and writes to
 * the other.
 */
export default async function passesDescriptors(
  kernel: Kernel,
  _port: WorkerPort,
  word: string,
  channel: number,
): Promise<void> {
  const data = new TextEncoder().encode(word);
  const { control } = await kernel.recvmsg(channel, { data: new Uint8Array(1) });
  for (const taken of controlValue(control, SOL_SOCKET, SCM_RIGHTS) ?? []) {
    await kernel.send(taken, data);
    kernel.close(taken);
  }
  const [kept, given] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  await kernel.sendmsg(channel, {
    data: new Uint8Array(1),
    control: [{ level: SOL_SOCKET, type: SCM_RIGHTS, value: [given] }],
  });
  kernel.close(given);
  await kernel.send(kept, data);
  kernel.close(kept);
}
