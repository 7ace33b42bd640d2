/** TCP echo by `serve`, each client by a handler with a socket: what most programs will write. */
import { host, serve } from "dialtone";
import { listenAndSay } from "./listen.ts";

await serve(host, {
  fd: listenAndSay(),
  shape: "concurrent",
  async handler(socket) {
    for await (const chunk of socket.chunks()) await socket.send(chunk);
  },
});
