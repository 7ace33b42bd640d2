/** A UDP echo server on Node's own `dgram`. */
import { createSocket } from "node:dgram";

const socket = createSocket("udp4");
socket.on("message", (data, from) => {
  socket.send(data, from.port, from.address);
});
socket.on("error", () => {});
socket.bind(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  console.log(`listening on ${socket.address().port}`);
});
