import type { Host } from "../host.ts";
import type { HostInterface } from "../host-interface.ts";
import type { Link } from "../link/link.ts";
import { InterfacePrefix } from "./prefix.ts";
import { segmentsOf } from "./segments.ts";

/** An interface with an address: a host is in a network by it. */
interface Attachment {
  readonly host: Host;
  readonly iface: HostInterface;
  readonly prefix: InterfacePrefix;
}

/** A network of one version of IP: who is in it. */
interface Network {
  readonly prefix: InterfacePrefix;
  readonly attachments: Attachment[];
}

/**
 * Gives every host the routes to all networks of the internet, by the fewest routers: what routing protocols, or an
 * administrator, would have found out. Of ways that are alike the one that was built first is taken. Networks behind a
 * translator of addresses stay unknown outside. A host that has a `gateway` is left as it is.
 */
export function routeAll(hosts: readonly Host[], links: readonly Link[]): void {
  const networks = networksOf(hosts, links);
  for (const host of hosts) {
    if (host.options.gateway === undefined) routeHost(host, networks);
  }
}

function networksOf(hosts: readonly Host[], links: readonly Link[]): Network[] {
  const interfaces = hosts.flatMap((host) => host.interfaces);
  const networks: Network[] = [];
  for (const segment of segmentsOf(links, interfaces)) {
    const ofSegment: Network[] = [];
    for (const iface of segment) {
      for (const text of iface.options.addresses ?? []) {
        const prefix = new InterfacePrefix(text);
        let network = ofSegment.find((one) => one.prefix.isOf(prefix));
        if (network === undefined) ofSegment.push((network = { prefix, attachments: [] }));
        network.attachments.push({ host: iface.host, iface, prefix });
      }
    }
    networks.push(...ofSegment);
  }
  return networks;
}

/** Searches outward from a host, network by network, and notes by which first router each was found. */
function routeHost(host: Host, networks: readonly Network[]): void {
  const found = new Map<Network, Attachment | undefined>();
  for (const network of networks) {
    if (network.attachments.some((one) => one.host === host)) found.set(network, undefined);
  }
  const order = Array.from(found.keys());
  // The list grows while it is walked: near networks come first.
  for (const network of order) {
    for (const router of network.attachments) {
      if (router.host === host || router.host.options.forwarding !== true) continue;
      for (const next of networks) {
        if (found.has(next) || next.prefix.address.version !== network.prefix.address.version) continue;
        const leaves = next.attachments.some((one) => one.host === router.host && passes(router.iface, one.iface));
        if (!leaves) continue;
        found.set(next, found.get(network) ?? router);
        order.push(next);
      }
    }
  }
  addRoutes(host, found);
}

/** Whether packets that come in by one interface of a router may leave by another: not inwards through a translator. */
function passes(entered: HostInterface, left: HostInterface): boolean {
  return !entered.isOutside || left.isOutside;
}

function addRoutes(host: Host, found: ReadonlyMap<Network, Attachment | undefined>): void {
  for (const version of [4, 6]) {
    const remote = Array.from(found).filter(
      (one): one is [Network, Attachment] => one[1] !== undefined && one[0].prefix.address.version === version,
    );
    const gateways = new Set(remote.map(([, router]) => router.prefix.address.toString()));
    const [only] = gateways;
    // One way for all is a default route, as people would write it.
    if (only !== undefined && gateways.size === 1) host.addRoute("default", only);
    else for (const [{ prefix }, router] of remote) host.addRoute(prefix.toString(), router.prefix.address.toString());
  }
}
