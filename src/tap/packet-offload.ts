import {
  VIRTIO_NET_HDR_F_DATA_VALID,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VIRTIO_NET_HDR_GSO_ECN,
  VIRTIO_NET_HDR_GSO_NONE,
  VIRTIO_NET_HDR_GSO_TCPV4,
  VIRTIO_NET_HDR_GSO_TCPV6,
} from "../api/constants.ts";
import { payloadStart } from "../stack/link/segmentation.ts";
import { CHECKSUM_PARTIAL, CHECKSUM_VERIFIED, type Packet } from "../stack/packet.ts";
import { checksum } from "../wire/checksum.ts";
import { TCP_CWR } from "../wire/tcp-header.ts";
import { TCP_CHECKSUM_OFFSET, TCP_FLAGS_OFFSET } from "../wire/tcp.ts";
import { UDP_CHECKSUM_OFFSET } from "../wire/udp.ts";
import type { VirtioHeader } from "./virtio-header.ts";

/* What a packet leaves to the other side, in the words of a virtio header and in those of the stack. */

/** Says of a packet that is sent what the device is to do: fill in its checksum, cut it into segments. */
export function describeOffload(packet: Packet, header: VirtioHeader): void {
  const { start, transport } = packet;
  header.flags = 0;
  header.segmentation = VIRTIO_NET_HDR_GSO_NONE;
  header.headerBytes = 0;
  header.segmentBytes = 0;
  header.checksumStart = 0;
  header.checksumOffset = 0;
  if (packet.checksum !== CHECKSUM_PARTIAL) return;
  header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
  header.checksumStart = transport - start;
  header.checksumOffset = packet.checksumOffset;
  if (packet.segmentBytes === 0) return;
  const payload = payloadStart(packet);
  if (packet.end - payload <= packet.segmentBytes) return;
  const isV4 = packet.view.getUint8(packet.network) >>> 4 === 4;
  header.segmentation = isV4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
  // RFC 3168 §6.1.2: CWR is for the first segment alone.
  if ((packet.view.getUint8(transport + TCP_FLAGS_OFFSET) & TCP_CWR) !== 0) {
    header.segmentation |= VIRTIO_NET_HDR_GSO_ECN;
  }
  header.headerBytes = payload - start;
  header.segmentBytes = packet.segmentBytes;
}

/**
 * Marks a packet that came in with what its header says is yet to be done. Returns false when the header contradicts
 * the packet.
 */
export function acceptOffload(packet: Packet, header: VirtioHeader): boolean {
  if (header.segmentation !== VIRTIO_NET_HDR_GSO_NONE) {
    const kind = header.segmentation & ~VIRTIO_NET_HDR_GSO_ECN;
    const isTcp = kind === VIRTIO_NET_HDR_GSO_TCPV4 || kind === VIRTIO_NET_HDR_GSO_TCPV6;
    // Nothing else was asked for; the checksum of a whole would be nobody's.
    if (!isTcp || header.segmentBytes === 0 || (header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) === 0) return false;
    packet.segmentBytes = header.segmentBytes;
  }
  if ((header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) !== 0) return acceptPartial(packet, header);
  if ((header.flags & VIRTIO_NET_HDR_F_DATA_VALID) !== 0) packet.checksum = CHECKSUM_VERIFIED;
  return true;
}

/** The sum of the pseudo-header is there, the rest is left to us: no bit was at risk, so it is as good as verified. */
function acceptPartial(packet: Packet, { checksumStart, checksumOffset }: VirtioHeader): boolean {
  const from = packet.start + checksumStart;
  if (from + checksumOffset + 2 > packet.end) return false;
  if (checksumOffset === TCP_CHECKSUM_OFFSET || checksumOffset === UDP_CHECKSUM_OFFSET) {
    packet.checksum = CHECKSUM_PARTIAL;
    packet.checksumOffset = checksumOffset;
  } else packet.view.setUint16(from + checksumOffset, checksum(packet.view, from, packet.end));
  return true;
}
