/* HTTP by hand: a GET over a socket, and what the web server answers. Usage: http-get <host> [path] [port] */
import { host, IPPROTO_TCP, isSystemError, SOCK_STREAM, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

/** Asks for a page and returns the whole answer: status line, headers and body. */
export async function httpGet(kernel: Kernel, name: string, path: string, service: string | number): Promise<string> {
  const sock = await dial(kernel, name, service);
  try {
    // RFC 9112 §3: the request line, the Host header, an empty line. "close" makes the end of the answer the end of the
    // stream.
    const request = `GET ${path} HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`;
    await kernel.send(sock, new TextEncoder().encode(request));
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(4096);
    let answer = "";
    for (let bytes = await kernel.recv(sock, buffer); bytes > 0; bytes = await kernel.recv(sock, buffer)) {
      answer += decoder.decode(buffer.subarray(0, bytes), { stream: true });
    }
    return answer;
  } finally {
    kernel.close(sock);
  }
}

/** Looks the name up, and dials the addresses in turn until one picks up. */
async function dial(kernel: Kernel, name: string, service: string | number): Promise<number> {
  let reason: unknown;
  for (const found of await kernel.getaddrinfo(name, service, { type: SOCK_STREAM, protocol: IPPROTO_TCP })) {
    const sock = kernel.socket(found.family, found.type, found.protocol);
    try {
      await kernel.connect(sock, found.address);
      return sock;
    } catch (error) {
      kernel.close(sock);
      if (!isSystemError(error)) throw error;
      reason = error;
    }
  }
  throw reason;
}

runAsMain(import.meta.filename, async (name = "localhost", path = "/", port = "http") => {
  process.stdout.write(await httpGet(host, name, path, /^\d+$/.test(port) ? Number(port) : port));
});
