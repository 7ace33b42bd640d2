import type { GroupMembership } from "../api/options.ts";
import { fieldsOf, inet6Bytes, interfaceIndex } from "./argument.ts";
import { type OptionCodec, viewOf } from "./codec.ts";

/** `struct ipv6_mreq`, IPV6_ADD_MEMBERSHIP in ipv6(7). */
export const IPV6_MREQ = { size: 20, multiaddr: 0, interface: 16 } as const;

export const membership6Codec: OptionCodec<GroupMembership> = {
  size: IPV6_MREQ.size,
  encode(value, argument) {
    const fields = fieldsOf(argument, value, "{ group, interfaceIndex? }");
    const bytes = new Uint8Array(IPV6_MREQ.size);
    bytes.set(inet6Bytes(`${argument}.group`, fields["group"]), IPV6_MREQ.multiaddr);
    const index = interfaceIndex(`${argument}.interfaceIndex`, fields["interfaceIndex"]);
    viewOf(bytes).setInt32(IPV6_MREQ.interface, index, true);
    return bytes;
  },
};
