/** One TCP stream on the calls as promises. */
import { host } from "dialtone";
import { chunkAt, chunkBytes, isRight, sends } from "./bulk-pattern.ts";
import { listenAndSay } from "./listen.ts";

async function receiveAll(fd: number): Promise<void> {
  const buffer = new Uint8Array(chunkBytes);
  let place = 0;
  for (let bytes = await host.recv(fd, buffer); bytes > 0; bytes = await host.recv(fd, buffer)) {
    if (!isRight(buffer, bytes, place)) return;
    place += bytes;
  }
}

async function sendAll(fd: number): Promise<void> {
  for (let place = 0; ;) place += await host.send(fd, chunkAt(place));
}

const listener = listenAndSay();
for (;;) {
  const { fd } = await host.accept(listener);
  await (sends ? sendAll(fd) : receiveAll(fd)).catch(() => {}); // The load ends with a close.
  host.close(fd);
}
