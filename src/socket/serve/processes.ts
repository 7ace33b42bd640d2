import type { SocketAddress } from "../../api/address.ts";
import { SCM_RIGHTS, SOL_SOCKET } from "../../api/constants.ts";
import type { Kernel, ProcessWorker } from "../../api/kernel.ts";
import { controlMessage, controlValue } from "../../api/message.ts";
import { sockaddrDecode, sockaddrEncode, SOCKADDR_STORAGE_SIZE } from "../../netdb/sockaddr.ts";
import type { Connections } from "./connections.ts";
import type { Delivery, Passed, UndeliveredListener } from "./delivery.ts";

/*
 * A process receives an accepted descriptor over a Unix socket (SCM_RIGHTS, unix(7)): a message whose data is the
 * client's address. The kernel makes a new descriptor for the receiver; the sender closes its own.
 */

/** The accepting process's side. */
export class ProcessDelivery implements Delivery {
  readonly #kernel: Kernel;
  readonly #worker: ProcessWorker;
  readonly #failed: UndeliveredListener;

  /** `failed`: the process could not be given this one, which is still here. */
  constructor(kernel: Kernel, worker: ProcessWorker, failed: UndeliveredListener) {
    this.#kernel = kernel;
    this.#worker = worker;
    this.#failed = failed;
  }

  pass(fd: number, address: SocketAddress): void {
    void this.#send(fd, address);
  }

  untaken(): Passed[] {
    // What waits to be sent is told by `failed`; what the process did not receive, the kernel closes.
    return [];
  }

  async #send(fd: number, address: SocketAddress): Promise<void> {
    const control = [controlMessage(SOL_SOCKET, SCM_RIGHTS, [fd])];
    try {
      await this.#kernel.sendmsg(this.#worker.channel, { data: sockaddrEncode(address), control });
    } catch (error) {
      return this.#failed({ fd, address }, error);
    }
    this.#kernel.close(fd);
  }
}

/** The worker's side: takes descriptors until the signal, or until the process that accepts has gone. */
export async function receivePassed(
  kernel: Kernel,
  channel: number,
  connections: Connections,
  signal: AbortSignal,
): Promise<void> {
  const data = new Uint8Array(SOCKADDR_STORAGE_SIZE);
  while (!signal.aborted) {
    try {
      const { bytes, control } = await kernel.recvmsg(channel, { data }, 0, { signal });
      if (bytes === 0) return;
      const [fd] = controlValue(control, SOL_SOCKET, SCM_RIGHTS) ?? [];
      // Without room for one more descriptor (EMFILE) the kernel drops what it cannot give: the client sees a close.
      if (fd === undefined) connections.lost();
      else connections.take(fd, sockaddrDecode(data, 0, bytes));
    } catch {
      return;
    }
  }
}
