import type { SocketAddress } from "../../api/address.ts";
import { AF_INET, type AF_INET6 } from "../../api/constants.ts";

export type InternetFamily = typeof AF_INET | typeof AF_INET6;

/** Bytes of the longest version 1 line, with its CR LF: PROXY protocol §2.1. */
export const PROXY_V1_MAX_BYTES = 107;

/**
 * Bytes of the longest version 2 header that is taken where no other limit is given; the length field allows 65,551.
 */
export const PROXY_V2_MAX_BYTES = 4096;

/** More that the proxy knows of the connection: PROXY protocol §2.2.1 and after, PP2_TYPE_…. */
export interface ProxyTlv {
  /** 0 to 255. */
  readonly type: number;
  readonly value: Uint8Array;
}

/** What a PROXY header says of the connection that a proxy passes on. */
export interface ProxyHeader {
  readonly version: 1 | 2;
  /** "LOCAL": the proxy's own connection, such as a health check; only version 2 says so. */
  readonly command: "PROXY" | "LOCAL";
  /** What the proxy's client speaks; undefined where the proxy does not say ("UNKNOWN", AF_UNSPEC, "LOCAL"). */
  readonly transport: "stream" | "dgram" | undefined;
  /** The proxy's client; undefined, as `destination`, where `transport` is: the real addresses count. */
  readonly source: SocketAddress | undefined;
  /** Where that client connected to. */
  readonly destination: SocketAddress | undefined;
  /** Empty in version 1, and where `transport` is undefined. */
  readonly tlvs: readonly ProxyTlv[];
  /** The header carries a CRC32c of itself, which is right. */
  readonly crc32c: boolean;
}

/** A header, or why there is none (yet). */
export type ProxyParse =
  | {
      readonly state: "header";
      readonly header: ProxyHeader;
      /** Bytes of the header: what follows is the client's. */
      readonly bytes: number;
    }
  /** A part of a header so far: every byte belongs to it, and at least one more. */
  | { readonly state: "incomplete" }
  | { readonly state: "refused"; readonly reason: string };

export const INCOMPLETE: ProxyParse = { state: "incomplete" };

export function refused(reason: string): ProxyParse {
  return { state: "refused", reason };
}

/** A header that says nothing of addresses. */
export function withoutAddresses(version: 1 | 2, command: "PROXY" | "LOCAL"): ProxyHeader {
  const nothing = { transport: undefined, source: undefined, destination: undefined };
  return { version, command, ...nothing, tlvs: [], crc32c: false };
}

/** True when `bytes` and `expected` are equal as far as both go. */
export function agree(bytes: Uint8Array, expected: Uint8Array): boolean {
  const length = Math.min(bytes.length, expected.length);
  for (let index = 0; index < length; index += 1) if (bytes[index] !== expected[index]) return false;
  return true;
}

export function internetAddress(family: InternetFamily, address: string, port: number): SocketAddress {
  return family === AF_INET ? { family, address, port } : { family, address, port };
}
