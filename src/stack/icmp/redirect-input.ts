import type { Icmpv4Message } from "../../wire/icmpv4.ts";
import { IpHeader } from "../../wire/ip-header.ts";
import { parseQuotedIpv4 } from "../../wire/ipv4.ts";
import { OK } from "../../wire/reason.ts";
import { IpAddress } from "../ip/address.ts";
import type { Routing } from "../ip/routing.ts";
import type { Interfaces } from "../link/interfaces.ts";
import { PACKET_FOR_HOST, type Packet } from "../packet.ts";

/** Believes routers that say who is nearer: RFC 1122 §3.2.2.2. Routers themselves do not (RFC 1812 §5.2.7.2). */
export class RedirectInput {
  /** net.ipv4.conf.all.accept_redirects; off on a router. */
  isAccepting = true;
  readonly #routing: Routing;
  readonly #interfaces: Interfaces;
  readonly #quoted: IpHeader = new IpHeader();

  constructor(routing: Routing, interfaces: Interfaces) {
    this.#routing = routing;
    this.#interfaces = interfaces;
  }

  redirected4(packet: Packet, ip: IpHeader, message: Icmpv4Message): void {
    const iface = this.#interfaces.get(packet.iface);
    if (!this.isAccepting || iface === undefined || packet.packetType !== PACKET_FOR_HOST) return;
    const quoted = this.#quoted;
    if (parseQuotedIpv4(packet.view, message.payloadStart, message.payloadEnd, quoted) !== OK) return;
    const gateway = IpAddress.v4(message.gateway);
    // The new router is on the same link, and it is not this machine.
    const own = iface.addresses.filter((address) => address.isAssigned && address.address.version === 4);
    if (!own.some(({ address, prefixLength }) => gateway.hasPrefix(address, prefixLength))) return;
    if (this.#routing.isOwn(gateway) || gateway.isMulticast) return;
    this.#routing.redirect(IpAddress.destinationOf(quoted), IpAddress.sourceOf(ip), gateway, iface);
  }
}
