/** Receives bulk datagrams on Node's own `dgram`. */
import { createSocket } from "node:dgram";
import { RECEIVE_BUFFER_BYTES, Received } from "./udp-bulk-wire.ts";

const received = new Received(Number(process.argv[4]));
const socket = createSocket({ type: "udp4", recvBufferSize: RECEIVE_BUFFER_BYTES });
socket.on("message", (data, from) => {
  const answer = received.take(data);
  if (answer !== undefined) socket.send(answer, from.port, from.address);
});
socket.bind(Number(process.argv[2]), "127.0.0.1", () => {
  console.log(`listening on ${socket.address().port}`);
});
