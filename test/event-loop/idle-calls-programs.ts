import { AF_INET, AF_UNIX, createHost, SO_RCVTIMEO, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } from "../../src/index.ts";
import { tell } from "../child.ts";

/** Serves and waits in every way, does some work, and then nothing for as long as a socket's timeout. */
export async function idles(busyPollUs: number): Promise<void> {
  const kernel = createHost({ busyPollUs });
  const ignore = (): undefined => undefined;
  const listener = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.listen(listener);
  kernel.acceptFlow(listener, { connection: ignore });
  kernel.datagramFlow(kernel.socketpair(AF_UNIX, SOCK_DGRAM)[0], { datagram: ignore });
  const buffer = new Uint8Array(64);
  for (let count = 0; count < 50; count += 1) {
    const [one, other] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
    kernel.flow(one, { data: (chunk, flow) => void flow.write(chunk) });
    await kernel.send(other, buffer);
    await kernel.recv(other, buffer);
    kernel.recv(other, buffer).catch(ignore);
  }
  const [waits] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  kernel.setsockopt(waits, SOL_SOCKET, SO_RCVTIMEO, 1000);
  const idle = kernel.recv(waits, buffer).catch(ignore);
  tell("idle begins");
  await idle;
  tell("idle ends");
  process.exit();
}
