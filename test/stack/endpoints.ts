import type { Packet } from "../../src/stack/packet.ts";
import type { PingEndpoint } from "../../src/stack/icmp/ping-endpoint.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import type { Stack } from "../../src/stack/stack.ts";
import type { UdpEndpoint } from "../../src/stack/udp/udp-endpoint.ts";

/** An owner that notes what it is told. */
export class Told {
  events: number[] = [];

  changed(events: number): void {
    this.events.push(events);
  }
}

/** A packet with a payload. */
export function payload(stack: Stack, bytes: Uint8Array): Packet {
  const packet = stack.context.pool.allocate(bytes.length);
  if (packet === undefined) throw new Error("no packet left");
  packet.bytes.set(bytes, packet.start);
  packet.end = packet.start + bytes.length;
  return packet;
}

/** Bytes that tell where they are. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7 + (at >>> 8)) & 0xff);
}

/** What waits first in an endpoint's queue, taken out. */
export function take(endpoint: { queue: UdpEndpoint["queue"] }): Uint8Array | undefined {
  const packet = endpoint.queue.take();
  const bytes = packet?.bytes.slice(packet.start, packet.end);
  packet?.release();
  return bytes;
}

/** A UDP endpoint that is bound. */
export function udp(stack: Stack, address: string, port: number): UdpEndpoint {
  const local = IpAddress.parse(address);
  const endpoint = stack.udp.open(new Told(), local.version);
  const bound = endpoint.bind(local, port);
  if (bound !== 0) throw new Error(`bind: ${bound}`);
  return endpoint;
}

/** Sends an echo request with so many bytes of data. Returns the endpoint, and what `send` said. */
export function ping(stack: Stack, to: string, length: number, iface = 0): { endpoint: PingEndpoint; sent: number } {
  const address = IpAddress.parse(to);
  const endpoint = stack.ping.open(new Told(), address.version);
  return { endpoint, sent: pingAgain(stack, endpoint, to, length, iface) };
}

/** The same from an endpoint that is there. */
export function pingAgain(stack: Stack, endpoint: PingEndpoint, to: string, length: number, iface = 0): number {
  const address = IpAddress.parse(to);
  const message = new Uint8Array(8 + length);
  message[0] = address.version === 4 ? 8 : 128;
  message[7] = 1;
  message.set(pattern(length), 8);
  return endpoint.send(payload(stack, message), { address, port: 0, iface });
}
