import type { Socket } from "../socket/socket.ts";

const BUFFER_BYTES = 65536;

/** Sends back what a client says until it says no more: the handler of an echo server for `serve`, in each shape. */
export default async function echo(socket: Socket): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  let bytes = await socket.recv(buffer);
  while (bytes > 0) {
    await socket.sendAll(buffer.subarray(0, bytes));
    bytes = await socket.recv(buffer);
  }
}
