/** TCP echo through Node streams over dialtone: `toDuplex`, with the backpressure of any Node stream. */
import { Socket, host } from "dialtone";
import { listenAndSay } from "./listen.ts";

host.acceptFlow(listenAndSay(), {
  connection(fd) {
    const duplex = Socket.from(host, fd).toDuplex();
    duplex.on("data", (chunk: Buffer) => {
      if (!duplex.write(chunk)) {
        duplex.pause();
        duplex.once("drain", () => duplex.resume());
      }
    });
    duplex.on("error", () => duplex.destroy());
  },
});
