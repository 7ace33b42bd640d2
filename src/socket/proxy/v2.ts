import type { SocketAddress } from "../../api/address.ts";
import { AF_INET, AF_INET6, AF_UNIX } from "../../api/constants.ts";
import { invalidValue, outOfRange } from "../../api/errors.ts";
import { inet_ntop, inet_pton } from "../../netdb/inet.ts";
import { sockaddrDecode, sockaddrEncode, SUN_PATH_SIZE } from "../../netdb/sockaddr.ts";
import {
  agree,
  INCOMPLETE,
  internetAddress,
  type InternetFamily,
  type ProxyHeader,
  type ProxyParse,
  refused,
  withoutAddresses,
} from "./header.ts";
import { addChecksum, encodeTlvs, parseTlvs } from "./tlv.ts";

/**
 * The header for machines, PROXY protocol §2.2: signature, version and command, family and transport, length,
 * addresses, vectors.
 */

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const FIXED_BYTES = 16;
const VERSION_AND_COMMAND = 12;
const FAMILY_AND_TRANSPORT = 13;
const LENGTH = 14;

const VERSION_2 = 0x20;
const COMMANDS = ["LOCAL", "PROXY"] as const;
const TRANSPORTS = [undefined, "stream", "dgram"] as const;

/** How the addresses of a family are laid out. */
interface Family {
  /** The code in the high half of the 14th byte. */
  readonly code: number;
  /** Bytes of both addresses, and ports. */
  readonly bytes: number;
  decode(block: Uint8Array): { readonly source: SocketAddress; readonly destination: SocketAddress };
  encode(block: Uint8Array, source: SocketAddress, destination: SocketAddress): void;
}

const inet = internet(1, AF_INET, 4);
const inet6 = internet(2, AF_INET6, 16);
const unix: Family = {
  code: 3,
  bytes: 2 * SUN_PATH_SIZE,
  decode: (block) => ({ source: unixAt(block, 0), destination: unixAt(block, SUN_PATH_SIZE) }),
  encode(block, source, destination) {
    block.set(sockaddrEncode(source).subarray(2), 0);
    block.set(sockaddrEncode(destination).subarray(2), SUN_PATH_SIZE);
  },
};
const FAMILIES: readonly (Family | undefined)[] = [undefined, inet, inet6, unix];

function internet(code: number, family: InternetFamily, size: number): Family {
  const ports = 2 * size;
  return {
    code,
    bytes: ports + 4,
    decode(block) {
      const view = new DataView(block.buffer, block.byteOffset, block.length);
      const address = (at: number): string => inet_ntop(family, block.subarray(at, at + size));
      return {
        source: internetAddress(family, address(0), view.getUint16(ports)),
        destination: internetAddress(family, address(size), view.getUint16(ports + 2)),
      };
    },
    encode(block, source, destination) {
      const view = new DataView(block.buffer, block.byteOffset, block.length);
      for (const [index, endpoint] of [source, destination].entries()) {
        if (!("address" in endpoint)) throw invalidValue("header.source", "an internet address", endpoint);
        const bytes = inet_pton(family, endpoint.address);
        if (bytes === undefined) throw invalidValue("header.source", "an address in numbers", endpoint.address);
        block.set(bytes, index * size);
        view.setUint16(ports + 2 * index, endpoint.port);
      }
    },
  };
}

/** A path in its 108 bytes; the name of an abstract one ends before the zeros that fill them. */
function unixAt(block: Uint8Array, at: number): SocketAddress {
  const path = block.subarray(at, at + SUN_PATH_SIZE);
  let length = path.length;
  while (length > 0 && path[length - 1] === 0) length -= 1;
  const address = new Uint8Array(2 + length);
  new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  address.set(path.subarray(0, length), 2);
  return sockaddrDecode(address);
}

