import { createServer } from "node:http";
import { createHash } from "node:crypto";
import { AF_INET, AF_INET6, host, isSystemError, SOCK_DGRAM, SOCK_STREAM, type Kernel } from "../../src/index.ts";
import { iperf3Client, type Iperf3ClientOptions } from "../../src/programs/iperf3-client.ts";
import { IPERF3_PORT } from "../../src/programs/iperf3-control.ts";
import { iperf3Server } from "../../src/programs/iperf3-server.ts";
import { udpEchoServer } from "../../src/programs/udp-echo-server.ts";
import echo from "../../src/programs/echo-handler.ts";
import { Socket } from "../../src/socket/socket.ts";
import { serve } from "../../src/socket/serve/serve.ts";
import { tap, type TapNetwork, type TapOptions } from "../../src/tap.ts";
import { openFiles, tell } from "../child.ts";

/* Programs of ours on a TAP device of a network namespace, which the test's other programs talk to. */

export const STACK4 = "10.7.0.2";
export const STACK6 = "fd00:7::2";
export const LINUX4 = "10.7.0.1";
export const LINUX6 = "fd00:7::1";
export const ECHO_PORT = 7;
export const HTTP_PORT = 80;
/** What HTTP's /large gives. */
const LARGE = Buffer.from(Uint8Array.from({ length: 5_000_000 }, (_, at) => (at * 7 + (at >>> 8)) & 0xff));
export const LARGE_SHA256: string = createHash("sha256").update(LARGE).digest("hex");

const USUAL: TapOptions = {
  name: "tap0",
  addresses: [`${STACK4}/24`, `${STACK6}/64`],
  peerAddresses: [`${LINUX4}/24`, `${LINUX6}/64`],
};

/** Standard input ends: the test has seen enough. */
function enough(): Promise<void> {
  process.stdin.resume();
  return new Promise((resolve) => process.stdin.once("end", resolve));
}

async function serveHttp(kernel: Kernel): Promise<{ close(): Promise<void> }> {
  const http = createServer((request, response) => {
    if (request.url === "/large") response.end(LARGE);
    else {
      let bytes = 0;
      request.on("data", (chunk: Buffer) => (bytes += chunk.length));
      request.on("end", () => response.end(`${request.method} ${request.url} ${bytes}\n`));
    }
  });
  const handler = (socket: Socket): Promise<void> =>
    new Promise((resolve) => {
      http.emit("connection", socket.toDuplex().on("close", resolve));
    });
  return serve(kernel, { address: { family: AF_INET6, address: "::", port: HTTP_PORT }, handler });
}

/** Echo over TCP and UDP, HTTP and iperf3 at once, until standard input ends. Tells what is left after the close. */
export async function services(options: TapOptions = {}): Promise<void> {
  const before = openFiles();
  const network = await tap({ ...USUAL, ...options });
  const { kernel } = network;
  const stop = new AbortController();
  const { signal } = stop;
  const any = (port: number) => ({ family: AF_INET6, address: "::", port }) as const;
  const echoes = await serve(kernel, { address: any(ECHO_PORT), handler: echo });
  const http = await serveHttp(kernel);
  const running = [
    udpEchoServer(kernel, any(ECHO_PORT), { signal }),
    iperf3Server(kernel, any(IPERF3_PORT), { signal, tested: (test) => test instanceof Error || tell(test) }),
  ];
  tell({ name: network.name, kernel: kernel.name });
  await enough();
  stop.abort();
  await Promise.all([...running, echoes.close(), http.close()]);
  const { packetsInUse, device, descriptors } = network.inspect();
  await network.close();
  // Node puts /dev/null in the place of a standard input that has ended.
  const filesLeft = Array.from(openFiles()).filter(([fd, file]) => !before.has(fd) && file !== "/dev/null");
  tell({ packetsInUse, device, descriptors, filesLeft });
}

/** The stack's iperf3 client against Linux's server. */
export async function measure(options: TapOptions, client: Iperf3ClientOptions): Promise<void> {
  const network = await tap({ ...USUAL, ...options });
  tell("ready");
  await enough();
  tell(await iperf3Client(network.kernel, { family: AF_INET, address: LINUX4, port: IPERF3_PORT }, client));
  await network.close();
}

/** What opening a device says, in the words of its error. */
export async function refused(options: TapOptions): Promise<void> {
  const network: TapNetwork | undefined = await tap(options).catch((error: unknown) => {
    tell(isSystemError(error) ? { code: error.code, message: error.message } : String(error));
    return undefined;
  });
  await network?.close();
}

/** The last bytes are still to be sent when the network is closed. */
export async function sendsAndCloses(): Promise<void> {
  const network = await tap(USUAL);
  const listener = host.socket(AF_INET, SOCK_STREAM);
  host.bind(listener, { family: AF_INET, address: LINUX4, port: 0 });
  host.listen(listener);
  const { kernel } = network;
  const fd = kernel.socket(AF_INET, SOCK_STREAM);
  const [{ fd: accepted }] = await Promise.all([host.accept(listener), kernel.connect(fd, host.getsockname(listener))]);
  const reading = readToEnd(accepted);
  const sent = await kernel.send(fd, new Uint8Array(3_000_000));
  await network.close();
  const received = await reading;
  tell({ sent, received });
  host.close(accepted);
  host.close(listener);
}

/** How many bytes come until the end. */
async function readToEnd(fd: number): Promise<number> {
  const buffer = new Uint8Array(65_536);
  let received = 0;
  for (let bytes = 1; bytes > 0; received += bytes) bytes = await host.recv(fd, buffer);
  return received;
}

/** Whether the program goes on is a matter of whoever waits. */
export async function opensAndReturns(waits: boolean): Promise<void> {
  const { kernel } = await tap(USUAL);
  tell("ready");
  if (waits) await kernel.recv(kernel.socket(AF_INET, SOCK_DGRAM), new Uint8Array(1));
}

/** Waits for what befalls the device. */
export async function losesItsDevice(): Promise<void> {
  const { kernel, closed } = await tap(USUAL);
  const fd = kernel.socket(AF_INET, SOCK_DGRAM);
  void kernel.recv(fd, new Uint8Array(1)).catch(() => undefined);
  tell("ready");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  await kernel.sendto(fd, new Uint8Array(1), 0, { family: AF_INET, address: LINUX4, port: 9 });
  tell("still there");
  process.stdin.unref();
  await closed.catch((error: unknown) => tell(String(error)));
  kernel.close(fd);
}
