import { MCAST_INCLUDE } from "../api/constants.ts";
import type { SourceFilter } from "../api/options.ts";
import { checkInteger, elementsOf, fieldsOf, inet4Bytes } from "./argument.ts";
import { type OptionCodec, viewOf } from "./codec.ts";

/** `struct ip_msfilter`, IP_MSFILTER in ip(7): its head, and one sender of those that follow. */
export const IP_MSFILTER_REQUEST = { size: 20, multiaddr: 0, interface: 4, fmode: 8, numsrc: 12, slist: 16 } as const;

/** The most senders that are listed; the system's own limit (igmp_max_msf) is 10 unless raised. */
export const MOST_SOURCES = 1024;

export const sourceFilterCodec: OptionCodec<SourceFilter> = {
  size: IP_MSFILTER_REQUEST.size,
  encode(value, argument) {
    const fields = fieldsOf(argument, value, "{ group, interfaceAddress?, mode, sources }");
    const { mode } = fields;
    const sources = elementsOf(`${argument}.sources`, fields["sources"], "IPv4 addresses", MOST_SOURCES);
    checkInteger(`${argument}.mode`, mode, 0, MCAST_INCLUDE);
    const bytes = new Uint8Array(IP_MSFILTER_REQUEST.slist + 4 * sources.length);
    bytes.set(inet4Bytes(`${argument}.group`, fields["group"]), IP_MSFILTER_REQUEST.multiaddr);
    if (fields["interfaceAddress"] !== undefined) {
      bytes.set(inet4Bytes(`${argument}.interfaceAddress`, fields["interfaceAddress"]), IP_MSFILTER_REQUEST.interface);
    }
    viewOf(bytes).setUint32(IP_MSFILTER_REQUEST.fmode, mode, true);
    viewOf(bytes).setUint32(IP_MSFILTER_REQUEST.numsrc, sources.length, true);
    sources.forEach((source, index) => {
      bytes.set(inet4Bytes(`${argument}.sources[${index}]`, source), IP_MSFILTER_REQUEST.slist + 4 * index);
    });
    return bytes;
  },
};
