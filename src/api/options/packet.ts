/** The options of SOL_PACKET, packet(7). */
export const packetOptions = {
  /** Receives what is not for this machine: a multicast address, or all. */
  PACKET_ADD_MEMBERSHIP: { set: "packet membership" },
  /** Ends what PACKET_ADD_MEMBERSHIP began. */
  PACKET_DROP_MEMBERSHIP: { set: "packet membership" },
  /** A ring of memory for received packets: `struct tpacket_req`. */
  PACKET_RX_RING: { set: "bytes" },
  /** What came and what was dropped, since it was last read. */
  PACKET_STATISTICS: { get: "packet statistics" },
  /** Packets larger than this are copied whole beside the ring. */
  PACKET_COPY_THRESH: { set: "integer" },
  /** Receives `struct tpacket_auxdata` with each packet: the VLAN's tag, the original length. */
  PACKET_AUXDATA: "boolean",
  /** The address tells the original device of a bonded one. */
  PACKET_ORIGDEV: "boolean",
  /** TPACKET_V…: the ring's format. */
  PACKET_VERSION: "integer",
  /** The length of the first format's header in the ring. */
  PACKET_HDRLEN: { get: "integer" },
  /** Room before each packet in the ring. */
  PACKET_RESERVE: "integer",
  /** A ring of memory for packets to send: `struct tpacket_req`. */
  PACKET_TX_RING: { set: "bytes" },
  /** Malformed packets of the ring are dropped. */
  PACKET_LOSS: "boolean",
  /** Packets have `struct virtio_net_hdr` before them. */
  PACKET_VNET_HDR: "boolean",
  /** SOF_TIMESTAMPING_…: where the ring's stamps come from. */
  PACKET_TIMESTAMP: "integer",
  /** Shares an interface's packets among sockets. */
  PACKET_FANOUT: "fanout",
  /** The ring's packets say where their data begins. */
  PACKET_TX_HAS_OFF: "boolean",
  /** Packets go past the queueing discipline. */
  PACKET_QDISC_BYPASS: "boolean",
  /** How often PACKET_FANOUT_FLAG_ROLLOVER moved packets. */
  PACKET_ROLLOVER_STATS: { get: "rollover statistics" },
  /** The program of PACKET_FANOUT_CBPF; for PACKET_FANOUT_EBPF its descriptor's 4 bytes. */
  PACKET_FANOUT_DATA: { set: "filter" },
  /** Does not receive what this machine sends. */
  PACKET_IGNORE_OUTGOING: "boolean",
  /** The length of the virtio header. */
  PACKET_VNET_HDR_SZ: "integer",
} as const;
