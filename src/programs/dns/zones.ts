import { AF_INET, AF_INET6 } from "../../api/constants.ts";
import { inet_pton } from "../../netdb/inet.ts";
import { canonicalName } from "../../wire/dns-name.ts";
import { type NameRecords, parentOf, Zone, type ZoneOptions } from "./zone.ts";

/** The zones of a server, which can be changed while it runs. */
export class Zones {
  readonly #byName: Map<string, Zone> = new Map();

  constructor(zones: readonly ZoneOptions[] = []) {
    for (const zone of zones) this.set(zone);
  }

  /** Adds a zone, or puts it in the place of the one that had its name. Errors: ERR_INVALID_ARG_VALUE. */
  set(options: ZoneOptions): void {
    const zone = new Zone(options);
    this.#byName.set(zone.name, zone);
  }

  delete(name: string): boolean {
    return this.#byName.delete(canonicalName(name));
  }

  /** The zone that knows of a name: the one with the longest name. */
  of(name: string): Zone | undefined {
    for (let at = canonicalName(name); ; at = parentOf(at)) {
      const zone = this.#byName.get(at);
      if (zone !== undefined || at === ".") return zone;
    }
  }
}

/** The zones in-addr.arpa and ip6.arpa for names and their addresses, so that addresses have names, too. */
export function reverseZones(hosts: Readonly<Record<string, string | readonly string[]>>): ZoneOptions[] {
  const zones = { "in-addr.arpa": new Map<string, NameRecords>(), "ip6.arpa": new Map<string, NameRecords>() };
  for (const [name, addresses] of Object.entries(hosts)) {
    for (const address of typeof addresses === "string" ? [addresses] : addresses) {
      const four = inet_pton(AF_INET, address);
      const six = four ?? inet_pton(AF_INET6, address);
      if (six === undefined) continue;
      const labels = four === undefined ? [...six].flatMap((byte) => [byte >>> 4, byte & 15]) : [...four];
      const key = labels
        .map((label) => label.toString(four === undefined ? 16 : 10))
        .reverse()
        .join(".");
      const zone = zones[four === undefined ? "ip6.arpa" : "in-addr.arpa"];
      // The first name of an address is its own.
      if (!zone.has(key)) zone.set(key, { PTR: name.endsWith(".") ? name : `${name}.` });
    }
  }
  return Object.entries(zones).flatMap(([name, records]) =>
    records.size === 0 ? [] : [{ name, records: Object.fromEntries(records) }],
  );
}
