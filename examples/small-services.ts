/*
 * The services that inetd used to have: daytime (RFC 867), discard (RFC 863), chargen (RFC 864) and time (RFC 868),
 * over TCP. Usage: small-services <daytime|discard|chargen|time> [port] [clients]
 */
import { AF_INET, host, isSystemError, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

/** What each service does with a client; the server hangs up afterwards. */
export const services: Record<string, (kernel: Kernel, clntSock: number, now?: () => Date) => Promise<void>> = {
  /** RFC 867: the date and time as a line of text. */
  async daytime(kernel, clntSock, now = () => new Date()) {
    await kernel.send(clntSock, new TextEncoder().encode(`${now().toUTCString()}\r\n`));
  },

  /** RFC 863: receives, and throws away. */
  async discard(kernel, clntSock) {
    const buffer = new Uint8Array(4096);
    while ((await kernel.recv(clntSock, buffer)) > 0);
  },

  /** RFC 864: 72 of the 95 printing characters a line, shifted by one each time, until the client hangs up. */
  async chargen(kernel, clntSock) {
    for (let line = 0; ; line += 1) await kernel.send(clntSock, chargenLine(line));
  },

  /** RFC 868: seconds since 1900, 4 bytes in network order. */
  async time(kernel, clntSock, now = () => new Date()) {
    const SECONDS_1900_TO_1970 = 2208988800;
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, Math.floor(now().getTime() / 1000) + SECONDS_1900_TO_1970);
    await kernel.send(clntSock, bytes);
  },
};

/** One line of the ring of printing characters, RFC 864. */
export function chargenLine(line: number): Uint8Array {
  const text = Array.from({ length: 72 }, (_, column) => String.fromCharCode(32 + ((line + column) % 95))).join("");
  return new TextEncoder().encode(`${text}\r\n`);
}

/** Serves so many clients, one after the other. */
export async function smallServer(
  kernel: Kernel,
  name: string,
  port: number,
  clients: number = Infinity,
  listening: (port: number) => void = () => undefined,
): Promise<void> {
  const serve = services[name];
  if (serve === undefined) throw new RangeError(`no such service: ${name} (${Object.keys(services).join(", ")})`);
  const servSock = kernel.socket(AF_INET, SOCK_STREAM);
  try {
    kernel.setsockopt(servSock, SOL_SOCKET, SO_REUSEADDR, true);
    kernel.bind(servSock, { family: AF_INET, address: "127.0.0.1", port });
    kernel.listen(servSock, 5);
    listening((kernel.getsockname(servSock) as { port: number }).port);
    for (let served = 0; served < clients; served += 1) {
      const { fd: clntSock } = await kernel.accept(servSock);
      try {
        await serve(kernel, clntSock);
      } catch (error) {
        // The client hung up while it was being talked to: that is how chargen ends.
        if (!isSystemError(error, "EPIPE", "ECONNRESET")) throw error;
      } finally {
        kernel.close(clntSock);
      }
    }
  } finally {
    kernel.close(servSock);
  }
}

runAsMain(import.meta.filename, (name = "daytime", port = "0", clients = "Infinity") =>
  smallServer(host, name, Number(port), Number(clients), (given) => console.log(`${name} on 127.0.0.1:${given}`)),
);
