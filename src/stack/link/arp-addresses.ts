import { IpAddress } from "../ip/address.ts";
import { LOCAL } from "../ip/route.ts";
import type { Routing } from "../ip/routing.ts";
import { selectIpv4Source } from "../ip/source-selection.ts";
import type { ArpHost } from "./arp.ts";
import type { DuplicateAddressDetection } from "./duplicate-address-detection.ts";
import type { Interface } from "./interface.ts";
import type { Interfaces } from "./interfaces.ts";

/** What ARP is told of this machine's addresses: it answers for any of them on every link, as Linux does. */
export class ArpAddresses implements ArpHost {
  readonly #routing: Routing;
  readonly #interfaces: Interfaces;
  readonly #detection: DuplicateAddressDetection;

  constructor(routing: Routing, interfaces: Interfaces, detection: DuplicateAddressDetection) {
    this.#routing = routing;
    this.#interfaces = interfaces;
    this.#detection = detection;
  }

  answersFor(_iface: Interface, address: number): boolean {
    return this.#routing.routes.lookup(0, 0, 0xffff, address, 4, 0)?.kind === LOCAL;
  }

  askFrom(iface: Interface, target: number): number {
    return selectIpv4Source(IpAddress.v4(target), iface, this.#interfaces.all).w3;
  }

  conflict(iface: Interface, address: number, isProbe: boolean): void {
    const own = iface.addresses.find((other) => other.address.version === 4 && other.address.w3 === address);
    if (own !== undefined) this.#detection.conflict(iface, own, isProbe);
  }
}
