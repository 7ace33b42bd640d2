import type { SocketAddress } from "../../api/address.ts";
import { MSG_NOSIGNAL, MSG_TRUNC, MSG_WAITALL, SOCK_DGRAM, SOCK_STREAM } from "../../api/constants.ts";
import { systemError } from "../../api/errors.ts";
import type { Kernel } from "../../api/kernel.ts";
import type { DnsMessage } from "../../wire/dns.ts";
import { type Query, UDP_ANSWER_BYTES } from "./query.ts";

/** Answers to other questions after which somebody is taken to be guessing ids: RFC 5452 §4.4. TCP is then asked. */
const MAX_STRAYS = 50;
/** The length before each message over TCP: RFC 1035 §4.2.2. */
const LENGTH_BYTES = 2;

/**
 * Asks one server: over UDP, and over TCP when the answer does not fit (RFC 7766 §5). Rejects with the error of a call.
 * It waits for as long as it takes: `signal` ends it.
 */
export async function exchange(
  kernel: Kernel,
  server: SocketAddress,
  query: Query,
  signal: AbortSignal,
): Promise<DnsMessage> {
  const answer = await overUdp(kernel, server, query, signal);
  return answer === undefined || answer.truncated ? overTcp(kernel, server, query, signal) : answer;
}

/**
 * A socket for each question: its port is as hard to guess as the id (RFC 5452 §9.2), and, being connected, it hears
 * nobody but the server. Undefined when others answer in its name.
 */
async function overUdp(
  kernel: Kernel,
  server: SocketAddress,
  query: Query,
  signal: AbortSignal,
): Promise<DnsMessage | undefined> {
  const buffer = new Uint8Array(UDP_ANSWER_BYTES);
  const fd = kernel.socket(server.family, SOCK_DGRAM);
  try {
    await kernel.connect(fd, server, { signal });
    await kernel.send(fd, query.bytes, 0, { signal });
    for (let strays = 0; strays < MAX_STRAYS; strays += 1) {
      const bytes = await kernel.recv(fd, buffer, MSG_TRUNC, { signal });
      const response = bytes > buffer.length ? undefined : query.response(buffer.subarray(0, bytes));
      if (response !== undefined) return response;
    }
    return undefined;
  } finally {
    kernel.close(fd);
  }
}

async function overTcp(kernel: Kernel, server: SocketAddress, query: Query, signal: AbortSignal): Promise<DnsMessage> {
  const fd = kernel.socket(server.family, SOCK_STREAM);
  const receive = async (bytes: number): Promise<Uint8Array> => {
    const buffer = new Uint8Array(bytes);
    const received = await kernel.recv(fd, buffer, MSG_WAITALL, { signal });
    if (received < bytes) throw systemError("recv", "ECONNRESET", server, "the name server hung up");
    return buffer;
  };
  try {
    await kernel.connect(fd, server, { signal });
    const { length } = query.bytes;
    const message = Uint8Array.of(length >>> 8, length & 0xff, ...query.bytes);
    for (let sent = 0; sent < message.length;) {
      sent += await kernel.send(fd, message.subarray(sent), MSG_NOSIGNAL, { signal });
    }
    const [high = 0, low = 0] = await receive(LENGTH_BYTES);
    const response = query.response(await receive((high << 8) | low));
    if (response === undefined || response.truncated) {
      throw systemError("recv", "EBADMSG", server, "the name server answered something else");
    }
    return response;
  } finally {
    kernel.close(fd);
  }
}
