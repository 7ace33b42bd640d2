/** `struct virtio_net_hdr`, linux/virtio_net.h: before each frame of a device that was opened with IFF_VNET_HDR. */
export const VIRTIO_NET_HDR = {
  size: 10,
  flags: 0,
  gso_type: 1,
  hdr_len: 2,
  gso_size: 4,
  csum_start: 6,
  csum_offset: 8,
} as const;
