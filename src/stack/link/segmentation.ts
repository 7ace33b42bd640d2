import { addSums, checksum, updateChecksum32 } from "../../wire/checksum.ts";
import { CHECKSUM_NONE, CHECKSUM_PARTIAL, HEADROOM, type Packet, type PacketPool } from "../packet.ts";
import type { Device, Offload } from "./device.ts";

const IPV4_CHECKSUM_OFFSET = 10;
const TCP_CHECKSUM_OFFSET = 16;
const TCP_SEQUENCE_OFFSET = 4;
const TCP_FLAGS_OFFSET = 13;
const UDP_HEADER_BYTES = 8;
/**
 * Only the last segment of several may end or push, and only the first says that the window was reduced (RFC 3168
 * §6.1.2).
 */
const TCP_FIN_PSH = 0x09;
const TCP_CWR = 0x80;

/**
 * Hands a frame to a device in the form that the device can take: a super-segment is cut, and checksums are filled in,
 * unless the device does that itself. Returns the number of frames, or -1 when the pool had no memory for one of them.
 */
export function transmitTo(device: Device, packet: Packet, pool: PacketPool): number {
  const { offload } = device;
  if (packet.segmentBytes > 0 && !takesWhole(offload, packet)) {
    if (packet.end - payloadStart(packet) > packet.segmentBytes) return cut(device, packet, pool);
    packet.segmentBytes = 0;
  }
  if (packet.checksum === CHECKSUM_PARTIAL && !offload.checksum) fillChecksum(packet);
  device.transmit(packet);
  return 1;
}

function takesWhole({ segmentation }: Offload, packet: Packet): boolean {
  return segmentation === "tcp" ? packet.checksumOffset === TCP_CHECKSUM_OFFSET : segmentation;
}

/** Completes the checksum of a packet that is CHECKSUM_PARTIAL: its field holds the sum of the pseudo-header. */
export function fillChecksum(packet: Packet): void {
  const { view, transport, checksumOffset } = packet;
  const value = checksum(view, transport, packet.end);
  // RFC 768: a UDP checksum of 0 would say that there is none.
  view.setUint16(transport + checksumOffset, value === 0 && checksumOffset !== TCP_CHECKSUM_OFFSET ? 0xffff : value);
  packet.checksum = CHECKSUM_NONE;
}

/** Where the payload of a super-segment begins. */
export function payloadStart(packet: Packet): number {
  if (packet.checksumOffset !== TCP_CHECKSUM_OFFSET) return packet.transport + UDP_HEADER_BYTES;
  return packet.transport + (packet.view.getUint8(packet.transport + 12) >>> 4) * 4;
}

function cut(device: Device, whole: Packet, pool: PacketPool): number {
  const from = payloadStart(whole);
  const { segmentBytes } = whole;
  let count = 0;
  for (let at = from; at < whole.end; at += segmentBytes) {
    const end = Math.min(at + segmentBytes, whole.end);
    const segment = copySegment(whole, from, at, end, pool);
    if (segment === undefined) {
      count = -1;
      break;
    }
    adjustHeaders(whole, segment, count, at - from, end === whole.end);
    count++;
    if (!device.offload.checksum) fillChecksum(segment);
    device.transmit(segment);
  }
  whole.release();
  return count;
}

/** The headers of the whole and a part of its payload, which begins at HEADROOM. */
function copySegment(whole: Packet, from: number, at: number, end: number, pool: PacketPool): Packet | undefined {
  const segment = pool.allocate(end - at);
  if (segment === undefined) return undefined;
  const shift = HEADROOM - from;
  const start = whole.start + shift;
  segment.bytes.set(whole.bytes.subarray(whole.start, from), start);
  segment.bytes.set(whole.bytes.subarray(at, end), HEADROOM);
  segment.start = start;
  segment.end = HEADROOM + (end - at);
  segment.link = whole.link < 0 ? -1 : whole.link + shift;
  segment.network = whole.network + shift;
  segment.transport = whole.transport + shift;
  segment.checksum = CHECKSUM_PARTIAL;
  segment.checksumOffset = whole.checksumOffset;
  segment.packetType = whole.packetType;
  segment.etherType = whole.etherType;
  return segment;
}

function adjustHeaders(whole: Packet, segment: Packet, index: number, offset: number, isLast: boolean): void {
  const { view, network, transport, end } = segment;
  if (view.getUint8(network) >>> 4 === 4) {
    // RFC 6864 §4.3 leaves the identification of atomic packets open; it counts on all the same, as Linux's does.
    const before = view.getUint32(network + 2);
    const after = (((end - network) << 16) | ((before + index) & 0xffff)) >>> 0;
    const sumAt = network + IPV4_CHECKSUM_OFFSET;
    view.setUint32(network + 2, after);
    view.setUint16(sumAt, updateChecksum32(view.getUint16(sumAt), before, after));
  } else {
    view.setUint16(network + 4, end - network - 40);
  }
  // The pseudo-header's sum has the length of the whole in it.
  const sumAt = transport + segment.checksumOffset;
  const wholeBytes = whole.end - whole.transport;
  const kept = addSums(view.getUint16(sumAt), ~((wholeBytes & 0xffff) + (wholeBytes >>> 16)) & 0xffff);
  view.setUint16(sumAt, addSums(kept, end - transport));
  if (segment.checksumOffset !== TCP_CHECKSUM_OFFSET) {
    view.setUint16(transport + 4, end - transport);
    return;
  }
  view.setInt32(transport + TCP_SEQUENCE_OFFSET, view.getInt32(transport + TCP_SEQUENCE_OFFSET) + offset);
  let flags = view.getUint8(transport + TCP_FLAGS_OFFSET);
  if (!isLast) flags &= ~TCP_FIN_PSH;
  if (index > 0) flags &= ~TCP_CWR;
  view.setUint8(transport + TCP_FLAGS_OFFSET, flags);
}
