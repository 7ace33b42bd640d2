import * as v4 from "../wire/icmpv4.ts";
import * as v6 from "../wire/icmpv6.ts";
import * as mld from "../wire/mld.ts";
import * as nd from "../wire/neighbour-discovery.ts";

const UNREACHABLE4: Readonly<Record<number, string>> = {
  [v4.UNREACHABLE_NET]: "net unreachable",
  [v4.UNREACHABLE_HOST]: "host unreachable",
  [v4.UNREACHABLE_PROTOCOL]: "protocol unreachable",
  [v4.UNREACHABLE_PORT]: "port unreachable",
  [v4.UNREACHABLE_FRAGMENTATION_NEEDED]: "fragmentation needed",
  [v4.UNREACHABLE_FILTERED]: "administratively prohibited",
};

const UNREACHABLE6: Readonly<Record<number, string>> = {
  [v6.UNREACHABLE6_NO_ROUTE]: "no route",
  [v6.UNREACHABLE6_PROHIBITED]: "administratively prohibited",
  [v6.UNREACHABLE6_BEYOND_SCOPE]: "beyond scope of source",
  [v6.UNREACHABLE6_ADDRESS]: "address unreachable",
  [v6.UNREACHABLE6_PORT]: "port unreachable",
};

const TYPES6: Readonly<Record<number, string>> = {
  [v6.ICMPV6_TIME_EXCEEDED]: "time exceeded",
  [v6.ICMPV6_PARAMETER_PROBLEM]: "parameter problem",
  [nd.ROUTER_SOLICITATION]: "router solicitation",
  [nd.ROUTER_ADVERTISEMENT]: "router advertisement",
  [nd.NEIGHBOUR_SOLICITATION]: "neighbour solicitation",
  [nd.NEIGHBOUR_ADVERTISEMENT]: "neighbour advertisement",
  [nd.REDIRECT]: "redirect",
  [mld.MLD_QUERY]: "multicast listener query",
  [mld.MLDV1_REPORT]: "multicast listener report",
  [mld.MLDV1_DONE]: "multicast listener done",
  [mld.MLDV2_REPORT]: "multicast listener report v2",
};

/** An ICMP message without its name: "echo id 7 seq 1", "port unreachable". */
export function icmpv4Text(view: DataView, start: number, end: number): string {
  const message = new v4.Icmpv4Message();
  if (v4.parseIcmpv4(view, start, end, message) !== 0) return "truncated";
  const { type, code, identifier, sequence } = message;
  switch (type) {
    case v4.ICMPV4_ECHO:
      return `echo id ${identifier} seq ${sequence}`;
    case v4.ICMPV4_ECHO_REPLY:
      return `echo reply id ${identifier} seq ${sequence}`;
    case v4.ICMPV4_UNREACHABLE: {
      const text = UNREACHABLE4[code] ?? `unreachable, code ${code}`;
      return code === v4.UNREACHABLE_FRAGMENTATION_NEEDED ? `${text}, mtu ${message.nextHopMtu}` : text;
    }
    case v4.ICMPV4_TIME_EXCEEDED:
      return code === v4.EXCEEDED_IN_TRANSIT ? "time exceeded in transit" : "time exceeded in reassembly";
    case v4.ICMPV4_REDIRECT:
      return "redirect";
    case v4.ICMPV4_PARAMETER_PROBLEM:
      return `parameter problem at ${message.pointer}`;
    default:
      return `type ${type} code ${code}`;
  }
}

/** The same of ICMPv6. */
export function icmpv6Text(view: DataView, start: number, end: number): string {
  const message = new v6.Icmpv6Message();
  if (v6.parseIcmpv6(view, start, end, message) !== 0) return "truncated";
  const { type, code, identifier, sequence } = message;
  switch (type) {
    case v6.ICMPV6_ECHO:
      return `echo id ${identifier} seq ${sequence}`;
    case v6.ICMPV6_ECHO_REPLY:
      return `echo reply id ${identifier} seq ${sequence}`;
    case v6.ICMPV6_UNREACHABLE:
      return UNREACHABLE6[code] ?? `unreachable, code ${code}`;
    case v6.ICMPV6_PACKET_TOO_BIG:
      return `packet too big, mtu ${message.mtu}`;
    default:
      return TYPES6[type] ?? `type ${type} code ${code}`;
  }
}
