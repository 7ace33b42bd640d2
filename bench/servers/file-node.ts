/** A file to each client on Node's own streams, which have no sendfile. PORT file SIZE PATH */
import { createReadStream } from "node:fs";
import { createServer, type AddressInfo } from "node:net";

const server = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  createReadStream(process.argv[5] ?? "", { highWaterMark: 256 * 1024 }).pipe(socket);
});
server.listen({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0) }, () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});
