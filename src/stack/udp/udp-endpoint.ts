import { errno } from "../../api/errno.ts";
import { DatagramEndpoint } from "../datagram/endpoint.ts";
import { ORIGIN_LOCAL } from "../datagram/error-queue.ts";
import { type EndpointOwner, FAILED } from "../datagram/owner.ts";
import type { DatagramTarget } from "../datagram/target.ts";
import type { IpAddress } from "../ip/address.ts";
import type { IpSendOptions } from "../ip/send-options.ts";
import type { Packet } from "../packet.ts";
import type { Udp } from "./udp.ts";

/**
 * A UDP socket's end in the stack: RFC 768. All calls return at once; results are 0 or a negative errno.
 */
export class UdpEndpoint extends DatagramEndpoint {
  /** IPV6_V6ONLY. */
  isV6Only = false;
  /** IP_FREEBIND, IP_TRANSPARENT: it binds what is not an address of this machine. */
  bindsAnywhere = false;
  /** SO_REUSEADDR, SO_REUSEPORT. */
  reusesAddress = false;
  reusesPort = false;
  /** SO_NO_CHECK: no checksum over IPv4. */
  omitsChecksum = false;
  /** UDP_SEGMENT: payload bytes of each datagram that a longer one is cut into; 0 for none. */
  segmentBytes = 0;
  // What follows is the stack's, to be read only.
  /** 0 while it is not bound. */
  localPort = 0;
  remotePort = 0;
  /** `connect` chose the address, or the port: they go with the connection. */
  hasChosenAddress = false;
  hasChosenPort = false;
  nextConnected: UdpEndpoint | undefined = undefined;
  readonly #udp: Udp;

  constructor(udp: Udp, owner: EndpointOwner, version: number) {
    super(owner, version, udp.groups, udp.changes);
    this.#udp = udp;
  }

  /** Binds to an address of this machine, the unspecified one or a group; port 0 chooses one. */
  bind(address: IpAddress, port: number): number {
    return this.#udp.bind(this, address, port);
  }

  /**
   * Sends to one, and hears that one alone. What is not bound gets a port and an address. `iface` is the scope of a
   * link-local address.
   */
  connect(address: IpAddress, port: number, iface = 0): number {
    return this.#udp.connect(this, address, port, iface);
  }

  /** Hears everybody again: connect(2) with AF_UNSPEC. */
  disconnect(): void {
    this.#udp.disconnect(this);
  }

  /**
   * Sends a datagram: `packet.start` to `packet.end` is its payload. Without a target it goes to whom the endpoint is
   * connected to. The packet is the stack's from now on, whatever comes of it.
   */
  send(packet: Packet, target?: DatagramTarget, options: IpSendOptions = this.options): number {
    const sent = this.#udp.send(this, packet, target, options);
    if (sent === -errno.EMSGSIZE && this.queuesErrors) this.#udp.tellTooLong(this, target);
    return sent;
  }

  /** The socket is closed: everything that waits is dropped. */
  close(): void {
    this.#udp.close(this);
  }

  /** A datagram was too long for its path, and nobody had to be asked: ip(7), SO_EE_ORIGIN_LOCAL. */
  queueTooLong(destination: IpAddress, port: number, mtu: number, receivedUs: number): void {
    this.errors.add({
      errno: errno.EMSGSIZE,
      origin: ORIGIN_LOCAL,
      type: 0,
      code: 0,
      info: mtu,
      offender: undefined,
      destination,
      port,
      iface: 0,
      receivedUs,
      payload: new Uint8Array(0),
    });
    this.#udp.changes.add(this, FAILED);
  }
}
