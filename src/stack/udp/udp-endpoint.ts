import { errno } from "../../api/errno.ts";
import type { Changing } from "../changes.ts";
import { ErrorQueue, ORIGIN_LOCAL } from "../datagram/error-queue.ts";
import { type EndpointOwner, FAILED } from "../datagram/owner.ts";
import { ReceiveQueue } from "../datagram/receive-queue.ts";
import type { DatagramTarget } from "../datagram/target.ts";
import { ANY_V4, ANY_V6, type IpAddress } from "../ip/address.ts";
import type { Path } from "../ip/path.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import { Memberships } from "../multicast/memberships.ts";
import type { Packet } from "../packet.ts";
import type { Udp } from "./udp.ts";

/**
 * A UDP socket's end in the stack: RFC 768. All calls return at once; results are 0 or a negative errno. Fields are
 * options, which the owner may change at any time, those of binding before `bind`; some are the stack's, and say so.
 */
export class UdpEndpoint implements Changing {
  readonly owner: EndpointOwner;
  /** 4 or 6: AF_INET or AF_INET6. */
  readonly version: number;
  /** IPV6_V6ONLY. */
  isV6Only = false;
  /** IP_FREEBIND, IP_TRANSPARENT: it binds what is not an address of this machine. */
  bindsAnywhere = false;
  /** SO_REUSEADDR, SO_REUSEPORT, SO_BINDTODEVICE (an index), SO_BROADCAST. */
  reusesAddress = false;
  reusesPort = false;
  boundIface = 0;
  mayBroadcast = false;
  /** IP_RECVERR or IPV6_RECVERR: errors are queued, and all of them are told. */
  queuesErrors = false;
  /** SO_NO_CHECK: no checksum over IPv4. */
  omitsChecksum = false;
  /** UDP_SEGMENT: payload bytes of each datagram that a longer one is cut into; 0 for none. */
  segmentBytes = 0;
  readonly options: IpSendOptions = new IpSendOptions();
  readonly queue: ReceiveQueue = new ReceiveQueue();
  readonly errors: ErrorQueue = new ErrorQueue();
  readonly memberships: Memberships;
  /** shutdown(SHUT_RD) and shutdown(SHUT_WR). */
  isReceiveShut = false;
  isSendShut = false;
  // What follows is the stack's, to be read only.
  /** Where it is bound: the unspecified address for all, port 0 while it is not bound. */
  local: IpAddress;
  localPort = 0;
  /** Whom it is connected to. */
  remote: IpAddress | undefined = undefined;
  remotePort = 0;
  path: Path | undefined = undefined;
  /** `connect` chose the address, or the port: they go with the connection. */
  hasChosenAddress = false;
  hasChosenPort = false;
  isClosed = false;
  pendingEvents = 0;
  nextConnected: UdpEndpoint | undefined = undefined;
  readonly #udp: Udp;
  #error = 0;

  constructor(udp: Udp, owner: EndpointOwner, version: number) {
    this.#udp = udp;
    this.owner = owner;
    this.version = version;
    this.local = version === 4 ? ANY_V4 : ANY_V6;
    this.memberships = new Memberships(udp.groups);
  }

  get hasError(): boolean {
    return this.#error !== 0;
  }

  /** The error that waits, a positive errno, once: SO_ERROR. */
  takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
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

  /** The stack has an error for it. */
  fail(error: number): void {
    this.#error = error;
    this.#udp.changes.add(this, FAILED);
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

  tell(events: number): void {
    if (!this.isClosed) this.owner.changed(events);
  }
}
