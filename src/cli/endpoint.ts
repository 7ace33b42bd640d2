import type { SocketAddress, UnixAddress } from "../api/address.ts";
import { AF_UNIX } from "../api/constants.ts";
import { getservbyname } from "../netdb/services.ts";
import { usageError } from "./usage-error.ts";

/** The port of the textbook's echo server: 7 is the well-known one, which takes a privilege. */
export const ECHO_PORT = 7007;

/** A port on the command line: a number, or a service's name. */
export function portArgument(text: string | undefined, protocol: "tcp" | "udp"): number {
  if (text === undefined) return ECHO_PORT;
  if (/^[0-9]+$/.test(text)) {
    const port = Number(text);
    if (port <= 0xffff) return port;
    throw usageError(`a port is a number from 0 to 65535, not ${text}`);
  }
  const service = getservbyname(text, protocol);
  if (service === undefined)
    throw usageError(`a port is a number or a service's name, and no ${protocol} service is named "${text}"`);
  return service.port;
}

/** A Unix address on the command line: a path, or `@name` in the abstract namespace. */
export function unixArgument(text: string): UnixAddress {
  if (text === "" || text === "@") throw usageError("--unix needs a path, or @name");
  return { family: AF_UNIX, path: text.startsWith("@") ? `\0${text.slice(1)}` : text };
}

/** The path of a Unix address that is a file; undefined for every other address. */
export function socketFile(address: SocketAddress): string | undefined {
  if (!("path" in address) || typeof address.path !== "string") return undefined;
  return address.path.startsWith("\0") ? undefined : address.path;
}
