import type { Inet4Address, Inet6Address } from "../../api/address.ts";
import { AF_INET, AF_INET6 } from "../../api/constants.ts";
import { invalidValue } from "../../api/errors.ts";
import { inet_pton } from "../../netdb/inet.ts";

/** The port of DNS: RFC 1035 §4.2. */
const DNS_PORT = 53;

/** "10.0.0.53", "10.0.0.53:5353"; "2001:db8::53", "[2001:db8::53]:5353"; "fe80::1%2", 2 being an interface's number. */
export function parseNameServer(text: string): Inet4Address | Inet6Address {
  const parsed = typeof text === "string" ? (parseIpv4(text) ?? parseIpv6(text)) : undefined;
  if (parsed !== undefined) return parsed;
  throw invalidValue("nameServers", 'addresses like "10.0.0.53", "10.0.0.53:5353" or "[2001:db8::53]:5353"', text);
}

function parseIpv4(text: string): Inet4Address | undefined {
  const [address = "", portText, ...rest] = text.split(":");
  const port = parsePort(portText);
  if (rest.length > 0 || port === undefined || inet_pton(AF_INET, address) === undefined) return undefined;
  return { family: AF_INET, address, port };
}

const BRACKETS = /^\[([^\]]*)\](?::(.*))?$/;

function parseIpv6(text: string): Inet6Address | undefined {
  const [, inner, portText] = BRACKETS.exec(text) ?? [];
  const [address = "", zone] = (inner ?? text).split("%");
  const port = parsePort(portText);
  if (port === undefined || inet_pton(AF_INET6, address) === undefined) return undefined;
  if (zone === undefined) return { family: AF_INET6, address, port };
  return /^\d{1,9}$/.test(zone) ? { family: AF_INET6, address, port, scopeId: Number(zone) } : undefined;
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return DNS_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port <= 65535 ? port : undefined;
}
