import type { SocketAddress } from "../../api/address.ts";
import { AF_INET, AF_INET6 } from "../../api/constants.ts";
import { invalidValue } from "../../api/errors.ts";
import { inet_pton } from "../../netdb/inet.ts";

/** The first bytes of an IPv4 address that an IPv6 socket shows: RFC 4291 (2.5.5.2). */
const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

interface Prefix {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** Addresses and prefixes: "192.0.2.1", "10.0.0.0/8", "2001:db8::/32"; "unix" stands for all Unix-domain peers. */
export class AddressList {
  readonly #prefixes: readonly Prefix[];
  readonly #unix: boolean;

  constructor(name: string, entries: readonly string[]) {
    this.#unix = entries.includes("unix");
    this.#prefixes = entries.filter((entry) => entry !== "unix").map((entry) => prefix(name, entry));
  }

  has(address: SocketAddress): boolean {
    if ("path" in address) return this.#unix;
    if (!("address" in address)) return false;
    const bytes = addressBytes(address.address);
    return bytes !== undefined && this.#prefixes.some((entry) => begins(bytes, entry));
  }
}

function prefix(name: string, entry: string): Prefix {
  const [address = "", bitsText, ...more] = entry.split("/");
  const isInet4 = inet_pton(AF_INET, address) !== undefined;
  const bytes = addressBytes(address);
  const most = isInet4 ? 32 : 128;
  const bits = bitsText === undefined ? most : /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : Infinity;
  if (bytes === undefined || bits > most || more.length > 0) {
    throw invalidValue(name, 'addresses, prefixes such as "10.0.0.0/8", or "unix"', entry);
  }
  return { bytes, bits: isInet4 ? bits + MAPPED.length * 8 : bits };
}

/** 16 bytes; an IPv4 address as IPv6 shows it, so that both forms are equal. A zone is left out. */
function addressBytes(text: string): Uint8Array | undefined {
  const inet4 = inet_pton(AF_INET, text);
  return inet4 === undefined ? inet_pton(AF_INET6, text.split("%")[0] as string) : Uint8Array.of(...MAPPED, ...inet4);
}

function begins(bytes: Uint8Array, { bytes: wanted, bits }: Prefix): boolean {
  for (let at = 0; at * 8 < bits; at += 1) {
    const rest = Math.min(8, bits - at * 8);
    const mask = (0xff00 >> rest) & 0xff;
    if ((((bytes[at] as number) ^ (wanted[at] as number)) & mask) !== 0) return false;
  }
  return true;
}
