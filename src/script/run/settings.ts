import type { SocketAddress } from "../../api/address.ts";
import { AF_INET, AF_INET6 } from "../../api/constants.ts";
import { ScriptFault } from "../language/fault.ts";
import type { Script, ScriptOption } from "../language/tree.ts";

/** What a script's options say, with their defaults. */
export interface Settings {
  readonly ipVersion: "ipv4" | "ipv6" | "ipv4-mapped-ipv6";
  /** The kernel that is tried, and the network around it: "192.168.0.1", "192.168.0.0/16". */
  readonly localAddress: string;
  readonly localPrefix: number;
  /** The interpreter, and what is routed to it. */
  readonly remoteAddress: string;
  readonly remotePrefix: number;
  readonly bindPort: number;
  readonly connectPort: number;
  readonly mtu: number;
  /** How far off a time may be: so much, or a part of the time since the event before, if that is more. */
  readonly toleranceUs: number;
  readonly tolerancePart: number;
  /** An expected packet matches one packet, never several. */
  readonly strictSegments: boolean;
  /** Microseconds in one tick of a timestamp that goes out; 0: they are not checked. */
  readonly timestampTickUs: number;
  /** What is set before the script begins. */
  readonly sysctls: readonly Sysctl[];
}

/** "net.ipv4.tcp_ecn" and its value. */
interface Sysctl {
  readonly line: number;
  readonly name: string;
  readonly value: string;
}

/** packetdrill's own defaults. The 12.5 % are the granularity of Linux's timer wheel. */
const DEFAULTS = {
  bindPort: 8080,
  connectPort: 8080,
  mtu: 1500,
  toleranceUs: 4000,
  tolerancePart: 0.125,
} as const;

/** Addresses for private use (RFC 1918, RFC 4193) and for documentation (RFC 5737, RFC 3849). */
const ADDRESSES = {
  4: { localAddress: "192.168.0.1", localPrefix: 16, remoteAddress: "192.0.2.1", remotePrefix: 24 },
  6: { localAddress: "fd3d:a0b:17d6::1", localPrefix: 64, remoteAddress: "2001:db8::1", remotePrefix: 32 },
} as const;

const REFUSED: Readonly<Record<string, string>> = {
  init_scripts: "a script of the shell would change the machine before the test; say what is needed in backquotes",
  so_filename: "no shared object is loaded: the kernel is chosen with --kernel",
  so_flags: "no shared object is loaded: the kernel is chosen with --kernel",
  code_command: "assertions are read by dialtone itself",
  code_format: "assertions are read by dialtone itself",
  code_sockopt: "assertions are about TCP_INFO",
  non_fatal: "every difference ends the script",
  dry_run: "a script that can be read is run",
};

/** Options that say nothing here: how loud the tool is, the speed and the gateway of a device that has neither. */
const IGNORED: ReadonlySet<string> = new Set([
  "define",
  "verbose",
  "debug",
  "speed",
  "mss",
  "gateway_ip",
  "send_omit_free",
  "is_anyip",
  "tcp_ts_ecr_scaled",
]);

type Writable = { -readonly [K in keyof Settings]: Settings[K] };

/** The settings of a script: its own options, after those from outside. */
export function settingsOf(script: Script, outside: readonly ScriptOption[] = []): Settings {
  const options = [...outside, ...script.options];
  const version = options.findLast(({ name }) => name === "ip_version");
  const ipVersion = version === undefined ? "ipv4" : ipVersionOf(script.file, version);
  const settings: Writable = {
    ...DEFAULTS,
    ...ADDRESSES[ipVersion === "ipv6" ? 6 : 4],
    ipVersion,
    strictSegments: false,
    timestampTickUs: 0,
    sysctls: [],
  };
  for (const option of options) apply(script.file, settings, option);
  return settings;
}

function ipVersionOf(file: string, { line, value }: ScriptOption): Settings["ipVersion"] {
  if (value === "ipv4" || value === "ipv6" || value === "ipv4-mapped-ipv6") return value;
  throw new ScriptFault({ file, line }, "--ip_version is ipv4, ipv6 or ipv4-mapped-ipv6");
}

function apply(file: string, settings: Writable, option: ScriptOption): void {
  const { name, value = "", line } = option;
  const refused = REFUSED[name] ?? (name.startsWith("wire_") ? "there is no second machine" : undefined);
  if (refused !== undefined) throw new ScriptFault({ file, line }, `--${name} is not there: ${refused}`);
  if (IGNORED.has(name) || name === "ip_version") return;
  const number = (least: number, most: number): number => {
    const found = Number(value);
    if (value !== "" && found >= least && found <= most) return found;
    throw new ScriptFault({ file, line }, `--${name} is a number from ${least} to ${most}`);
  };
  if (name === "mtu") settings.mtu = number(68, 65_535);
  else if (name === "bind_port") settings.bindPort = number(1, 65_535);
  else if (name === "connect_port") settings.connectPort = number(1, 65_535);
  else if (name === "tolerance_usecs") settings.toleranceUs = number(0, 60_000_000);
  else if (name === "tolerance_percent") settings.tolerancePart = number(0, 100) / 100;
  else if (name === "tcp_ts_tick_usecs") settings.timestampTickUs = number(0, 1_000_000);
  else if (name === "sysctl") settings.sysctls = [...settings.sysctls, sysctlOf(file, option)];
  else if (name === "strict_segments") settings.strictSegments = true;
  else if (name === "local_ip") [settings.localAddress, settings.localPrefix] = withPrefix(value, settings.localPrefix);
  else if (name === "netmask_ip") settings.localPrefix = prefixOf(value);
  else if (name === "remote_ip") {
    [settings.remoteAddress, settings.remotePrefix] = withPrefix(value, settings.remotePrefix);
  } else throw new ScriptFault({ file, line }, `there is no option --${name}`);
}

/** Those of the network alone: they belong to the script's own namespace. */
function sysctlOf(file: string, { line, value: text = "" }: ScriptOption): Sysctl {
  const [, name, value] = /^(net\.[\w.]+)="?([^"]*)"?$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return { line, name, value };
  throw new ScriptFault({ file, line }, "--sysctl is NAME=VALUE, and the name begins with net.");
}

function withPrefix(text: string, otherwise: number): [string, number] {
  const [address = "", prefix] = text.split("/");
  return [address, prefix === undefined ? otherwise : Number(prefix)];
}

/** "255.255.0.0" is 16. */
function prefixOf(mask: string): number {
  const bits = mask.split(".").map((part) => Number(part).toString(2).padStart(8, "0"));
  return bits.join("").replace(/0+$/, "").length;
}

/** The version on the wire. */
export function wireVersion({ ipVersion }: Settings): 4 | 6 {
  return ipVersion === "ipv6" ? 6 : 4;
}

/** The family of `socket(..., SOCK_STREAM, 0)`. */
export function socketFamily({ ipVersion }: Settings): number {
  return ipVersion === "ipv4" ? AF_INET : AF_INET6;
}

/** An address of the wire as a socket of `socketFamily` has it. */
export function socketAddress(settings: Settings, address: string, port: number): SocketAddress {
  if (settings.ipVersion === "ipv4") return { family: AF_INET, address, port };
  return { family: AF_INET6, address: settings.ipVersion === "ipv6" ? address : `::ffff:${address}`, port };
}