export function parseV2(bytes: Uint8Array, maxBytes: number): ProxyParse {
  if (!agree(bytes, SIGNATURE)) return refused("not the signature of version 2");
  const versionAndCommand = bytes[VERSION_AND_COMMAND];
  if (versionAndCommand === undefined) return INCOMPLETE;
  if ((versionAndCommand & 0xf0) !== VERSION_2) return refused(`version ${versionAndCommand >> 4}`);
  const command = COMMANDS[versionAndCommand & 0x0f];
  if (command === undefined) return refused(`command ${versionAndCommand & 0x0f}`);
  if (bytes.length < FIXED_BYTES) return INCOMPLETE;
  const length = FIXED_BYTES + ((bytes[LENGTH] as number) << 8) + (bytes[LENGTH + 1] as number);
  if (length > maxBytes) return refused(`a header of ${length} bytes; at most ${maxBytes} are taken`);
  if (bytes.length < length) return INCOMPLETE;
  // All that a LOCAL header says is discarded, the family too.
  const header = command === "LOCAL" ? withoutAddresses(2, command) : parseBlock(bytes.subarray(0, length));
  return typeof header === "string" ? refused(header) : { state: "header", header, bytes: length };
}

/** The header, or why it is none. */
function parseBlock(bytes: Uint8Array): ProxyHeader | string {
  const familyAndTransport = bytes[FAMILY_AND_TRANSPORT] as number;
  const code = familyAndTransport >> 4;
  if (code >= FAMILIES.length) return `address family ${code}`;
  if ((familyAndTransport & 0x0f) >= TRANSPORTS.length) return `transport ${familyAndTransport & 0x0f}`;
  const family = FAMILIES[code];
  const transport = TRANSPORTS[familyAndTransport & 0x0f];
  if (family === undefined || transport === undefined) return withoutAddresses(2, "PROXY");
  const addressesEnd = FIXED_BYTES + family.bytes;
  if (bytes.length < addressesEnd) return "the header is shorter than its addresses";
  const vectors = parseTlvs(bytes, addressesEnd);
  if (typeof vectors === "string") return vectors;
  const endpoints = family.decode(bytes.subarray(FIXED_BYTES, addressesEnd));
  return { version: 2, command: "PROXY", transport, ...endpoints, ...vectors };
}

export function encodeV2(header: ProxyHeader): Uint8Array {
  const { command, transport, tlvs } = header;
  if (command === "LOCAL" || transport === undefined) {
    if (tlvs.length > 0) throw invalidValue("header.tlvs", "empty without addresses", tlvs);
    return fixedPart(COMMANDS.indexOf(command), 0, 0);
  }
  const family = familyOf(header);
  const vectors = encodeTlvs(tlvs, header.crc32c);
  const length = family.bytes + vectors.length;
  if (length > 0xffff) throw outOfRange("header.tlvs", "at most 65535 bytes with the addresses", length);
  const bytes = fixedPart(COMMANDS.indexOf(command), (family.code << 4) | TRANSPORTS.indexOf(transport), length);
  const block = bytes.subarray(FIXED_BYTES, FIXED_BYTES + family.bytes);
  family.encode(block, header.source as SocketAddress, header.destination as SocketAddress);
  bytes.set(vectors, FIXED_BYTES + family.bytes);
  if (header.crc32c) addChecksum(bytes);
  return bytes;
}

function fixedPart(command: number, familyAndTransport: number, length: number): Uint8Array {
  const bytes = new Uint8Array(FIXED_BYTES + length);
  bytes.set(SIGNATURE);
  bytes.set([VERSION_2 | command, familyAndTransport, length >> 8, length & 0xff], VERSION_AND_COMMAND);
  return bytes;
}

function familyOf({ source, destination }: ProxyHeader): Family {
  if (source === undefined) throw invalidValue("header.source", "an address, where there is a transport", source);
  if (source.family !== destination?.family) {
    throw invalidValue("header.destination", "an address of the source's family", destination);
  }
  if (source.family === AF_INET) return inet;
  if (source.family === AF_INET6) return inet6;
  if (source.family === AF_UNIX) return unix;
  throw invalidValue("header.source", "an IPv4, IPv6 or Unix address", source);
}
