import { invalidValue } from "../../api/errors.ts";
import type { Host } from "../host.ts";
import type { Internet } from "../internet.ts";
import type { LinkSettings } from "../link/settings.ts";
import type { NatKind, NatOptions } from "../nat/behaviour.ts";
import type { NatRouter } from "../nodes/nat-router.ts";
import type { Switch } from "../nodes/switch.ts";
import { checkCount } from "../check-count.ts";
import { upTo } from "./up-to.ts";

/** Home users behind translators of addresses, and servers in the open. */
export interface HomesOptions {
  /** How many homes; or the kind of translator of each. */
  readonly homes: number | readonly NatKind[];
  /** Hosts of each home; 1 unless given. */
  readonly hostsPerHome?: number | undefined;
  /** Hosts with public addresses; 1 unless given. */
  readonly servers?: number | undefined;
  /** How the translators behave, but for their kind. */
  readonly nat?: NatOptions | undefined;
  /** The line of each home: 20 ms, 50 Mbit/s down and 10 up unless given; `there` leads out of the home. */
  readonly access?: LinkSettings | undefined;
}

/** A home: its router and who is behind it. */
export interface Home {
  readonly router: Host;
  readonly nat: NatRouter;
  readonly hosts: readonly Host[];
}

/** What home users' internet is made of. */
export interface Homes {
  readonly provider: Switch;
  readonly homes: readonly Home[];
  readonly servers: readonly Host[];
}

/** RFC 5737: what documentation may use; and what everybody at home has. */
const PUBLIC = "203.0.113";
const AT_HOME = "192.168.1";
const MOST_HOMES = 100;
const MOST_SERVERS = 100;
const MOST_HOSTS = 250;
const ACCESS: LinkSettings = { delayMs: 20, there: { bandwidthMbps: 10 }, back: { bandwidthMbps: 50 } };

/**
 * Home number h has the hosts "home-h-1" … on 192.168.1.0/24 behind "home-h-router", which is 203.0.113.h outside;
 * "server-1" … are 203.0.113.101 and so on. Errors: ERR_OUT_OF_RANGE, ERR_INVALID_ARG_VALUE.
 */
export function homes(internet: Internet, options: HomesOptions): Homes {
  const { hostsPerHome = 1, servers = 1, nat = {}, access = ACCESS } = options;
  const kinds = typeof options.homes === "number" ? undefined : options.homes;
  const count = kinds?.length ?? (options.homes as number);
  if (kinds?.length === 0) throw invalidValue("homes", "a number, or the kinds of at least one translator", kinds);
  checkCount("homes", count, 1, MOST_HOMES);
  checkCount("hostsPerHome", hostsPerHome, 1, MOST_HOSTS);
  checkCount("servers", servers, 1, MOST_SERVERS);
  const provider = internet.switch("provider");
  const made = upTo(count).map((h): Home => {
    const kind = kinds?.[h - 1];
    const router = internet.router(`home-${h}-router`, [`${PUBLIC}.${h}/24`, `${AT_HOME}.254/24`]);
    internet.link(router.interface("eth0"), provider, access);
    const translator = internet.nat(router, kind === undefined ? nat : { ...nat, kind });
    const inside = internet.switch(`home-${h}-switch`);
    internet.link(router.interface("eth1"), inside);
    const hosts = upTo(hostsPerHome).map((i) => {
      const host = internet.host(`home-${h}-${i}`, `${AT_HOME}.${i}/24`, { gateway: `${AT_HOME}.254` });
      internet.link(host, inside);
      return host;
    });
    return { router, nat: translator, hosts };
  });
  const open = upTo(servers).map((s) => {
    const host = internet.host(`server-${s}`, `${PUBLIC}.${100 + s}/24`);
    internet.link(host, provider);
    return host;
  });
  return { provider, homes: made, servers: open };
}
