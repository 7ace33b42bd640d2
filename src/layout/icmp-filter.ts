import type { IcmpFilter } from "../api/options.ts";
import { checkInteger, elementsOf, fieldsOf } from "./argument.ts";
import type { OptionCodec } from "./codec.ts";

/** `struct icmp_filter`, raw(7): a bit of each type from 0 to 31, set when it is blocked. Other types pass. */
export const ICMP_FILTER_MASK = { size: 4, data: 0 } as const;
/** `struct icmp6_filter`, RFC 3542 section 3.2: a bit of each type from 0 to 255. */
export const ICMP6_FILTER_MASK = { size: 32, filt: 0 } as const;

/** A mask in 32-bit words: bit 0 of the first byte is type 0, on a little-endian machine. */
function maskCodec(size: number): OptionCodec<IcmpFilter> {
  return {
    size,
    encode(value, argument) {
      const fields = fieldsOf(argument, value, "{ block: types } or { pass: types }");
      const name = fields["pass"] === undefined ? "block" : "pass";
      const types = elementsOf(`${argument}.${name}`, fields[name], "ICMP types", size * 8);
      const mask = new Uint8Array(size).fill(name === "pass" ? 0xff : 0);
      types.forEach((type, index) => {
        checkInteger(`${argument}.${name}[${index}]`, type, 0, size * 8 - 1);
        const bit = 1 << (type & 7);
        const byte = mask[type >> 3] as number;
        mask[type >> 3] = name === "pass" ? byte & ~bit : byte | bit;
      });
      return mask;
    },
    decode(bytes) {
      const block: number[] = [];
      for (let type = 0; type < bytes.length * 8; type++) {
        if (((bytes[type >> 3] as number) >> (type & 7)) & 1) block.push(type);
      }
      return { block };
    },
  };
}

export const icmpFilterCodec: OptionCodec<IcmpFilter> = maskCodec(ICMP_FILTER_MASK.size);
export const icmp6FilterCodec: OptionCodec<IcmpFilter> = maskCodec(ICMP6_FILTER_MASK.size);
