/** One TCP stream on Node's own `net`, with its backpressure; here because it verifies as the others do. */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { chunkAt, isRight, sends } from "./bulk-pattern.ts";

function sendAll(socket: Socket): void {
  let place = 0;
  const fill = (): void => {
    for (let room = true; room;) {
      const chunk = chunkAt(place);
      room = socket.write(chunk);
      place += chunk.length;
    }
  };
  socket.on("drain", fill);
  fill();
}

function receiveAll(socket: Socket): void {
  let place = 0;
  socket.on("data", (chunk) => {
    if (!isRight(chunk, chunk.length, place)) socket.resetAndDestroy();
    place += chunk.length;
  });
}

const server = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  (sends ? sendAll : receiveAll)(socket);
});
server.listen({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0) }, () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});
