import { AF_INET, AF_INET6 } from "../../../api/constants.ts";
import { inet_pton } from "../../../netdb/inet.ts";

/** Addresses by name, as in hosts(5). The first name of an address is its own. */
export type Hosts = Readonly<Record<string, string | readonly string[]>>;

/** What every machine has in its hosts(5). */
const LOOPBACK: Hosts = { localhost: ["127.0.0.1", "::1"] };

/** A table of names. Names are not told apart by upper and lower case (RFC 4343). */
export class HostTable {
  readonly #byName: Map<string, readonly string[]> = new Map();
  readonly #byAddress: Map<string, string> = new Map();

  constructor(hosts: Hosts) {
    for (const [name, addresses] of Object.entries({ ...LOOPBACK, ...hosts })) {
      this.add(name, typeof addresses === "string" ? [addresses] : addresses);
    }
  }

  /** Adds a name, or gives it other addresses. */
  add(name: string, addresses: readonly string[]): void {
    this.#byName.set(name.toLowerCase(), addresses);
    for (const address of addresses) if (!this.#byAddress.has(address)) this.#byAddress.set(address, name);
  }

  /** The addresses of a name, of one family or, with 0, of both; undefined when the table does not have it. */
  addresses(name: string, family: number): string[] | undefined {
    const all = this.#byName.get(name.toLowerCase());
    return all?.filter((address) => family === 0 || familyOf(address) === family);
  }

  nameOf(address: string): string | undefined {
    return this.#byAddress.get(address);
  }
}

/** AF_INET or AF_INET6; undefined for what is no address. */
export function familyOf(address: string): number | undefined {
  return [AF_INET, AF_INET6].find((family) => inet_pton(family, address) !== undefined);
}
