/** The options of level AF_VSOCK, vsock(7). */
export const vsockOptions = {
  /** The buffer in bytes. */
  SO_VM_SOCKETS_BUFFER_SIZE: "size",
  /** The least that the buffer can be set to. */
  SO_VM_SOCKETS_BUFFER_MIN_SIZE: "size",
  /** The most that the buffer can be set to. */
  SO_VM_SOCKETS_BUFFER_MAX_SIZE: "size",
  /** How long `connect` waits. */
  SO_VM_SOCKETS_CONNECT_TIMEOUT: "milliseconds",
} as const;
