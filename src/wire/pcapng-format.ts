/** The format of captures that Wireshark reads: draft-ietf-opsawg-pcapng. What its writer and its reader share. */

/** Types of blocks. */
export const BLOCK_SECTION_HEADER = 0x0a0d0d0a;
export const BLOCK_INTERFACE = 1;
export const BLOCK_SIMPLE_PACKET = 3;
export const BLOCK_NAME_RESOLUTION = 4;
export const BLOCK_ENHANCED_PACKET = 6;

/** Tells the byte order of a section. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Options of all blocks. */
export const OPTION_END_OF_OPTIONS = 0;
export const OPTION_COMMENT = 1;
/** Options of the section header. */
export const OPTION_HARDWARE = 2;
export const OPTION_SYSTEM = 3;
export const OPTION_APPLICATION = 4;
/** Options of an interface. */
export const OPTION_INTERFACE_NAME = 2;
export const OPTION_INTERFACE_DESCRIPTION = 3;
export const OPTION_TIME_RESOLUTION = 9;
export const OPTION_TIME_OFFSET = 14;
/** Options of an enhanced packet. */
export const OPTION_PACKET_FLAGS = 2;

/** Types of names. */
export const NAME_END = 0;
export const NAME_IPV4 = 1;
export const NAME_IPV6 = 2;

/** What a packet begins with: www.tcpdump.org/linktypes.html. */
export const LINKTYPE_ETHERNET = 1;
/** An IPv4 or IPv6 header. */
export const LINKTYPE_RAW = 101;

/** Bytes of a text option: its length has 16 bits. Longer text is cut. */
export const MAX_OPTION_BYTES = 0xffff;

/** Bytes of the type and length before a block's body, and of the length behind it. */
export const BLOCK_HEAD_BYTES = 8;
export const BLOCK_TAIL_BYTES = 4;

/** Which way a packet went through its interface. */
export type Direction = "in" | "out";

/** Blocks, options and packets are padded to multiples of four. */
export function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}

/** What is said of a section. */
export interface SectionInfo {
  readonly hardware?: string;
  readonly system?: string;
  readonly application?: string;
  readonly comments?: readonly string[];
}

/** What is said of an interface. */
export interface InterfaceInfo {
  readonly linkType: number;
  /** Bytes of each packet that are kept at most; 0 for all. */
  readonly snapBytes?: number;
  readonly name?: string;
  readonly description?: string;
  readonly comments?: readonly string[];
  /** Seconds to add to every time. */
  readonly offsetS?: number;
}

/** Names of one address. */
export interface AddressNames {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly names: readonly string[];
}
