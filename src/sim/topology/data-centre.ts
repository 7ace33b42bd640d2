import type { Host } from "../host.ts";
import type { Internet } from "../internet.ts";
import type { LinkSettings } from "../link/settings.ts";
import { checkCount } from "../check-count.ts";
import { upTo } from "./up-to.ts";
import { type Lan, lan, lanAddresses } from "./lan.ts";

/** Racks of hosts under spine routers. */
export interface DataCentreOptions {
  readonly racks: number;
  readonly hostsPerRack: number;
  /** 2 unless given. Of ways that are equally long the first spine's is taken. */
  readonly spines?: number | undefined;
  /** The cable of each host: 10 Gbit/s, 5 µs unless given. */
  readonly link?: LinkSettings | undefined;
  /** The cable from each rack to each spine: 40 Gbit/s, 10 µs unless given. */
  readonly uplink?: LinkSettings | undefined;
}

/** What a data centre is made of. */
export interface DataCentre {
  readonly racks: readonly Lan[];
  /** The router at the top of each rack. */
  readonly leaves: readonly Host[];
  readonly spines: readonly Host[];
  readonly hosts: readonly Host[];
}

const MOST_RACKS = 200;
const MOST_SPINES = 50;
const LINK: LinkSettings = { delayMs: 0.005, bandwidthMbps: 10_000 };
const UPLINK: LinkSettings = { delayMs: 0.01, bandwidthMbps: 40_000 };

/**
 * A leaf-spine network: rack number r has the hosts "rack-r-1" … on 10.r.0.0/16, and a router "leaf-r" that is linked
 * to each "spine-s". All routes are there. Errors: ERR_OUT_OF_RANGE.
 */
export function dataCentre(internet: Internet, options: DataCentreOptions): DataCentre {
  const { spines = 2, link = LINK, uplink = UPLINK } = options;
  checkCount("racks", options.racks, 1, MOST_RACKS);
  checkCount("spines", spines, 1, MOST_SPINES);
  const upper = upTo(spines).map((s) => internet.router(`spine-${s}`, []));
  const racks: Lan[] = [];
  const leaves: Host[] = [];
  for (const r of upTo(options.racks)) {
    const rack = lan(internet, { name: `rack-${r}`, hosts: options.hostsPerRack, number: r, link, ipv6: false });
    const leaf = internet.router(`leaf-${r}`, [lanAddresses(r, 0, false)]);
    internet.link(leaf.interface("eth0"), rack.switch, link);
    for (const [s, spine] of upper.entries()) {
      const down = spine.addInterface({ addresses: [lineAddress(s, r, 1)] });
      const up = leaf.addInterface({ addresses: [lineAddress(s, r, 2)] });
      internet.link(up, down, uplink);
    }
    racks.push(rack);
    leaves.push(leaf);
  }
  internet.routeAll();
  return { racks, leaves, spines: upper, hosts: racks.flatMap(({ hosts }) => hosts) };
}

/** The two ends of the line from rack number r to spine number s: a /30 of 172.16.0.0/12. */
function lineAddress(s: number, r: number, end: 1 | 2): string {
  const at = 4 * (r - 1) + end;
  return `172.${16 + (s >> 3)}.${((s & 7) << 2) + (at >> 8)}.${at & 0xff}/30`;
}
