/* The lecture's HandleTCPClient: what the server does with one client, once it has picked up. */
import type { Kernel } from "dialtone";

const RCVBUFSIZE = 32; // the size of the receive buffer, small on purpose: an echo then takes several turns

/** Receives, sends back what was received, until the client has hung up; then hangs up, too. */
export async function handleTcpClient(kernel: Kernel, clntSocket: number): Promise<number> {
  const echoBuffer = new Uint8Array(RCVBUFSIZE);
  let total = 0;
  try {
    // recv() gives 0 when the other end has closed its side.
    let recvMsgSize = await kernel.recv(clntSocket, echoBuffer);
    while (recvMsgSize > 0) {
      // Echo message back to client. A blocking send() takes all of it.
      await kernel.send(clntSocket, echoBuffer.subarray(0, recvMsgSize));
      total += recvMsgSize;
      recvMsgSize = await kernel.recv(clntSocket, echoBuffer);
    }
  } finally {
    kernel.close(clntSocket);
  }
  return total;
}
