/** A TCP echo server on Deno.listen: an async function for each connection. */
interface DenoConnection {
  read(buffer: Uint8Array): Promise<number | null>;
  write(data: Uint8Array): Promise<number>;
  close(): void;
}
declare const Deno: {
  args: string[];
  listen(options: { hostname: string; port: number }): AsyncIterable<DenoConnection> & { addr: { port: number } };
};

async function echo(connection: DenoConnection): Promise<void> {
  const buffer = new Uint8Array(65536);
  try {
    for (let bytes = await connection.read(buffer); bytes !== null; bytes = await connection.read(buffer)) {
      for (let sent = 0; sent < bytes;) sent += await connection.write(buffer.subarray(sent, bytes));
    }
  } catch {
    // The load ends with a reset.
  }
  connection.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(Deno.args[0] ?? 0) });
console.log(`listening on ${listener.addr.port}`);
for await (const connection of listener) void echo(connection);
export {};
