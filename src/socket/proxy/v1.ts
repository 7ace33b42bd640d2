import type { SocketAddress } from "../../api/address.ts";
import { AF_INET, AF_INET6 } from "../../api/constants.ts";
import { invalidValue } from "../../api/errors.ts";
import { inet_ntop, inet_pton } from "../../netdb/inet.ts";
import {
  agree,
  INCOMPLETE,
  internetAddress,
  type InternetFamily,
  PROXY_V1_MAX_BYTES,
  type ProxyHeader,
  type ProxyParse,
  refused,
  withoutAddresses,
} from "./header.ts";

/** The line for people, PROXY protocol §2.1: "PROXY TCP4 192.0.2.1 192.0.2.9 56324 443\r\n". */

const CR = 13;
const LF = 10;
const BEGINNING = new TextEncoder().encode("PROXY ");

/** A decimal number as the protocol has it: no sign, no leading zero. */
const DECIMAL = /^(0|[1-9]\d{0,4})$/;

const FAMILIES: Readonly<Record<string, InternetFamily>> = { TCP4: AF_INET, TCP6: AF_INET6 };

export function parseV1(bytes: Uint8Array): ProxyParse {
  if (!agree(bytes, BEGINNING)) return refused('a version 1 header begins with "PROXY "');
  const end = bytes.subarray(0, PROXY_V1_MAX_BYTES).indexOf(CR);
  if (end < 0 && bytes.length >= PROXY_V1_MAX_BYTES) {
    return refused(`no CR LF in the first ${PROXY_V1_MAX_BYTES} bytes`);
  }
  if (end < 0) return INCOMPLETE;
  if (end === PROXY_V1_MAX_BYTES - 1) return refused(`a line of more than ${PROXY_V1_MAX_BYTES} bytes`);
  if (end + 1 === bytes.length) return INCOMPLETE;
  if (bytes[end + 1] !== LF) return refused("a CR without a LF");
  const line = String.fromCharCode(...bytes.subarray(BEGINNING.length, end));
  const header = parseLine(line);
  return typeof header === "string" ? refused(header) : { state: "header", header, bytes: end + 2 };
}

/** The header, or why the line is none. */
function parseLine(line: string): ProxyHeader | string {
  const [protocol = "", source, destination, sourcePort, destinationPort, ...more] = line.split(" ");
  // Whatever follows UNKNOWN is ignored.
  if (protocol === "UNKNOWN") return withoutAddresses(1, "PROXY");
  const family = Object.hasOwn(FAMILIES, protocol) ? FAMILIES[protocol] : undefined;
  if (family === undefined) return "the protocol is not TCP4, TCP6 or UNKNOWN";
  if (more.length > 0) return "more than two addresses and two ports";
  const from = endpoint(family, source, sourcePort);
  const to = endpoint(family, destination, destinationPort);
  if (typeof from === "string") return `source: ${from}`;
  if (typeof to === "string") return `destination: ${to}`;
  return { ...withoutAddresses(1, "PROXY"), transport: "stream", source: from, destination: to };
}

function endpoint(
  family: InternetFamily,
  address: string | undefined,
  port: string | undefined,
): SocketAddress | string {
  const bytes = address === undefined ? undefined : inet_pton(family, address);
  if (bytes === undefined) return `not an ${family === AF_INET ? "IPv4" : "IPv6"} address`;
  if (port === undefined || !DECIMAL.test(port) || Number(port) > 0xffff) return "not a port from 0 to 65535";
  return internetAddress(family, inet_ntop(family, bytes), Number(port));
}

export function encodeV1({ command, transport, source, destination, tlvs, crc32c }: ProxyHeader): Uint8Array {
  if (crc32c) throw invalidValue("header.crc32c", "false (version 1 has no checksum)", crc32c);
  if (command === "LOCAL") throw invalidValue("header.command", '"PROXY" (version 1 has no LOCAL)', command);
  if (tlvs.length > 0) throw invalidValue("header.tlvs", "empty (version 1 has none)", tlvs);
  return new TextEncoder().encode(`PROXY ${text(transport, source, destination)}\r\n`);
}

function text(
  transport: ProxyHeader["transport"],
  source: SocketAddress | undefined,
  destination: SocketAddress | undefined,
): string {
  if (transport === undefined) return "UNKNOWN";
  if (transport !== "stream") throw invalidValue("header.transport", '"stream" (version 1 knows TCP alone)', transport);
  const from = endpointText("header.source", source);
  const to = endpointText("header.destination", destination);
  if (from.protocol !== to.protocol) throw invalidValue("header.destination", "of the source's family", destination);
  return `${from.protocol} ${from.address} ${to.address} ${from.port} ${to.port}`;
}

function endpointText(
  name: string,
  endpoint: SocketAddress | undefined,
): { readonly protocol: string; readonly address: string; readonly port: number } {
  if (endpoint === undefined || !("address" in endpoint)) {
    throw invalidValue(name, "an IPv4 or IPv6 address", endpoint);
  }
  const { family, address, port } = endpoint;
  const bytes = inet_pton(family, address);
  if (bytes === undefined) throw invalidValue(`${name}.address`, "an address in numbers", address);
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) throw invalidValue(`${name}.port`, "a port", port);
  return { protocol: family === AF_INET ? "TCP4" : "TCP6", address: inet_ntop(family, bytes), port };
}
