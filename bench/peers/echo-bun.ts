/** A TCP echo server on Bun.listen; what the kernel did not take waits with its connection. */
interface BunSocket {
  data: { waiting: Uint8Array | undefined };
  write(data: Uint8Array): number;
  pause(): void;
  resume(): void;
}
interface BunListener {
  readonly port: number;
}
declare const Bun: {
  listen(options: {
    hostname: string;
    port: number;
    socket: {
      open(socket: BunSocket): void;
      data(socket: BunSocket, chunk: Uint8Array): void;
      drain(socket: BunSocket): void;
      error(socket: BunSocket, error: Error): void;
    };
  }): BunListener;
};

const server = Bun.listen({
  hostname: "127.0.0.1",
  port: Number(process.argv[2] ?? 0),
  socket: {
    open(socket) {
      socket.data = { waiting: undefined };
    },
    data(socket, chunk) {
      const taken = Math.max(0, socket.write(chunk));
      if (taken === chunk.byteLength) return;
      socket.data.waiting = chunk.slice(taken);
      socket.pause();
    },
    drain(socket) {
      const waiting = socket.data.waiting;
      if (waiting === undefined) return;
      const taken = Math.max(0, socket.write(waiting));
      socket.data.waiting = taken === waiting.byteLength ? undefined : waiting.subarray(taken);
      if (socket.data.waiting === undefined) socket.resume();
    },
    error() {},
  },
});
console.log(`listening on ${server.port}`);
