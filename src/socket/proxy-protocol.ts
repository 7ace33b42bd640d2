import { invalidValue } from "../api/errors.ts";
import {
  INCOMPLETE,
  PROXY_V2_MAX_BYTES,
  type ProxyHeader,
  type ProxyParse,
  type ProxyTlv,
  withoutAddresses,
} from "./proxy/header.ts";
import { encodeV1, parseV1 } from "./proxy/v1.ts";
import { encodeV2, parseV2 } from "./proxy/v2.ts";

export { PROXY_V1_MAX_BYTES, PROXY_V2_MAX_BYTES } from "./proxy/header.ts";
export type { ProxyHeader, ProxyParse, ProxyTlv } from "./proxy/header.ts";
export * from "./proxy/tlv-types.ts";

/** Which headers are taken: the line of version 1, the binary of version 2, or either. */
export type ProxyVersions = "v1" | "v2" | "any";

export interface ProxyParseOptions {
  /** Default "any". */
  readonly versions?: ProxyVersions | undefined;
  /** The longest version 2 header that is taken, in bytes (default 4,096). A version 1 line has at most 107. */
  readonly maxBytes?: number | undefined;
}

const FIRST_OF_V1 = 0x50; // "P"

/**
 * Reads the PROXY header at the beginning of `bytes`: the PROXY protocol of HAProxy, versions 1 and 2, §2.
 * Call it again with more bytes while the answer is "incomplete"; then every byte so far belongs to the header. What
 * begins like no header is refused at its first wrong byte. A CRC32c in it is checked (§2.2.3).
 * Returns the header and its length, "incomplete", or "refused" with the reason. Never throws for what the bytes hold.
 * Errors: none. Needs no kernel.
 *
 * @example
 * const line = new TextEncoder().encode("PROXY TCP4 192.0.2.1 192.0.2.9 56324 443\r\nGET / HTTP/1.1\r\n");
 * const parsed = parseProxyHeader(line);
 * parsed.state === "header" && parsed.bytes; // 42
 */
export function parseProxyHeader(bytes: Uint8Array, options: ProxyParseOptions = {}): ProxyParse {
  const { versions = "any", maxBytes = PROXY_V2_MAX_BYTES } = options;
  const first = bytes[0];
  if (first === undefined) return INCOMPLETE;
  const isV1 = versions === "any" ? first === FIRST_OF_V1 : versions === "v1";
  return isV1 ? parseV1(bytes) : parseV2(bytes, maxBytes);
}

/** What `encodeProxyHeader` is told: what is left out is the usual. */
export interface ProxyHeaderInput {
  readonly version: 1 | 2;
  /** Default "PROXY". */
  readonly command?: ProxyHeader["command"];
  /** Default "stream" with a source, else undefined. */
  readonly transport?: ProxyHeader["transport"];
  readonly source?: ProxyHeader["source"];
  readonly destination?: ProxyHeader["destination"];
  readonly tlvs?: readonly ProxyTlv[];
  /** Adds a CRC32c (version 2). */
  readonly crc32c?: boolean;
}

/**
 * The bytes of a PROXY header, for the beginning of a connection: the PROXY protocol of HAProxy, §2.
 * Without a source the header says that nothing is known of the client ("UNKNOWN", AF_UNSPEC).
 * Returns the line of version 1 or the binary header of version 2; `parseProxyHeader` gives the same values back.
 * Errors: ERR_INVALID_ARG_VALUE (what the version cannot say: Unix addresses or vectors in version 1, two families),
 * ERR_OUT_OF_RANGE.
 * Needs no kernel.
 *
 * @example
 * const source = { family: AF_INET, address: "192.0.2.1", port: 56324 } as const;
 * const destination = { family: AF_INET, address: "192.0.2.9", port: 443 } as const;
 * encodeProxyHeader({ version: 2, source, destination }).length; // 28
 */
export function encodeProxyHeader(input: ProxyHeaderInput): Uint8Array {
  const { version, command = "PROXY", source } = input;
  const transport = input.transport ?? (source === undefined || command === "LOCAL" ? undefined : "stream");
  const header: ProxyHeader = { ...withoutAddresses(version, command), ...input, command, transport };
  if (version === 1) return encodeV1(header);
  if (version === 2) return encodeV2(header);
  throw invalidValue("header.version", "1 or 2", version);
}
