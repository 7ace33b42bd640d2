import { AF_INET } from "../api/constants.ts";
import { inet_ntop, INET4_LENGTH } from "../netdb/inet.ts";
import { type OptionCodec, paddedView } from "./codec.ts";

/** `struct in_addr` as text: IP_MULTICAST_IF as it is read. */
export const inetAddressCodec: OptionCodec<string> = {
  size: INET4_LENGTH,
  decode(bytes) {
    const view = paddedView(bytes, INET4_LENGTH);
    return inet_ntop(AF_INET, new Uint8Array(view.buffer, view.byteOffset, INET4_LENGTH));
  },
};
