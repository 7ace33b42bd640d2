import type { SourceMembership } from "../api/options.ts";
import { fieldsOf, inet4Bytes } from "./argument.ts";
import type { OptionCodec } from "./codec.ts";

/** `struct ip_mreq_source`, IP_ADD_SOURCE_MEMBERSHIP in ip(7). */
export const IP_MREQ_SOURCE = { size: 12, multiaddr: 0, interface: 4, sourceaddr: 8 } as const;

export const sourceMembershipCodec: OptionCodec<SourceMembership> = {
  size: IP_MREQ_SOURCE.size,
  encode(value, argument) {
    const fields = fieldsOf(argument, value, "{ group, source, interfaceAddress? }");
    const bytes = new Uint8Array(IP_MREQ_SOURCE.size);
    bytes.set(inet4Bytes(`${argument}.group`, fields["group"]), IP_MREQ_SOURCE.multiaddr);
    bytes.set(inet4Bytes(`${argument}.source`, fields["source"]), IP_MREQ_SOURCE.sourceaddr);
    if (fields["interfaceAddress"] !== undefined) {
      bytes.set(inet4Bytes(`${argument}.interfaceAddress`, fields["interfaceAddress"]), IP_MREQ_SOURCE.interface);
    }
    return bytes;
  },
};
