/** A file to each client by blocking sendfile. PORT file SIZE PATH */
import { openSync } from "node:fs";
import { acceptSync, close, sendfileSync } from "dialtone";
import { listenAndSay } from "./listen.ts";

const file = openSync(process.argv[5] ?? "", "r");
const size = Number(process.argv[4]);
const listener = listenAndSay();
for (;;) {
  const { fd } = acceptSync(listener);
  try {
    sendfileSync(fd, file, 0, size);
  } catch {
    // The load ends with a close.
  }
  close(fd);
}
