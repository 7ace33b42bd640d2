/** A UDP echo server on Bun.udpSocket. */
interface BunUdpSocket {
  readonly port: number;
  send(data: Uint8Array, port: number, address: string): boolean;
}
declare const Bun: {
  udpSocket(options: {
    hostname: string;
    port: number;
    socket: {
      data(socket: BunUdpSocket, data: Uint8Array, port: number, address: string): void;
      error(socket: BunUdpSocket, error: Error): void;
    };
  }): Promise<BunUdpSocket>;
};

const socket = await Bun.udpSocket({
  hostname: "127.0.0.1",
  port: Number(process.argv[2] ?? 0),
  socket: {
    data(socket, data, port, address) {
      socket.send(data, port, address);
    },
    error() {},
  },
});
console.log(`listening on ${socket.port}`);
export {};
