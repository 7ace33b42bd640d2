/** TCP echo on the calls as promises: an async function for each connection, as the textbook's server would be. */
import { host } from "dialtone";
import { listenAndSay } from "./listen.ts";

async function echo(fd: number): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    for (let bytes = await host.recv(fd, buffer); bytes > 0; bytes = await host.recv(fd, buffer)) {
      for (let sent = 0; sent < bytes;) sent += await host.send(fd, buffer.subarray(sent, bytes));
    }
  } catch {
    // The load ends with a reset.
  }
  host.close(fd);
}

const listener = listenAndSay();
for (;;) void echo((await host.accept(listener)).fd);
