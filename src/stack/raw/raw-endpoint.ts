import { DatagramEndpoint } from "../datagram/endpoint.ts";
import type { EndpointOwner } from "../datagram/owner.ts";
import type { DatagramTarget } from "../datagram/target.ts";
import type { IpAddress } from "../ip/address.ts";
import type { IpSendOptions } from "../ip/send-options.ts";
import type { Packet } from "../packet.ts";
import type { Raw } from "./raw.ts";

/** Types of ICMP, a bit each. */
const TYPE_WORDS = 8;

/**
 * A raw socket's end in the stack: raw(7), RFC 3542 §3. It hears whatever comes for its protocol: what it reads begins
 * with IPv4's header, or behind that of IPv6. Results are 0 or a negative errno.
 */
export class RawEndpoint extends DatagramEndpoint {
  readonly protocol: number;
  readonly isV6Only = true;
  /** IP_HDRINCL: the program writes the IP header. */
  includesHeader: boolean;
  /** IPV6_CHECKSUM: where the checksum is that the stack makes and checks; -1 for none. */
  checksumOffset: number;
  /** ICMP_FILTER and ICMPV6_FILTER: types that are not heard, a bit each. */
  readonly blockedTypes: Uint32Array = new Uint32Array(TYPE_WORDS);
  readonly #raw: Raw;

  constructor(raw: Raw, owner: EndpointOwner, version: number, protocol: number) {
    super(owner, version, raw.groups, raw.changes);
    this.#raw = raw;
    this.protocol = protocol;
    this.includesHeader = protocol === PROTOCOL_RAW;
    this.checksumOffset = version === 6 && protocol === PROTOCOL_ICMPV6 ? 2 : -1;
  }

  bind(address: IpAddress): number {
    return this.#raw.bind(this, address);
  }

  connect(address: IpAddress, iface = 0): number {
    return this.#raw.connect(this, address, iface);
  }

  disconnect(): void {
    this.remote = undefined;
    this.path = undefined;
  }

  /** Sends a packet: what follows the IP header, or all of it with `includesHeader`. */
  send(packet: Packet, target?: DatagramTarget, options: IpSendOptions = this.options): number {
    return this.#raw.send(this, packet, target, options);
  }

  close(): void {
    this.#raw.close(this);
  }
}

/** IPPROTO_RAW: any protocol, which the program names in the header that it writes. */
export const PROTOCOL_RAW = 255;
const PROTOCOL_ICMPV6 = 58;
