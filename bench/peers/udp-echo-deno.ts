/** A UDP echo server on Deno.listenDatagram. */
interface DenoAddress {
  readonly transport: "udp";
  readonly hostname: string;
  readonly port: number;
}
declare const Deno: {
  args: string[];
  listenDatagram(options: DenoAddress): AsyncIterable<[Uint8Array, DenoAddress]> & {
    addr: DenoAddress;
    send(data: Uint8Array, to: DenoAddress): Promise<number>;
  };
};

const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: Number(Deno.args[0] ?? 0) });
console.log(`listening on ${socket.addr.port}`);
for await (const [data, from] of socket) await socket.send(data, from);
export {};
