import { AF_UNIX, SOCK_STREAM } from "../../api/constants.ts";
import type { Kernel } from "../../api/kernel.ts";

/** Makes a kernel load what it loads at its first calls, so that the times of the demo are those of the calls. */
export async function warmUp(kernel: Kernel): Promise<void> {
  const [one, other] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  try {
    const waiting = kernel.recv(other, new Uint8Array(1));
    await kernel.send(one, new Uint8Array(1));
    await waiting;
  } finally {
    kernel.close(one);
    kernel.close(other);
  }
}
