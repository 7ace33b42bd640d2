import type { TcpInfo } from "../../api/options/tcp-info.ts";
import type { ConnectionOwner } from "./connection-owner.ts";
import type { IpAddress } from "../ip/address.ts";
import type { TcpSettings } from "./settings.ts";

/** `TcpConnection.write`: more will follow at once, so a part of a segment waits (MSG_MORE). */
export const WRITE_MORE = 1;
/** `TcpConnection.write`: the last byte is urgent (MSG_OOB). */
export const WRITE_URGENT = 2;
/** `TcpConnection.read`: the bytes stay (MSG_PEEK). */
export const READ_PEEK = 1;
/** `TcpConnection.read`: the bytes are dropped, not copied (MSG_TRUNC). */
export const READ_DISCARD = 2;

/** A connection as the socket layer uses it. Nothing here waits, and nothing throws. */
export interface TcpConnection {
  /** Whom to tell; a connection that was just accepted has none yet. */
  owner: ConnectionOwner | undefined;
  readonly settings: TcpSettings;
  /** TCP_ESTABLISHED … TCP_CLOSING. */
  readonly state: number;
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remote: IpAddress;
  readonly remotePort: number;
  readonly interfaceIndex: number;
  /** The path MTU, as IP_MTU gives it. */
  readonly mtuBytes: number;
  /** In-order bytes that can be read now. */
  readonly readableBytes: number;
  /** Room in the send buffer; 0 unless the send buffer is at most two thirds full, as poll(2) has it in Linux. */
  readonly writableBytes: number;
  /** SIOCOUTQ and SIOCOUTQNSD: bytes not acknowledged, and bytes not sent yet. */
  readonly unacknowledgedBytes: number;
  readonly unsentBytes: number;
  /** The handshake is not done, and nothing can be sent or received before. */
  readonly isConnecting: boolean;
  /** The stream has ended: a read of 0 bytes is its end, once `readableBytes` is 0. */
  readonly isReceiveEnded: boolean;
  /** `shutdownSend`, `close` or a failure: a write is -EPIPE. */
  readonly isSendEnded: boolean;
  /** An urgent byte waits to be read (POLLPRI). */
  readonly hasUrgent: boolean;
  /** The next byte to be read is behind the urgent mark: sockatmark(3). */
  readonly isAtMark: boolean;

  /** Why the connection failed, a positive errno, once (SO_ERROR); 0 when there is nothing to tell. */
  takeError(): number;
  /** What the network has said lately that may get better, and ended nothing (SO_ERROR alone tells it); once. */
  takeSoftError(): number;
  /** The headers of the SYN that made it (TCP_SAVED_SYN), once; undefined when they were not kept. */
  takeSavedSyn(): Uint8Array | undefined;
  /** Queues bytes; returns how many were taken (0: no room), or -EPIPE or -ENOTCONN. Flags are WRITE_…. */
  write(bytes: Uint8Array, offset: number, length: number, flags: number): number;
  /**
   * Takes bytes; 0 when there are none, or the stream has ended; -ENOTCONN before it is open. It stops at the urgent
   * mark. Flags are READ_….
   */
  read(bytes: Uint8Array, offset: number, length: number, flags: number): number;
  /** The urgent byte (MSG_OOB), 0 to 255; -EINVAL without one, -EAGAIN before it has come. */
  readUrgent(peek: boolean): number;
  /** Sends a FIN behind what is queued. */
  shutdownSend(): void;
  /** Reads end; what comes is acknowledged and dropped. */
  shutdownReceive(): void;
  /** The program is done with it: a FIN, or a reset when bytes are unread. The connection goes on by itself. */
  close(): void;
  /** A reset, at once (SO_LINGER with 0). */
  abort(): void;
  /** To be called after a change of `settings`. */
  settingsChanged(): void;
  info(): TcpInfo;
}

/** A listener as the socket layer uses it. */
export interface TcpListener {
  owner: ConnectionOwner | undefined;
  readonly settings: TcpSettings;
  readonly localPort: number;
  /** How many connections may wait for `accept`; `listen` may be called again with another. */
  backlog: number;
  /** Connections that wait for `accept`. */
  readonly acceptable: number;
  /** The oldest connection that waits; undefined when there is none. */
  accept(): TcpConnection | undefined;
  /** Connections that wait are reset, handshakes forgotten. */
  close(): void;
  info(): TcpInfo;
}

/** Where a connection is to begin or a listener to listen. */
export interface TcpEndpoint {
  /** Undefined: any address of this host. */
  readonly address: IpAddress | undefined;
  readonly port: number;
}

/** What `listen` needs beyond the settings. */
export interface TcpListenOptions {
  readonly backlog: number;
  /** IPV6_V6ONLY, or an IPv4 socket: which of the two the listener serves. */
  readonly families: "ipv4" | "ipv6" | "both";
  /** SO_REUSEPORT: connections are spread over the listeners of a port. */
  readonly reusePort: boolean;
}

/** Data for a SYN: TCP Fast Open, RFC 7413. Without bytes it asks for a cookie. */
export interface EarlyData {
  readonly bytes: Uint8Array;
  /** How many of them have gone with the SYN: written by `connect`. */
  taken: number;
}

/** TCP as the socket layer uses it. Ports are the socket layer's to choose; a pair that is in use is refused here. */
export interface TcpProtocol {
  /** What a socket's settings are before its program changes them: Linux's sysctls. */
  readonly defaults: TcpSettings;
  /** Whether data may go with a SYN to this server: `connect` with `early` would take some. */
  mayCarryData(settings: TcpSettings, server: IpAddress): boolean;
  /** The key of Fast Open's cookies, where a listener has none of its own. */
  readonly fastOpenKey: Uint8Array;
  /**
   * Sends a SYN, with data if there is some. -EADDRNOTAVAIL when the pair of addresses and ports is in use;
   * -ENETUNREACH without a route.
   */
  connect(
    owner: ConnectionOwner,
    settings: TcpSettings,
    local: TcpEndpoint,
    remote: IpAddress,
    remotePort: number,
    early?: EarlyData,
  ): TcpConnection | number;
  /** Opens a port. -EADDRINUSE when another listener has it and they do not share it. */
  listen(
    owner: ConnectionOwner,
    settings: TcpSettings,
    local: TcpEndpoint,
    options: TcpListenOptions,
  ): TcpListener | number;
  /** Whether a connection, one in TIME-WAIT included, has this pair: an ephemeral port must not. */
  isPairInUse(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): boolean;
  /** Whether a connection that is not in TIME-WAIT uses the port: what `bind` with SO_REUSEADDR asks. */
  isPortInUse(port: number, countTimeWait: boolean): boolean;
}
