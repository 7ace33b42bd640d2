import type { Host, HostOptions } from "../host.ts";
import type { Internet } from "../internet.ts";
import type { LinkSettings } from "../link/settings.ts";
import type { Switch } from "../nodes/switch.ts";
import { checkCount } from "../check-count.ts";
import { upTo } from "./up-to.ts";

/** Hosts of 10.N.0.0/16 besides the router's address. */
const MOST_HOSTS = 65_000;

/** A local network. */
export interface LanOptions {
  /** How its machines' names begin; "lan" unless given. */
  readonly name?: string | undefined;
  readonly hosts: number;
  /** Its addresses are 10.N.0.0/16 and fd00:N::/64; 0 unless given. */
  readonly number?: number | undefined;
  /** The cable of each host. */
  readonly link?: LinkSettings | undefined;
  /** Whether the hosts have IPv6 addresses, too; true unless given. */
  readonly ipv6?: boolean | undefined;
  readonly host?: HostOptions | undefined;
}

/** What a local network is made of. */
export interface Lan {
  readonly switch: Switch;
  readonly hosts: readonly Host[];
}

/** The address of the host number `i` in network number `n`, from 1; for a router, 0. */
export function lanAddresses(n: number, i: number, ipv6: boolean): string[] {
  const low = i === 0 ? 65_534 : i;
  const v4 = `10.${n}.${low >> 8}.${low & 0xff}/16`;
  return ipv6 ? [v4, `fd00:${n.toString(16)}::${low.toString(16)}/64`] : [v4];
}

/**
 * Hosts on one switch: "lan-1" with 10.0.0.1 and fd00:0::1, "lan-2", and so on. Errors: ERR_OUT_OF_RANGE,
 * ERR_INVALID_ARG_VALUE for names that are taken.
 */
export function lan(internet: Internet, options: LanOptions): Lan {
  const { name = "lan", number = 0, link = {}, ipv6 = true, host = {} } = options;
  checkCount("hosts", options.hosts, 1, MOST_HOSTS);
  checkCount("number", number, 0, 255);
  const hub = internet.switch(`${name}-switch`);
  const hosts = upTo(options.hosts).map((i) => {
    const made = internet.host(`${name}-${i}`, lanAddresses(number, i, ipv6), host);
    internet.link(made, hub, link);
    return made;
  });
  return { switch: hub, hosts };
}
