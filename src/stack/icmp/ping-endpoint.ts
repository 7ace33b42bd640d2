import { DatagramEndpoint } from "../datagram/endpoint.ts";
import type { EndpointOwner } from "../datagram/owner.ts";
import type { DatagramTarget } from "../datagram/target.ts";
import type { IpAddress } from "../ip/address.ts";
import type { IpSendOptions } from "../ip/send-options.ts";
import type { Packet } from "../packet.ts";
import type { Ping } from "./ping.ts";

/**
 * A ping socket's end in the stack: socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), or of IPv6; icmp(7). It sends echo
 * requests and hears the replies to its own identifier, which takes a port's place; what it reads begins with the ICMP
 * header. Results are 0 or a negative errno.
 */
export class PingEndpoint extends DatagramEndpoint {
  readonly isV6Only = true;
  /** The identifier; 0 while there is none. The stack's, as the next is. */
  localPort = 0;
  remotePort = 0;
  readonly #ping: Ping;

  constructor(ping: Ping, owner: EndpointOwner, version: number) {
    super(owner, version, ping.groups, ping.changes);
    this.#ping = ping;
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
}
