import type { IpHeader } from "../../wire/ip-header.ts";
import { PACKET_FOR_HOST, type Packet } from "../packet.ts";
import { type AddressEntry, AddressTable } from "./address-table.ts";
import { IpAddress } from "./address.ts";
import type { Path } from "./path.ts";
import type { Routing } from "./routing.ts";

/** Destinations whose path is kept. */
export const MAX_CACHED_PATHS = 1024;

class CachedPath implements AddressEntry {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly zone: number;
  path: Path;
  hashNext: this | undefined = undefined;
  older: this | undefined = undefined;
  newer: this | undefined = undefined;

  constructor(destination: IpAddress, zone: number, path: Path) {
    this.w0 = destination.w0;
    this.w1 = destination.w1;
    this.w2 = destination.w2;
    this.w3 = destination.w3;
    this.zone = zone;
    this.path = path;
  }
}

/**
 * The paths of those who have none of their own: answers, forwarded packets, datagrams of sockets that are not
 * connected.
 */
export class PathCache {
  readonly #routing: Routing;
  readonly #table: AddressTable<CachedPath>;

  constructor(routing: Routing, secret: number) {
    this.#routing = routing;
    this.#table = new AddressTable(MAX_CACHED_PATHS, secret);
  }

  get size(): number {
    return this.#table.size;
  }

  /** The path to a destination from a source, undefined for any; a negative errno when there is none. */
  path(
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    source: IpAddress | undefined,
    protocol: number,
    iface: number,
  ): Path | number {
    const zone = (protocol << 16) | iface;
    const cached = this.#table.find(w0, w1, w2, w3, zone);
    if (cached !== undefined && isFrom(cached.path, source)) {
      const refreshed = this.#routing.refresh(cached.path);
      if (refreshed === 0) return cached.path;
    }
    const destination = new IpAddress(w0, w1, w2, w3);
    const path = this.#routing.route({ destination, protocol, source, iface });
    if (typeof path === "number") return path;
    path.isAnySource = source === undefined;
    if (cached !== undefined) cached.path = path;
    else this.#keep(new CachedPath(destination, zone, path));
    return path;
  }

  /** The path to where a packet came from; see `IpOutput.replyPath`. */
  reply(ip: IpHeader, packet: Packet, protocol: number): Path | undefined {
    const isUnicast = packet.packetType === PACKET_FOR_HOST;
    const source = isUnicast ? IpAddress.destinationOf(ip) : undefined;
    const isLinkLocal = ip.version === 6 && ip.source0 >>> 22 === 0x3fa;
    const iface = isLinkLocal ? packet.iface : 0;
    const from = source?.isMulticast === true ? undefined : source;
    const path = this.path(ip.source0, ip.source1, ip.source2, ip.source3, from, protocol, iface);
    return typeof path === "number" ? undefined : path;
  }

  #keep(entry: CachedPath): void {
    const { oldest } = this.#table;
    if (this.#table.isFull && oldest !== undefined) this.#table.remove(oldest);
    this.#table.add(entry);
  }
}

function isFrom(path: Path, source: IpAddress | undefined): boolean {
  // A source that was chosen once may be another now.
  if (source === undefined) return path.isAnySource;
  return path.source.equals(source);
}
