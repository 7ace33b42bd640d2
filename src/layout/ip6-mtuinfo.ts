import type { Inet6Address } from "../api/address.ts";
import { AF_INET6 } from "../api/constants.ts";
import type { PathMtu } from "../api/options.ts";
import { sockaddrDecode, SOCKADDR_IN6_SIZE } from "../netdb/sockaddr.ts";
import { type OptionCodec, paddedView } from "./codec.ts";

/** `struct ip6_mtuinfo`, IPV6_PATHMTU in RFC 3542. */
export const IP6_MTUINFO = { size: 32, addr: 0, mtu: 28 } as const;

export const pathMtuCodec: OptionCodec<PathMtu> = {
  size: IP6_MTUINFO.size,
  decode(bytes) {
    const view = paddedView(bytes, IP6_MTUINFO.size);
    const mtu = view.getUint32(IP6_MTUINFO.mtu, true);
    const address = sockaddrDecode(new Uint8Array(view.buffer, view.byteOffset + IP6_MTUINFO.addr, SOCKADDR_IN6_SIZE));
    return address.family === AF_INET6 ? { mtu, address: address as Inet6Address } : { mtu };
  },
};
