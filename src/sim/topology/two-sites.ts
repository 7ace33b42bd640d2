import type { Host } from "../host.ts";
import type { Internet } from "../internet.ts";
import type { Link } from "../link/link.ts";
import type { LinkSettings } from "../link/settings.ts";
import { type Lan, lan, lanAddresses } from "./lan.ts";

/** Two local networks and what is between them. */
export interface TwoSitesOptions {
  /** Hosts of each site; 1 unless given. */
  readonly hosts?: number | undefined;
  /** The line between the sites; 10 ms and 100 Mbit/s unless given. */
  readonly wan?: LinkSettings | undefined;
  /** The cable of each host. */
  readonly link?: LinkSettings | undefined;
  readonly ipv6?: boolean | undefined;
}

/** What two sites are made of. */
export interface TwoSites {
  readonly sites: readonly [Lan, Lan];
  readonly routers: readonly [Host, Host];
  readonly wan: Link;
}

const WAN: LinkSettings = { delayMs: 10, bandwidthMbps: 100 };

/**
 * Two local networks, "west-1" … on 10.1.0.0/16 and "east-1" … on 10.2.0.0/16, each with a router, and a line between
 * the routers. All routes are there. Errors: those of `lan`.
 */
export function twoSites(internet: Internet, options: TwoSitesOptions = {}): TwoSites {
  const { hosts = 1, wan = WAN, link = {}, ipv6 = true } = options;
  const site = (name: string, number: number): readonly [Lan, Host] => {
    const made = lan(internet, { name, hosts, number, link, ipv6 });
    const line = ipv6 ? [`10.0.0.${number}/30`, `fd00:0::${number}/64`] : [`10.0.0.${number}/30`];
    const router = internet.router(`${name}-router`, [lanAddresses(number, 0, ipv6), line]);
    internet.link(router.interface("eth0"), made.switch, link);
    return [made, router];
  };
  const [west, westRouter] = site("west", 1);
  const [east, eastRouter] = site("east", 2);
  const line = internet.link(westRouter.interface("eth1"), eastRouter.interface("eth1"), wan);
  internet.routeAll();
  return { sites: [west, east], routers: [westRouter, eastRouter], wan: line };
}
