import { AF_INET, host, SOCK_STREAM, type SocketAddress } from "../../src/index.ts";

/** Answers on every connection, and exits with the last answer, in the same turn. */
export async function answersAndExits(address: SocketAddress, connections: number, bytes: number): Promise<void> {
  const dial = async (): Promise<number> => {
    const fd = host.socket(AF_INET, SOCK_STREAM);
    await host.connect(fd, address);
    return fd;
  };
  const control = await dial();
  let answered = 0;
  for (let index = 0; index < connections; index += 1) {
    host.flow(await dial(), {
      data(_chunk, flow) {
        for (let half = 0; half < 2; half += 1) flow.write(new Uint8Array(bytes / 2).fill(index));
        answered += 1;
        if (answered === connections) process.exit(0);
      },
    });
  }
  await host.send(control, new Uint8Array(1));
  // Until all were called: then they are told in one turn.
  host.recvSync(control, new Uint8Array(1));
}
