/** The options of SOL_UDP, udp(7). */
export const udpOptions = {
  /** Gathers what is sent into one datagram, until it is turned off. */
  UDP_CORK: "boolean",
  /** UDP_ENCAP_…: datagrams carry another protocol. */
  UDP_ENCAP: "integer",
  /** Sends without checksum over IPv6 (RFC 6935). */
  UDP_NO_CHECK6_TX: "boolean",
  /** Receives without checksum over IPv6. */
  UDP_NO_CHECK6_RX: "boolean",
  /** One send is cut into datagrams of this size; 0 turns it off. */
  UDP_SEGMENT: "integer",
  /** One receive may give several datagrams, and their size in a control message. */
  UDP_GRO: "boolean",
} as const;

/** The options of SOL_UDPLITE alone. */
export const udpliteOptions = {
  /** Bytes of a sent datagram that the checksum covers. */
  UDPLITE_SEND_CSCOV: "integer",
  /** The least bytes that the checksum of a received datagram must cover. */
  UDPLITE_RECV_CSCOV: "integer",
} as const;
