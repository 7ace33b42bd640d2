import type { Changing } from "../changes.ts";
import { ErrorQueue } from "../datagram/error-queue.ts";
import { type EndpointOwner, FAILED } from "../datagram/owner.ts";
import { ReceiveQueue } from "../datagram/receive-queue.ts";
import type { DatagramTarget } from "../datagram/target.ts";
import { ANY_V4, ANY_V6, type IpAddress } from "../ip/address.ts";
import type { Path } from "../ip/path.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import { Memberships } from "../multicast/memberships.ts";
import type { Packet } from "../packet.ts";
import type { Ping } from "./ping.ts";

/**
 * A ping socket's end in the stack: socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), or of IPv6; icmp(7). It sends echo
 * requests and hears the replies to its own identifier, which takes a port's place. Results are 0 or a negative errno.
 */
export class PingEndpoint implements Changing {
  readonly owner: EndpointOwner;
  readonly version: number;
  readonly isV6Only = true;
  boundIface = 0;
  mayBroadcast = false;
  queuesErrors = false;
  readonly options: IpSendOptions = new IpSendOptions();
  /** Replies: `start` is where the ICMP header begins. */
  readonly queue: ReceiveQueue = new ReceiveQueue();
  readonly errors: ErrorQueue = new ErrorQueue();
  readonly memberships: Memberships;
  isReceiveShut = false;
  isSendShut = false;
  // What follows is the stack's, to be read only.
  local: IpAddress;
  /** The identifier; 0 while there is none. */
  localPort = 0;
  remote: IpAddress | undefined = undefined;
  remotePort = 0;
  path: Path | undefined = undefined;
  isClosed = false;
  pendingEvents = 0;
  readonly #ping: Ping;
  #error = 0;

  constructor(ping: Ping, owner: EndpointOwner, version: number) {
    this.#ping = ping;
    this.owner = owner;
    this.version = version;
    this.local = version === 4 ? ANY_V4 : ANY_V6;
    this.memberships = new Memberships(ping.groups);
  }

  get hasError(): boolean {
    return this.#error !== 0;
  }

  takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
  }

  /** Binds to an address and an identifier; 0 chooses one. */
  bind(address: IpAddress, identifier: number): number {
    return this.#ping.bind(this, address, identifier);
  }

  connect(address: IpAddress, port: number, iface = 0): number {
    return this.#ping.connect(this, address, port, iface);
  }

  disconnect(): void {
    this.remote = undefined;
    this.remotePort = 0;
    this.path = undefined;
  }

  /**
   * Sends an echo request: `packet` holds its ICMP header, of which identifier and checksum are filled in, and data.
   */
  send(packet: Packet, target?: DatagramTarget, options: IpSendOptions = this.options): number {
    return this.#ping.send(this, packet, target, options);
  }

  close(): void {
    this.#ping.close(this);
  }

  fail(error: number): void {
    this.#error = error;
    this.#ping.changes.add(this, FAILED);
  }

  tell(events: number): void {
    if (!this.isClosed) this.owner.changed(events);
  }
}
