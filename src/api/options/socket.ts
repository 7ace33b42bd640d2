/** The options of SOL_SOCKET, socket(7) and unix(7). */
export const socketOptions = {
  /** Records debugging information; needs CAP_NET_ADMIN. */
  SO_DEBUG: "boolean",
  /** Binds an address whose old connections linger. */
  SO_REUSEADDR: "boolean",
  /** The socket's type: SOCK_STREAM … */
  SO_TYPE: { get: "integer" },
  /** The pending error as a positive errno, which reading clears; 0 when there is none. */
  SO_ERROR: { get: "integer" },
  /** Sends to hosts of the local network only. */
  SO_DONTROUTE: "boolean",
  /** Allows datagrams to broadcast addresses. */
  SO_BROADCAST: "boolean",
  /** The send buffer in bytes; Linux doubles what is set. */
  SO_SNDBUF: "integer",
  /** The receive buffer in bytes; Linux doubles what is set. */
  SO_RCVBUF: "integer",
  /** Probes a silent peer. */
  SO_KEEPALIVE: "boolean",
  /** Leaves urgent data in the stream. */
  SO_OOBINLINE: "boolean",
  /** UDP without checksum. */
  SO_NO_CHECK: "boolean",
  /** The priority of packets, 0 to 6; more needs CAP_NET_ADMIN. */
  SO_PRIORITY: "integer",
  /** What `close` does with unsent data. */
  SO_LINGER: "linger",
  /** Of old: does nothing. */
  SO_BSDCOMPAT: "boolean",
  /** Several sockets on one port share what comes. */
  SO_REUSEPORT: "boolean",
  /** Receives the sender's credentials with each message (Unix). */
  SO_PASSCRED: "boolean",
  /** Who made the other end (Unix). */
  SO_PEERCRED: { get: "credentials" },
  /** Bytes that wake a reader. */
  SO_RCVLOWAT: "integer",
  /** Bytes that wake a writer: always 1. */
  SO_SNDLOWAT: { get: "integer" },
  /** How long a blocking receive or accept waits. */
  SO_RCVTIMEO: "milliseconds",
  /** How long a blocking send or connect waits. */
  SO_SNDTIMEO: "milliseconds",
  /** Ties the socket to an interface by name; "" unties it. */
  SO_BINDTODEVICE: "text",
  /** A classic BPF program that chooses the packets. */
  SO_ATTACH_FILTER: "filter",
  /** Removes the filter; the value is not looked at. */
  SO_DETACH_FILTER: { set: "integer" },
  /** The peer's address. */
  SO_PEERNAME: { get: "address" },
  /** Stamps received datagrams, in microseconds. */
  SO_TIMESTAMP: "boolean",
  /** True for a socket that listens. */
  SO_ACCEPTCONN: { get: "boolean" },
  /** The peer's security label. */
  SO_PEERSEC: { get: "label" },
  /** SO_SNDBUF beyond the system's limit; needs CAP_NET_ADMIN. */
  SO_SNDBUFFORCE: { set: "integer" },
  /** SO_RCVBUF beyond the system's limit; needs CAP_NET_ADMIN. */
  SO_RCVBUFFORCE: { set: "integer" },
  /** Receives the peer's security label with each message (Unix). */
  SO_PASSSEC: "boolean",
  /** Stamps received datagrams, in nanoseconds. */
  SO_TIMESTAMPNS: "boolean",
  /** The mark of packets, for routing and filters; needs CAP_NET_ADMIN or CAP_NET_RAW. */
  SO_MARK: "unsigned",
  /** SOF_TIMESTAMPING_… flags; as bytes also `struct so_timestamping`. */
  SO_TIMESTAMPING: "integer",
  /** The socket's protocol: IPPROTO_TCP … */
  SO_PROTOCOL: { get: "integer" },
  /** The socket's family: AF_INET … */
  SO_DOMAIN: { get: "integer" },
  /** Receives the number of dropped packets with each message. */
  SO_RXQ_OVFL: "boolean",
  /** Receives the Wi-Fi acknowledgement of sent frames. */
  SO_WIFI_STATUS: "boolean",
  /** Where MSG_PEEK begins to read; -1 turns it off (Unix, TCP and UDP). */
  SO_PEEK_OFF: "integer",
  /** The last four bytes sent are the frame's checksum. */
  SO_NOFCS: "boolean",
  /** The filter cannot be changed any more. */
  SO_LOCK_FILTER: "boolean",
  /** `select` reports the error queue in the set of exceptions. */
  SO_SELECT_ERR_QUEUE: "boolean",
  /** Microseconds to poll the device before sleeping; to raise it needs CAP_NET_ADMIN. */
  SO_BUSY_POLL: "integer",
  /** The fastest that the socket sends. */
  SO_MAX_PACING_RATE: "rate",
  /** The extensions that a classic filter may use: up to SKF_AD_MAX. */
  SO_BPF_EXTENSIONS: { get: "integer" },
  /** The processor that received the last packet. */
  SO_INCOMING_CPU: "integer",
  /** An eBPF program's descriptor as the filter. */
  SO_ATTACH_BPF: { set: "integer" },
  /** A classic BPF program that chooses among the sockets of a port. */
  SO_ATTACH_REUSEPORT_CBPF: { set: "filter" },
  /** An eBPF program's descriptor that chooses among the sockets of a port. */
  SO_ATTACH_REUSEPORT_EBPF: { set: "integer" },
  /** Tells the neighbour table that the path does not make progress. */
  SO_CNX_ADVICE: { set: "integer" },
  /** The socket's memory. */
  SO_MEMINFO: { get: "memory info" },
  /** The receive queue of the device that the last packet came from. */
  SO_INCOMING_NAPI_ID: { get: "unsigned" },
  /** A number that no other socket has, in the system's life. */
  SO_COOKIE: { get: "cookie" },
  /** The other end's supplementary groups (Unix). */
  SO_PEERGROUPS: { get: "groups" },
  /** Allows MSG_ZEROCOPY. */
  SO_ZEROCOPY: "boolean",
  /** Packets leave at a given time (SCM_TXTIME). */
  SO_TXTIME: "transmit time",
  /** Ties the socket to an interface by index; 0 unties it. */
  SO_BINDTOIFINDEX: "integer",
  /** Removes the program that chooses among the sockets of a port; the value is not looked at. */
  SO_DETACH_REUSEPORT_BPF: { set: "integer" },
  /** Prefers busy polling to interrupts. */
  SO_PREFER_BUSY_POLL: "boolean",
  /** Packets handled in one busy poll. */
  SO_BUSY_POLL_BUDGET: { set: "integer" },
  /** The identity of the socket's network namespace. */
  SO_NETNS_COOKIE: { get: "cookie" },
  /** SOCK_SNDBUF_LOCK and SOCK_RCVBUF_LOCK: the system does not resize these buffers. */
  SO_BUF_LOCK: "integer",
  /** Bytes reserved for this socket, with memory control groups. */
  SO_RESERVE_MEM: "integer",
  /** SOCK_TXREHASH_…: a connection that stalls looks for another path. */
  SO_TXREHASH: "integer",
  /** Receives SO_MARK of each packet. */
  SO_RCVMARK: "boolean",
  /** Receives a descriptor of the sending process with each message (Unix). */
  SO_PASSPIDFD: "boolean",
  /** A new descriptor of the process that made the other end, for the caller to close (Unix). */
  SO_PEERPIDFD: { get: "integer" },
  /** Gives back device memory. */
  SO_DEVMEM_DONTNEED: { set: "bytes" },
  /** Receives SO_PRIORITY of each packet. */
  SO_RCVPRIORITY: "boolean",
  /** Receives passed descriptors (Unix); on unless turned off. */
  SO_PASSRIGHTS: "boolean",
  /** Receives the number of bytes that wait, with each message (Unix). */
  SO_INQ: "boolean",
  /** SO_TIMESTAMP with times of 64 bits. */
  SO_TIMESTAMP_NEW: "boolean",
  /** SO_TIMESTAMPNS with times of 64 bits. */
  SO_TIMESTAMPNS_NEW: "boolean",
  /** SO_TIMESTAMPING with times of 64 bits. */
  SO_TIMESTAMPING_NEW: "integer",
  /** SO_RCVTIMEO with times of 64 bits. */
  SO_RCVTIMEO_NEW: "milliseconds",
  /** SO_SNDTIMEO with times of 64 bits. */
  SO_SNDTIMEO_NEW: "milliseconds",
} as const;
