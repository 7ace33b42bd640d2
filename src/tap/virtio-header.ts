import { VIRTIO_NET_HDR } from "../layout/virtio-net-hdr.ts";

/**
 * `struct virtio_net_hdr`: what is left to be done to a frame. One object is read into again and again. Offsets count
 * from the frame's first byte, after this header.
 */
export class VirtioHeader {
  /** VIRTIO_NET_HDR_F_… */
  flags = 0;
  /** VIRTIO_NET_HDR_GSO_…: how the frame is to be cut. */
  segmentation = 0;
  /** Bytes of headers that every piece begins with. */
  headerBytes = 0;
  /** Payload in each piece. */
  segmentBytes = 0;
  /** Where the bytes that the checksum covers begin, and where it is from there, with VIRTIO_NET_HDR_F_NEEDS_CSUM. */
  checksumStart = 0;
  checksumOffset = 0;

  read(view: DataView, at: number): void {
    this.flags = view.getUint8(at + VIRTIO_NET_HDR.flags);
    this.segmentation = view.getUint8(at + VIRTIO_NET_HDR.gso_type);
    this.headerBytes = view.getUint16(at + VIRTIO_NET_HDR.hdr_len, true);
    this.segmentBytes = view.getUint16(at + VIRTIO_NET_HDR.gso_size, true);
    this.checksumStart = view.getUint16(at + VIRTIO_NET_HDR.csum_start, true);
    this.checksumOffset = view.getUint16(at + VIRTIO_NET_HDR.csum_offset, true);
  }

  write(view: DataView, at: number): void {
    view.setUint8(at + VIRTIO_NET_HDR.flags, this.flags);
    view.setUint8(at + VIRTIO_NET_HDR.gso_type, this.segmentation);
    view.setUint16(at + VIRTIO_NET_HDR.hdr_len, this.headerBytes, true);
    view.setUint16(at + VIRTIO_NET_HDR.gso_size, this.segmentBytes, true);
    view.setUint16(at + VIRTIO_NET_HDR.csum_start, this.checksumStart, true);
    view.setUint16(at + VIRTIO_NET_HDR.csum_offset, this.checksumOffset, true);
  }
}
