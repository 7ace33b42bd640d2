import { invalidType } from "../api/errors.ts";
import { databaseLines, indexBy, readSystemFile, type Source } from "./database-file.ts";
import { servicesTable } from "./services-table.ts";
import { checkUint } from "./uint.ts";

/** An entry of the service table: `struct servent`, with `port` in host order. */
export interface Service {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly port: number;
  readonly protocol: string;
}

/** All services, and where they come from. */
export interface ServiceEntries {
  readonly source: Source;
  readonly entries: readonly Service[];
}

/** A table with its entries found by name or alias, and by port. */
export interface ServiceIndex extends ServiceEntries {
  readonly byName: ReadonlyMap<string, readonly Service[]>;
  readonly byPort: ReadonlyMap<number, readonly Service[]>;
}

/**
 * Finds a service by its name or an alias: getservbyname(3), services(5).
 * `name` is matched as it is written; `protocol` is "tcp", "udp" … or left out for any: then the table's first entry
 * wins. The table is the system's /etc/services, read once, at the first call; where there is none, an embedded one.
 * Returns the entry, or `undefined` where C returns NULL. Its `port` is in host order: no `ntohs` is needed.
 * Errors: ERR_INVALID_ARG_TYPE. Needs no kernel. Never waits for the network: other sources of nsswitch.conf are not
 * asked.
 *
 * @example
 * getservbyname("http", "tcp")?.port; // 80
 */
export function getservbyname(name: string, protocol?: string): Service | undefined {
  return serviceByName(systemServices(), name, protocol);
}

/**
 * Finds a service by its port: getservbyport(3), services(5).
 * `port` is in host order, where C takes network order; `protocol` is "tcp", "udp" … or left out for any.
 * Returns the table's first such entry, or `undefined` where C returns NULL. The table is {@link getservbyname}'s.
 * Errors: ERR_INVALID_ARG_TYPE; ERR_OUT_OF_RANGE (a port is an integer from 0 to 65535). Needs no kernel.
 *
 * @example
 * getservbyport(7)?.name; // "echo"
 */
export function getservbyport(port: number, protocol?: string): Service | undefined {
  return serviceByPort(systemServices(), port, protocol);
}

/**
 * All entries of the service table in its order, and its source: getservent(3), services(5).
 * `source` is "/etc/services", or "embedded" where the system has no such file. The arrays are the table's own: frozen.
 * Needs no kernel.
 *
 * @example
 * const { source, entries } = serviceEntries();
 * console.log(`${entries.length} services from ${source}`);
 */
export function serviceEntries(): ServiceEntries {
  const { source, entries } = systemServices();
  return { source, entries };
}

let system: ServiceIndex | undefined;

function systemServices(): ServiceIndex {
  system ??= loadServices(readSystemFile("/etc/services"));
  return system;
}

/** The table of a services file's text; the embedded one where there is no file. */
export function loadServices(text: string | undefined): ServiceIndex {
  const entries = Object.freeze(text === undefined ? embeddedServices() : parseServices(text));
  return {
    source: text === undefined ? "embedded" : "/etc/services",
    entries,
    byName: indexBy(entries, ({ name, aliases }) => [name, ...aliases]),
    byPort: indexBy(entries, ({ port }) => [port]),
  };
}

/** Looks a name up in a given table. */
export function serviceByName(table: ServiceIndex, name: string, protocol?: string): Service | undefined {
  if (typeof name !== "string") throw invalidType("name", "a string", name);
  return first(table.byName.get(name), protocol);
}

/** Looks a port up in a given table. */
export function serviceByPort(table: ServiceIndex, port: number, protocol?: string): Service | undefined {
  checkUint("port", port, 0xffff);
  return first(table.byPort.get(port), protocol);
}

function first(services: readonly Service[] | undefined, protocol: string | undefined): Service | undefined {
  if (protocol === undefined) return services?.[0];
  if (typeof protocol !== "string") throw invalidType("protocol", "a string", protocol);
  return services?.find((service) => service.protocol === protocol);
}

/** The entries of a services(5) file: "name port/protocol alias…". A line of another form is skipped, as C does. */
export function parseServices(text: string): Service[] {
  const services: Service[] = [];
  for (const [name = "", where = "", ...aliases] of databaseLines(text)) {
    const [, digits, protocol] = /^([0-9]{1,5})\/(\S+)$/.exec(where) ?? [];
    if (digits === undefined || protocol === undefined || Number(digits) > 0xffff) continue;
    services.push(service(name, Number(digits), protocol, aliases));
  }
  return services;
}

function embeddedServices(): Service[] {
  return databaseLines(servicesTable).flatMap(([name = "", port, protocols = "", ...aliases]) =>
    protocols.split(",").map((protocol) => service(name, Number(port), protocol, aliases)),
  );
}

function service(name: string, port: number, protocol: string, aliases: readonly string[]): Service {
  return Object.freeze({ name, aliases: Object.freeze([...aliases]), port, protocol });
}
