/* HandleTCPClient with blocking calls: word for word the C program. */
import { close, recvSync, sendSync } from "dialtone";

const RCVBUFSIZE = 32;

/** Receives and echoes until the client hangs up. The thread does nothing else meanwhile. */
export function handleTcpClient(clntSocket: number): number {
  const echoBuffer = new Uint8Array(RCVBUFSIZE);
  let total = 0;
  try {
    let recvMsgSize = recvSync(clntSocket, echoBuffer);
    while (recvMsgSize > 0) {
      sendSync(clntSocket, echoBuffer.subarray(0, recvMsgSize));
      total += recvMsgSize;
      recvMsgSize = recvSync(clntSocket, echoBuffer);
    }
  } finally {
    close(clntSocket);
  }
  return total;
}
