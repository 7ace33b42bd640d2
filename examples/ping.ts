/*
 * ping by hand: an ICMP echo request in a raw socket (root, or CAP_NET_RAW), else in a ping socket where the system
 * allows one. Usage: ping <IP> [count]
 */
import { AF_INET, host, IPPROTO_ICMP, isSystemError, SOCK_DGRAM, SOCK_RAW, type Kernel } from "dialtone";
import { runAsMain } from "./die-with-error.ts";

const ICMP_ECHO = 8;
const ICMP_ECHOREPLY = 0;
const ICMP_HEADER_BYTES = 8;

/** RFC 1071: the sum of 16-bit words in ones' complement, complemented. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** RFC 792: type, code, checksum, identifier, sequence number, data. */
function echoRequest(identifier: number, sequence: number): Uint8Array {
  const packet = new Uint8Array(64);
  const view = new DataView(packet.buffer);
  view.setUint8(0, ICMP_ECHO);
  view.setUint16(4, identifier);
  view.setUint16(6, sequence);
  for (let at = ICMP_HEADER_BYTES; at < packet.length; at += 1) packet[at] = at;
  view.setUint16(2, internetChecksum(packet));
  return packet;
}

export interface Reply {
  readonly from: string;
  readonly sequence: number;
  readonly timeMs: number;
}

/** Sends so many echo requests, one after the other, and yields the replies. */
export async function* ping(kernel: Kernel, destination: string, count: number): AsyncGenerator<Reply> {
  const { fd, raw } = pingSocket(kernel);
  const identifier = process.pid & 0xffff;
  try {
    for (let sequence = 1; sequence <= count; sequence += 1) {
      const sentAt = kernel.clock.now();
      await kernel.sendto(fd, echoRequest(identifier, sequence), 0, { family: AF_INET, address: destination, port: 0 });
      const from = await receiveReply(kernel, fd, raw ? identifier : undefined, sequence);
      yield { from, sequence, timeMs: kernel.clock.now() - sentAt };
    }
  } finally {
    kernel.close(fd);
  }
}

function pingSocket(kernel: Kernel): { fd: number; raw: boolean } {
  try {
    return { fd: kernel.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), raw: true };
  } catch (error) {
    if (!isSystemError(error, "EPERM", "EACCES")) throw error;
    return { fd: kernel.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), raw: false };
  }
}

/** A raw socket gets every ICMP packet of the machine, with its IP header; a ping socket its own, without. */
async function receiveReply(
  kernel: Kernel,
  fd: number,
  identifier: number | undefined,
  sequence: number,
): Promise<string> {
  const buffer = new Uint8Array(1500);
  for (;;) {
    const { bytes, address } = await kernel.recvfrom(fd, buffer);
    const headerBytes = identifier === undefined ? 0 : ((buffer[0] as number) & 0x0f) * 4;
    const icmp = new DataView(buffer.buffer, headerBytes, bytes - headerBytes);
    const ours = identifier === undefined || icmp.getUint16(4) === identifier;
    if (icmp.getUint8(0) === ICMP_ECHOREPLY && ours && icmp.getUint16(6) === sequence) {
      return (address as { address: string }).address;
    }
  }
}

runAsMain(import.meta.filename, async (destination = "127.0.0.1", count = "3") => {
  for await (const { from, sequence, timeMs } of ping(host, destination, Number(count))) {
    console.log(`64 bytes from ${from}: icmp_seq=${sequence} time=${timeMs.toFixed(3)} ms`);
  }
});
