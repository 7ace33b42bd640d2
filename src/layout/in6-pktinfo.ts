import type { PacketInfo6 } from "../api/message.ts";
import { fieldsOf, inet6Bytes, interfaceIndex } from "./argument.ts";
import { type OptionCodec, viewOf } from "./codec.ts";

/** `struct in6_pktinfo`, IPV6_PKTINFO in ipv6(7). */
export const IN6_PKTINFO = { size: 20, addr: 0, ifindex: 16 } as const;

export const packetInfo6Codec: OptionCodec<PacketInfo6> = {
  size: IN6_PKTINFO.size,
  encode(value, argument) {
    const fields = fieldsOf(argument, value, "{ address, interfaceIndex }");
    const bytes = new Uint8Array(IN6_PKTINFO.size);
    bytes.set(inet6Bytes(`${argument}.address`, fields["address"]), IN6_PKTINFO.addr);
    viewOf(bytes).setInt32(
      IN6_PKTINFO.ifindex,
      interfaceIndex(`${argument}.interfaceIndex`, fields["interfaceIndex"]),
      true,
    );
    return bytes;
  },
};
