/** A file to each client by awaited sendfile. PORT file SIZE PATH */
import { openSync } from "node:fs";
import { host } from "dialtone";
import { listenAndSay } from "./listen.ts";

const file = openSync(process.argv[5] ?? "", "r");
const size = Number(process.argv[4]);
const listener = listenAndSay();
for (;;) {
  const { fd } = await host.accept(listener);
  await host.sendfile(fd, file, 0, size).catch(() => {}); // The load ends with a close.
  host.close(fd);
}
