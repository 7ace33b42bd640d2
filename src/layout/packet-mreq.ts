import { invalidType, outOfRange } from "../api/errors.ts";
import type { PacketMembership } from "../api/options.ts";
import { checkInteger, fieldsOf, INT_MAX } from "./argument.ts";
import { type OptionCodec, viewOf } from "./codec.ts";

/** `struct packet_mreq`, PACKET_ADD_MEMBERSHIP in packet(7). */
export const PACKET_MREQ = { size: 16, ifindex: 0, type: 4, alen: 6, address: 8 } as const;
const ADDRESS_SIZE = 8;

export const packetMembershipCodec: OptionCodec<PacketMembership> = {
  size: PACKET_MREQ.size,
  encode(value, argument) {
    const fields = fieldsOf(argument, value, "{ interfaceIndex, type, address? }");
    const { interfaceIndex: index, type, address = new Uint8Array() } = fields;
    checkInteger(`${argument}.interfaceIndex`, index, 0, INT_MAX);
    checkInteger(`${argument}.type`, type, 0, 0xffff);
    if (!(address instanceof Uint8Array)) throw invalidType(`${argument}.address`, "a Uint8Array", address);
    if (address.length > ADDRESS_SIZE) {
      throw outOfRange(`${argument}.address.length`, `at most ${ADDRESS_SIZE}`, address.length);
    }
    const bytes = new Uint8Array(PACKET_MREQ.size);
    const view = viewOf(bytes);
    view.setInt32(PACKET_MREQ.ifindex, index, true);
    view.setUint16(PACKET_MREQ.type, type, true);
    view.setUint16(PACKET_MREQ.alen, address.length, true);
    bytes.set(address, PACKET_MREQ.address);
    return bytes;
  },
};
