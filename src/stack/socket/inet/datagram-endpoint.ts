import type { ErrorQueue } from "../../datagram/error-queue.ts";
import type { EndpointOwner } from "../../datagram/owner.ts";
import type { ReceiveQueue } from "../../datagram/receive-queue.ts";
import type { DatagramTarget } from "../../datagram/target.ts";
import type { IpAddress } from "../../ip/address.ts";
import type { Path } from "../../ip/path.ts";
import type { IpSendOptions } from "../../ip/send-options.ts";
import type { Memberships } from "../../multicast/memberships.ts";
import type { Packet } from "../../packet.ts";
import type { Outgoing } from "../socket.ts";
import type { InetBinding } from "./inet-socket.ts";

/** What makes one kind of datagram socket differ from another. */
export interface DatagramKind<Endpoint extends DatagramEndpoint = DatagramEndpoint> {
  readonly type: number;
  readonly protocol: number;
  /** Ports: UDP has them; a ping socket's is its identifier; a raw socket has none. */
  readonly hasPorts: boolean;
  /** UDP: port 0 cannot be sent to, and recvfrom tells the port. */
  readonly isUdp: boolean;
  /** Makes the socket's end in the stack; undefined when there are too many. */
  open(owner: EndpointOwner, version: 4 | 6): Endpoint | undefined;
  bind(endpoint: Endpoint, address: IpAddress, port: number): number;
  connect(endpoint: Endpoint, address: IpAddress, port: number, iface: number): number;
  localPort(endpoint: Endpoint): number;
  remotePort(endpoint: Endpoint): number;
  /** Before a datagram is sent: 0, or an errno, negated, for one that is not to be. */
  check(message: Outgoing): number;
  /** Takes the options that only this kind has. */
  applyOptions(endpoint: Endpoint, inet: InetBinding): void;
}

/** What the endpoints of UDP, of ping and of raw sockets have in common. */
export interface DatagramEndpoint {
  boundIface: number;
  mayBroadcast: boolean;
  queuesErrors: boolean;
  isReceiveShut: boolean;
  isSendShut: boolean;
  readonly options: IpSendOptions;
  readonly queue: ReceiveQueue;
  readonly errors: ErrorQueue;
  readonly memberships: Memberships;
  readonly local: IpAddress;
  readonly remote: IpAddress | undefined;
  readonly path: Path | undefined;
  readonly hasError: boolean;
  takeError(): number;
  disconnect(): void;
  send(packet: Packet, target?: DatagramTarget, options?: IpSendOptions): number;
  close(): void;
}
