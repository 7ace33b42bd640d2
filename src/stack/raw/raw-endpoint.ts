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
import type { Raw } from "./raw.ts";

/** Types of ICMP, a bit each. */
const TYPE_WORDS = 8;

/**
 * A raw socket's end in the stack: raw(7), RFC 3542 §3. It hears whatever comes for its protocol. Results are 0 or a
 * negative errno.
 */
export class RawEndpoint implements Changing {
  readonly owner: EndpointOwner;
  readonly version: number;
  readonly protocol: number;
  readonly isV6Only = true;
  /** IP_HDRINCL: the program writes the IP header. */
  includesHeader: boolean;
  boundIface = 0;
  mayBroadcast = false;
  queuesErrors = false;
  /** IPV6_CHECKSUM: where the checksum is that the stack makes and checks; -1 for none. */
  checksumOffset: number;
  /** ICMP_FILTER and ICMPV6_FILTER: types that are not heard, a bit each. */
  readonly blockedTypes: Uint32Array = new Uint32Array(TYPE_WORDS);
  readonly options: IpSendOptions = new IpSendOptions();
  /** Packets: `start` is where IPv4's header begins, or what follows that of IPv6. */
  readonly queue: ReceiveQueue = new ReceiveQueue();
  readonly errors: ErrorQueue = new ErrorQueue();
  readonly memberships: Memberships;
  isReceiveShut = false;
  isSendShut = false;
  // What follows is the stack's, to be read only.
  local: IpAddress;
  remote: IpAddress | undefined = undefined;
  path: Path | undefined = undefined;
  isClosed = false;
  pendingEvents = 0;
  readonly #raw: Raw;
  #error = 0;

  constructor(raw: Raw, owner: EndpointOwner, version: number, protocol: number) {
    this.#raw = raw;
    this.owner = owner;
    this.version = version;
    this.protocol = protocol;
    this.includesHeader = protocol === PROTOCOL_RAW;
    this.checksumOffset = version === 6 && protocol === PROTOCOL_ICMPV6 ? 2 : -1;
    this.local = version === 4 ? ANY_V4 : ANY_V6;
    this.memberships = new Memberships(raw.groups);
  }

  get hasError(): boolean {
    return this.#error !== 0;
  }

  takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
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

  fail(error: number): void {
    this.#error = error;
    this.#raw.changes.add(this, FAILED);
  }

  tell(events: number): void {
    if (!this.isClosed) this.owner.changed(events);
  }
}

/** IPPROTO_RAW: any protocol, which the program names in the header that it writes. */
export const PROTOCOL_RAW = 255;
const PROTOCOL_ICMPV6 = 58;
