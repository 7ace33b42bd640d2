/** The options of SOL_TCP, tcp(7). */
export const tcpOptions = {
  /** Sends small segments at once (no Nagle). */
  TCP_NODELAY: "boolean",
  /** The largest segment. */
  TCP_MAXSEG: "integer",
  /** Sends full segments only, until it is turned off or 200 ms pass. */
  TCP_CORK: "boolean",
  /** Seconds of silence before the first keep-alive probe. */
  TCP_KEEPIDLE: "integer",
  /** Seconds between keep-alive probes. */
  TCP_KEEPINTVL: "integer",
  /** Keep-alive probes before the connection is given up. */
  TCP_KEEPCNT: "integer",
  /** Retransmissions of the SYN. */
  TCP_SYNCNT: "integer",
  /** Seconds that a closed connection stays in FIN-WAIT-2; -1 for none. */
  TCP_LINGER2: "integer",
  /** Seconds that a connection may wait for data before `accept` sees it. */
  TCP_DEFER_ACCEPT: "integer",
  /** The largest window that is advertised. */
  TCP_WINDOW_CLAMP: "integer",
  /** What TCP knows of the connection. */
  TCP_INFO: { get: "tcp info" },
  /** Acknowledges at once; not for ever. */
  TCP_QUICKACK: "boolean",
  /** The congestion control by name: "cubic", "reno", "bbr". */
  TCP_CONGESTION: "text",
  /** The key of a peer (RFC 2385). */
  TCP_MD5SIG: { set: "md5 key" },
  /** Timeouts of a thin stream grow linearly. */
  TCP_THIN_LINEAR_TIMEOUTS: "boolean",
  /** Of old: does nothing since Linux 4.12. */
  TCP_THIN_DUPACK: "boolean",
  /** Milliseconds that sent data may wait for its acknowledgement; 0 is the system's default. */
  TCP_USER_TIMEOUT: "integer",
  /** TCP_REPAIR_…: the connection's state can be read and written; needs CAP_NET_ADMIN. */
  TCP_REPAIR: "integer",
  /** TCP_RECV_QUEUE or TCP_SEND_QUEUE: what the next calls repair. */
  TCP_REPAIR_QUEUE: "integer",
  /** The sequence number of the queue that is repaired. */
  TCP_QUEUE_SEQ: "unsigned",
  /** What was negotiated, of a connection that is repaired. */
  TCP_REPAIR_OPTIONS: { set: "repair options" },
  /** Requests of Fast Open that may wait for `accept`. */
  TCP_FASTOPEN: "integer",
  /** The clock of the timestamps. */
  TCP_TIMESTAMP: "unsigned",
  /** Unsent bytes below which the socket is writable. */
  TCP_NOTSENT_LOWAT: "unsigned",
  /** What the congestion control tells, in its own structure. */
  TCP_CC_INFO: { get: "bytes" },
  /** Keeps the SYN of connections: 1 from the IP header on, 2 from the link's. */
  TCP_SAVE_SYN: "integer",
  /** The SYN that was kept; once. */
  TCP_SAVED_SYN: { get: "bytes" },
  /** The windows of a connection that is repaired. */
  TCP_REPAIR_WINDOW: "repair window",
  /** `connect` waits for the first `send`, which Fast Open then uses. */
  TCP_FASTOPEN_CONNECT: "boolean",
  /** The protocol above TCP by name: "tls". */
  TCP_ULP: "text",
  /** The key of a network of peers. */
  TCP_MD5SIG_EXT: { set: "md5 key" },
  /** The key of Fast Open's cookies: 16 bytes, or 32 for two keys. */
  TCP_FASTOPEN_KEY: "bytes",
  /** Fast Open without cookies. */
  TCP_FASTOPEN_NO_COOKIE: "boolean",
  /** Maps received data into memory. */
  TCP_ZEROCOPY_RECEIVE: "bytes",
  /** Receives the number of bytes that wait, with each message. */
  TCP_INQ: "boolean",
  /** Microseconds that packets are delayed. */
  TCP_TX_DELAY: "integer",
  /** TCP-AO (RFC 5925): adds a key, `struct tcp_ao_add`. */
  TCP_AO_ADD_KEY: { set: "bytes" },
  /** TCP-AO: deletes a key, `struct tcp_ao_del`. */
  TCP_AO_DEL_KEY: { set: "bytes" },
  /** TCP-AO: the keys in use and the counters, `struct tcp_ao_info_opt`. */
  TCP_AO_INFO: "bytes",
  /** TCP-AO: lists the keys, `struct tcp_ao_getsockopt`. */
  TCP_AO_GET_KEYS: { get: "bytes" },
  /** TCP-AO: the state of a connection that is repaired, `struct tcp_ao_repair`. */
  TCP_AO_REPAIR: "bytes",
  /** True when the connection uses several paths. */
  TCP_IS_MPTCP: { get: "boolean" },
  /** The largest retransmission timeout, in milliseconds. */
  TCP_RTO_MAX_MS: "integer",
  /** The least retransmission timeout, in microseconds. */
  TCP_RTO_MIN_US: "integer",
  /** The longest that an acknowledgement is delayed, in microseconds. */
  TCP_DELACK_MAX_US: "integer",
} as const;

/** The options of SOL_MPTCP: what several paths tell, in the kernel's structures. */
export const mptcpOptions = {
  /** The connection as a whole, `struct mptcp_info`. */
  MPTCP_INFO: { get: "bytes" },
  /** TCP_INFO of each path. */
  MPTCP_TCPINFO: { get: "bytes" },
  /** The addresses of each path. */
  MPTCP_SUBFLOW_ADDRS: { get: "bytes" },
  /** The three together, `struct mptcp_full_info`. */
  MPTCP_FULL_INFO: { get: "bytes" },
} as const;

/** The options of SOL_TLS, for a connection whose TCP_ULP is "tls". */
export const tlsOptions = {
  /** The keys of what is sent: `struct tls12_crypto_info_…`. */
  TLS_TX: "bytes",
  /** The keys of what is received. */
  TLS_RX: "bytes",
  /** `sendfile` without a copy. */
  TLS_TX_ZEROCOPY_RO: "boolean",
  /** TLS 1.3 records have no padding. */
  TLS_RX_EXPECT_NO_PAD: "boolean",
  /** The largest record that is sent, as the two bytes of a number. */
  TLS_TX_MAX_PAYLOAD_LEN: "bytes",
} as const;
