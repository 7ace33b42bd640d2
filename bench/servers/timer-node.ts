/** The echo of Node's own `net`, and a timer beside it. */
import { createServer, type AddressInfo } from "node:net";
import { measureLateness } from "./timer-lateness.ts";

let messages = 0;

const server = createServer((socket) => {
  socket.on("data", (chunk) => {
    messages += 1;
    if (!socket.write(chunk)) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  });
  socket.on("error", () => socket.destroy());
});
measureLateness(() => messages);
server.listen({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0), backlog: 4096 }, () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});
