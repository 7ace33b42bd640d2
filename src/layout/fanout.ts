import type { Fanout } from "../api/options.ts";
import { checkInteger, fieldsOf } from "./argument.ts";
import { type OptionCodec, paddedView, viewOf } from "./codec.ts";

/** PACKET_FANOUT in packet(7): the group's number in the low half, its type and flags in the high one. */
const TYPE_MASK = 0x00ff;
const FLAG_MASK = 0xff00;

export const fanoutCodec: OptionCodec<Fanout> = {
  size: 4,
  encode(value, argument) {
    const { id, type, flags = 0 } = fieldsOf(argument, value, "{ id, type, flags? }");
    checkInteger(`${argument}.id`, id, 0, 0xffff);
    checkInteger(`${argument}.type`, type, 0, TYPE_MASK);
    checkInteger(`${argument}.flags`, flags, 0, FLAG_MASK);
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint16(0, id, true);
    viewOf(bytes).setUint16(2, type | flags, true);
    return bytes;
  },
  decode(bytes) {
    const view = paddedView(bytes, 4);
    const typeFlags = view.getUint16(2, true);
    return { id: view.getUint16(0, true), type: typeFlags & TYPE_MASK, flags: typeFlags & FLAG_MASK };
  },
};
