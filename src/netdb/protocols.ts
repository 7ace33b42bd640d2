import { invalidType } from "../api/errors.ts";
import { databaseLines, indexBy, readSystemFile, type Source } from "./database-file.ts";
import { protocolsTable } from "./protocols-table.ts";
import { checkUint } from "./uint.ts";

/** An entry of the protocol table: `struct protoent`. `number` is what `socket` takes as its third argument. */
export interface Protocol {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly number: number;
}

/** All protocols, and where they come from. */
export interface ProtocolEntries {
  readonly source: Source;
  readonly entries: readonly Protocol[];
}

/** A table with its entries found by name and by number. */
export interface ProtocolIndex extends ProtocolEntries {
  readonly byName: ReadonlyMap<string, readonly Protocol[]>;
  readonly byNumber: ReadonlyMap<number, readonly Protocol[]>;
}

/**
 * Finds a protocol by its name or an alias: getprotobyname(3), protocols(5).
 * `name` is matched as it is written ("tcp", "TCP"). The table is the system's /etc/protocols, read once, at the first
 * call; where there is none, an embedded one. Returns the entry, or `undefined` where C returns NULL.
 * Errors: ERR_INVALID_ARG_TYPE. Needs no kernel.
 *
 * @example
 * getprotobyname("icmp")?.number; // 1
 */
export function getprotobyname(name: string): Protocol | undefined {
  return protocolByName(systemProtocols(), name);
}

/**
 * Finds a protocol by its number: getprotobynumber(3), protocols(5).
 * `number` is an integer from 0 to 2147483647. Returns the first such entry of {@link getprotobyname}'s table, or
 * `undefined` where C returns NULL.
 * Errors: ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. Needs no kernel.
 *
 * @example
 * getprotobynumber(17)?.name; // "udp"
 */
export function getprotobynumber(number: number): Protocol | undefined {
  return protocolByNumber(systemProtocols(), number);
}

/**
 * All entries of the protocol table in its order, and its source: getprotoent(3), protocols(5).
 * `source` is "/etc/protocols", or "embedded" where the system has no such file. The arrays are the table's own:
 * frozen. Needs no kernel.
 *
 * @example
 * protocolEntries().entries.length;
 */
export function protocolEntries(): ProtocolEntries {
  const { source, entries } = systemProtocols();
  return { source, entries };
}

let system: ProtocolIndex | undefined;

function systemProtocols(): ProtocolIndex {
  system ??= loadProtocols(readSystemFile("/etc/protocols"));
  return system;
}

/** The table of a protocols file's text; the embedded one where there is no file. */
export function loadProtocols(text: string | undefined): ProtocolIndex {
  const entries = Object.freeze(parseProtocols(text ?? protocolsTable));
  return {
    source: text === undefined ? "embedded" : "/etc/protocols",
    entries,
    byName: indexBy(entries, ({ name, aliases }) => [name, ...aliases]),
    byNumber: indexBy(entries, ({ number }) => [number]),
  };
}

/** Looks a name up in a given table. */
export function protocolByName(table: ProtocolIndex, name: string): Protocol | undefined {
  if (typeof name !== "string") throw invalidType("name", "a string", name);
  return table.byName.get(name)?.[0];
}

/** Looks a number up in a given table. */
export function protocolByNumber(table: ProtocolIndex, number: number): Protocol | undefined {
  checkUint("number", number, 0x7fffffff);
  return table.byNumber.get(number)?.[0];
}

/** The entries of a protocols(5) file: "name number alias…". A line of another form is skipped, as C does. */
export function parseProtocols(text: string): Protocol[] {
  const protocols: Protocol[] = [];
  for (const [name = "", digits = "", ...aliases] of databaseLines(text)) {
    if (!/^[0-9]{1,9}$/.test(digits)) continue;
    protocols.push(Object.freeze({ name, aliases: Object.freeze(aliases), number: Number(digits) }));
  }
  return protocols;
}
