/** Sends bulk datagrams on Node's own `dgram`: as many at once as UDP_SEGMENT would cut, then waits. */
import { createSocket } from "node:dgram";
import { answered, port, run, size } from "./udp-bulk-sender.ts";
import { SEGMENTS_LIMIT, SEND_BYTES, datagrams } from "./udp-bulk-wire.ts";

const socket = createSocket("udp4");
socket.on("message", answered);
await new Promise<void>((done) => socket.connect(port, "127.0.0.1", done));
const datagram = datagrams(size).subarray(0, size);
const atOnce = Math.min(SEGMENTS_LIMIT, Math.floor(SEND_BYTES / size));

await run({
  burst: () =>
    new Promise<void>((done) => {
      for (let i = 1; i < atOnce; i++) socket.send(datagram);
      socket.send(datagram, () => done());
    }),
  ask: () => new Promise<void>((done) => socket.send(new Uint8Array(1), () => done())),
});
socket.close();
