/** TCP echo on the blocking calls: one connection at a time, as the textbook's first server. */
import { acceptSync, close, recvSync, sendSync } from "dialtone";
import { listenAndSay } from "./listen.ts";

function echo(fd: number): void {
  const buffer = new Uint8Array(65536);
  try {
    for (let bytes = recvSync(fd, buffer); bytes > 0; bytes = recvSync(fd, buffer)) {
      for (let sent = 0; sent < bytes;) sent += sendSync(fd, buffer.subarray(sent, bytes));
    }
  } catch {
    // The load ends with a reset.
  }
  close(fd);
}

const listener = listenAndSay();
for (;;) echo(acceptSync(listener).fd);
