import { fillChecksum } from "../../stack/link/segmentation.ts";
import { CHECKSUM_PARTIAL, type Packet } from "../../stack/packet.ts";

/**
 * A copy of a frame as a cable would carry it: links hand packets over with the transport's checksum left to be filled
 * in, as a network card is given them.
 */
export function bytesOnWire(packet: Packet): Uint8Array {
  if (packet.checksum !== CHECKSUM_PARTIAL) return packet.bytes.slice(packet.start, packet.end);
  const copy = packet.clone();
  if (copy === undefined) return packet.bytes.slice(packet.start, packet.end);
  fillChecksum(copy);
  const bytes = copy.bytes.slice(copy.start, copy.end);
  copy.release();
  return bytes;
}

/** Fills the checksum in where it is, for who is going to change the bytes: a NAT, a corruption, a rule. */
export function completeChecksum(packet: Packet): void {
  if (packet.checksum === CHECKSUM_PARTIAL) fillChecksum(packet);
}
