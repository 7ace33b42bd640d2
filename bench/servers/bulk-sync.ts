/** One TCP stream on the blocking calls. */
import { acceptSync, close, recvSync, sendSync } from "dialtone";
import { chunkAt, chunkBytes, isRight, sends } from "./bulk-pattern.ts";
import { listenAndSay } from "./listen.ts";

function receiveAll(fd: number): void {
  const buffer = new Uint8Array(chunkBytes);
  let place = 0;
  for (let bytes = recvSync(fd, buffer); bytes > 0; bytes = recvSync(fd, buffer)) {
    if (!isRight(buffer, bytes, place)) return;
    place += bytes;
  }
}

function sendAll(fd: number): void {
  for (let place = 0; ;) place += sendSync(fd, chunkAt(place));
}

const listener = listenAndSay();
for (;;) {
  const { fd } = acceptSync(listener);
  try {
    (sends ? sendAll : receiveAll)(fd);
  } catch {
    // The load ends with a close.
  }
  close(fd);
}
