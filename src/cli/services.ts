import { parseArgs } from "node:util";
import { portRange, type PortRange } from "../netdb/port-range.ts";
import { serviceEntries, type Service } from "../netdb/services.ts";
import { EXIT, type Command } from "./command.ts";
import { suggestion } from "./suggestion.ts";
import { oneOf, parsed, usageError } from "./usage-error.ts";

const RANGES: Readonly<Record<PortRange, string>> = {
  reserved: "reserved (0)",
  "well-known": "well-known (1–1023)",
  registered: "registered (1024–49151)",
  dynamic: "dynamic (49152–65535)",
};

const HELP = `Shows the names of ports: getservbyname and getservbyport.

Usage: dialtone services [name|port] [options]

  --protocol tcp|udp   entries of that protocol alone
  --json               for programs: {"source":…,"services":[{"name","port","protocol","aliases","range"}…]}

The table is the system's /etc/services, or one of dialtone's own where there is none; the first line says which.
A port without a name still has a range.

Examples:
  dialtone services             the whole table
  dialtone services http        80/tcp
  dialtone services 53 --protocol udp
  dialtone services 50000       no name, dynamic

Exit codes: 0 found, 1 no service has that name, 2 wrong usage.`;

interface Found {
  readonly source: string;
  readonly entries: readonly Service[];
  /** What was asked for, when it was a port. */
  readonly port: number | undefined;
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { protocol: { type: "string" }, json: { type: "boolean", default: false } },
    }),
  );
  const [wanted, ...more] = positionals;
  if (more.length > 0) throw usageError(`one name or port at a time: "${more[0]}" is too many`);
  const protocol = values.protocol === undefined ? undefined : oneOf("--protocol", values.protocol, ["tcp", "udp"]);
  const found = find(wanted, protocol);
  const lines = values.json ? [JSON.stringify(forPrograms(found))] : forPeople(found, wanted === undefined);
  console.log(lines.join("\n"));
  return EXIT.ok;
}

function find(wanted: string | undefined, protocol: string | undefined): Found {
  const { source, entries } = serviceEntries();
  const ofProtocol = entries.filter((entry) => protocol === undefined || entry.protocol === protocol);
  if (wanted === undefined) return { source, entries: ofProtocol, port: undefined };
  if (/^[0-9]+$/.test(wanted)) {
    const port = Number(wanted);
    if (port > 0xffff) throw usageError(`a port is a number from 0 to 65535, not ${wanted}`);
    return { source, entries: ofProtocol.filter((entry) => entry.port === port), port };
  }
  const named = ofProtocol.filter(({ name, aliases }) => name === wanted || aliases.includes(wanted));
  if (named.length === 0) throw new Error(notFound(wanted, protocol, source, ofProtocol));
  return { source, entries: named, port: undefined };
}

function notFound(wanted: string, protocol: string | undefined, source: string, entries: readonly Service[]): string {
  const meant = suggestion(
    wanted,
    entries.map(({ name }) => name),
  );
  const which = protocol === undefined ? "service" : `${protocol} service`;
  const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
  return `no ${which} is named "${wanted}" in ${tableName(source)}${hint}`;
}

function forPrograms({ source, entries, port }: Found): unknown {
  const services = entries.map((entry) => ({ ...entry, range: portRange(entry.port) }));
  return port === undefined ? { source, services } : { source, port, range: portRange(port), services };
}

function forPeople({ source, entries, port }: Found, isTable: boolean): string[] {
  const rows = entries.map((entry) => [
    entry.name,
    `${entry.port}/${entry.protocol}`,
    RANGES[portRange(entry.port)],
    entry.aliases.join(" "),
  ]);
  if (port !== undefined && rows.length === 0) rows.push(["no name", String(port), RANGES[portRange(port)], ""]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return isTable ? [`${entries.length} services from ${tableName(source)}`, ...lines] : lines;
}

function tableName(source: string): string {
  return source === "embedded" ? "dialtone's own table" : source;
}

/** `dialtone services`: the service table. */
export const services: Command = { name: "services", summary: "the names of ports: /etc/services", help: HELP, run };
