import { invalidValue, outOfRange } from "../../api/errors.ts";
import { crc32c } from "./crc32c.ts";
import type { ProxyTlv } from "./header.ts";
import { PP2_TYPE_CRC32C } from "./tlv-types.ts";

/** A type byte and two bytes of length. */
const TLV_HEADER = 3;
const CRC_BYTES = 4;

/**
 * The vectors from `offset` to the end of a whole header; a CRC32c among them is checked, and left out. Or why they are
 * wrong.
 */
export function parseTlvs(header: Uint8Array, offset: number): { tlvs: ProxyTlv[]; crc32c: boolean } | string {
  const tlvs: ProxyTlv[] = [];
  let checked = false;
  for (let at = offset; at < header.length;) {
    if (at + TLV_HEADER > header.length) return "a type-length-value is cut off";
    const type = header[at] as number;
    const value = at + TLV_HEADER;
    const end = value + ((header[at + 1] as number) << 8) + (header[at + 2] as number);
    if (end > header.length) return "a type-length-value is longer than the header";
    if (type === PP2_TYPE_CRC32C) {
      if (checked) return "two checksums";
      if (end - value !== CRC_BYTES) return "a checksum that is not of 4 bytes";
      if (!isRight(header, value)) return "the checksum is wrong";
      checked = true;
    } else {
      tlvs.push({ type, value: header.slice(value, end) });
    }
    at = end;
  }
  return { tlvs, crc32c: checked };
}

/** PROXY protocol §2.2.3: the sum is that of the header with zeros in the sum's place. */
function isRight(header: Uint8Array, at: number): boolean {
  const zeroed = header.slice();
  zeroed.fill(0, at, at + CRC_BYTES);
  return new DataView(header.buffer, header.byteOffset).getUint32(at) === crc32c(zeroed);
}

/** The vectors' bytes, with room for a checksum at their end where one is wanted. */
export function encodeTlvs(tlvs: readonly ProxyTlv[], withChecksum: boolean): Uint8Array {
  const all = withChecksum ? [...tlvs, { type: PP2_TYPE_CRC32C, value: new Uint8Array(CRC_BYTES) }] : tlvs;
  const bytes = new Uint8Array(all.reduce((sum, { value }) => sum + TLV_HEADER + value.length, 0));
  let at = 0;
  for (const { type, value } of all) {
    if (!Number.isInteger(type) || type < 0 || type > 0xff)
      throw outOfRange("tlv.type", "an integer from 0 to 255", type);
    if (value.length > 0xffff) throw outOfRange("tlv.value.length", "at most 65535", value.length);
    bytes.set([type, value.length >> 8, value.length & 0xff], at);
    bytes.set(value, at + TLV_HEADER);
    at += TLV_HEADER + value.length;
  }
  if (tlvs.some(({ type }) => type === PP2_TYPE_CRC32C)) {
    throw invalidValue("header.tlvs", "without a checksum: set header.crc32c", PP2_TYPE_CRC32C);
  }
  return bytes;
}

/** Fills in the checksum that `encodeTlvs` left room for at the end of the header. */
export function addChecksum(header: Uint8Array): void {
  new DataView(header.buffer, header.byteOffset).setUint32(header.length - CRC_BYTES, crc32c(header));
}
