import { invalidType } from "../api/errors.ts";
import type { Membership } from "../api/options.ts";
import { fieldsOf, inet4Bytes, interfaceIndex } from "./argument.ts";
import { type OptionCodec, viewOf } from "./codec.ts";

/** `struct ip_mreqn`, IP_ADD_MEMBERSHIP in ip(7). */
export const IP_MREQN = { size: 12, multiaddr: 0, address: 4, ifindex: 8 } as const;

export const membershipCodec: OptionCodec<Membership> = {
  size: IP_MREQN.size,
  encode(value, argument) {
    const fields = fieldsOf(argument, value, "{ group, interfaceIndex?, interfaceAddress? }");
    const bytes = new Uint8Array(IP_MREQN.size);
    bytes.set(inet4Bytes(`${argument}.group`, fields["group"]), IP_MREQN.multiaddr);
    const { interfaceAddress } = fields;
    if (interfaceAddress !== undefined) {
      bytes.set(inet4Bytes(`${argument}.interfaceAddress`, interfaceAddress), IP_MREQN.address);
    }
    const index = interfaceIndex(`${argument}.interfaceIndex`, fields["interfaceIndex"]);
    viewOf(bytes).setInt32(IP_MREQN.ifindex, index, true);
    return bytes;
  },
};

/** IP_MULTICAST_IF as it is set: the same structure without a group. */
export const multicastInterfaceCodec: OptionCodec<number | string> = {
  size: IP_MREQN.size,
  encode(value, argument) {
    const bytes = new Uint8Array(IP_MREQN.size);
    if (typeof value === "string") bytes.set(inet4Bytes(argument, value), IP_MREQN.address);
    else if (typeof value === "number") viewOf(bytes).setInt32(IP_MREQN.ifindex, interfaceIndex(argument, value), true);
    else throw invalidType(argument, "an interface's index or its IPv4 address", value);
    return bytes;
  },
};
