import type { Interface } from "../../src/stack/link/interface.ts";
import { Stack, type StackOptions } from "../../src/stack/stack.ts";
import { checksum, pseudoHeaderSum } from "../../src/wire/checksum.ts";
import { IpHeader } from "../../src/wire/ip-header.ts";
import { emitIpv4 } from "../../src/wire/ipv4.ts";
import { emitIpv6 } from "../../src/wire/ipv6.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import { seeded } from "./network.ts";

/** The bare end of a line to one stack: packets are put in byte by byte, and what comes out is looked at. */
export class WireEnd {
  readonly stack: Stack;
  readonly iface: Interface;
  /** What the stack sent. */
  readonly sent: Uint8Array[] = [];

  constructor(addresses: readonly string[], options: Omit<StackOptions, "random"> = {}, mtu = 1500) {
    this.stack = new Stack({ ...options, random: seeded(1) });
    const transmit: Interface["device"]["transmit"] = (packet) => {
      this.sent.push(packet.bytes.slice(packet.start, packet.end));
      packet.release();
    };
    const offload = { checksum: false, segmentation: false };
    this.iface = this.stack.attach({ kind: "ip", mtu, offload, transmit }, { addresses });
  }

  /** Puts a packet in, and returns what the stack sent since the last time. */
  put(bytes: Uint8Array): Uint8Array[] {
    const packet = this.stack.context.pool.allocate(bytes.length);
    if (packet === undefined) throw new Error("no packet left");
    packet.bytes.set(bytes, packet.start);
    packet.end = packet.start + bytes.length;
    this.stack.receive(this.iface, packet);
    this.stack.endBatch();
    return this.sent.splice(0);
  }
}

/** An IPv4 packet. */
export function ipv4(
  from: string,
  to: string,
  header: Partial<IpHeader>,
  payload: Uint8Array,
  options?: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(60 + payload.length);
  const fields = Object.assign(new IpHeader(), { hopLimit: 64, protocol: 17 }, header);
  fields.source3 = IpAddress.parse(from).w3;
  fields.destination3 = IpAddress.parse(to).w3;
  const end = emitIpv4(new DataView(bytes.buffer), 0, fields, payload.length, options);
  bytes.set(payload, end);
  return bytes.slice(0, end + payload.length);
}

/** An IPv6 packet; `payload` begins with what `nextHeader` names. */
export function ipv6(from: string, to: string, nextHeader: number, payload: Uint8Array, hopLimit = 64): Uint8Array {
  const bytes = new Uint8Array(40 + payload.length);
  const fields = Object.assign(new IpHeader(), { version: 6, hopLimit, protocol: nextHeader });
  const [source, destination] = [IpAddress.parse(from), IpAddress.parse(to)];
  for (const word of [0, 1, 2, 3] as const) {
    fields[`source${word}`] = source[`w${word}`];
    fields[`destination${word}`] = destination[`w${word}`];
  }
  emitIpv6(new DataView(bytes.buffer), 0, fields, payload.length);
  bytes.set(payload, 40);
  return bytes;
}

/** A UDP datagram with its checksum, or with 0 over IPv4. */
export function udpDatagram(from: string, to: string, sourcePort: number, port: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, sourcePort);
  view.setUint16(2, port);
  view.setUint16(4, bytes.length);
  bytes.set(data, 8);
  const [s, d] = [IpAddress.parse(from), IpAddress.parse(to)];
  const pseudo = pseudoHeaderSum(s.w0, s.w1, s.w2, s.w3, d.w0, d.w1, d.w2, d.w3, 17, bytes.length);
  view.setUint16(6, checksum(view, 0, bytes.length, pseudo) || 0xffff);
  return bytes;
}
