import {
  emitIcmpv4,
  ICMPV4_HEADER_BYTES,
  ICMPV4_REDIRECT,
  Icmpv4Message,
  REDIRECT_HOST,
  sealIcmpv4,
} from "../../wire/icmpv4.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from "../../wire/ip-protocol.ts";
import {
  emitNeighbourDiscovery,
  NEIGHBOUR_HOP_LIMIT,
  NeighbourMessage,
  REDIRECT,
} from "../../wire/neighbour-discovery.ts";
import {
  emitNeighbourOption,
  emitRedirectedHeader,
  NeighbourOption,
  redirectedPacketStart,
  TARGET_LINK_LAYER_ADDRESS,
} from "../../wire/neighbour-option.ts";
import type { StackContext } from "../context.ts";
import type { Redirects } from "../ip/forwarding.ts";
import { IpAddress } from "../ip/address.ts";
import type { Output } from "../ip/output.ts";
import type { PathCache } from "../ip/path-cache.ts";
import type { Path } from "../ip/path.ts";
import type { Routing } from "../ip/routing.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import type { Interface } from "../link/interface.ts";
import { INCOMPLETE } from "../link/neighbour.ts";
import { PACKET_FOR_HOST, type Packet } from "../packet.ts";
import type { IcmpRateLimit } from "./rate-limit.ts";
import { sealPacketIcmpv6 } from "./seal.ts";

/** As much of the packet as fits: RFC 1812 §4.3.2.3, RFC 4861 §8.2. */
const IPV4_QUOTED_BYTES: number = 576 - 20 - ICMPV4_HEADER_BYTES;
/** 1280 bytes without IPv6's header, the redirect's, and the options before the packet. */
const IPV6_QUOTED_BYTES: number = 1280 - 40 - 40 - 8 - 8;

/** Tells hosts on a link of a better first hop: RFC 1812 §5.2.7.2, RFC 4861 §8.2. */
export class RedirectOutput implements Redirects {
  /** net.ipv4.conf.all.send_redirects. */
  isSending = true;
  sent = 0;
  readonly #context: StackContext;
  readonly #routing: Routing;
  readonly #paths: PathCache;
  readonly #output: Output;
  readonly #limit: IcmpRateLimit;
  readonly #v4: Icmpv4Message = new Icmpv4Message();
  readonly #v6: NeighbourMessage = new NeighbourMessage();
  readonly #option: NeighbourOption = new NeighbourOption();
  readonly #options: IpSendOptions = new IpSendOptions();

  constructor(context: StackContext, routing: Routing, paths: PathCache, output: Output, limit: IcmpRateLimit) {
    this.#context = context;
    this.#routing = routing;
    this.#paths = paths;
    this.#output = output;
    this.#limit = limit;
  }

  redirect(packet: Packet, ip: IpHeader, path: Path, iface: Interface): void {
    if (!this.isSending || packet.packetType !== PACKET_FOR_HOST) return;
    const source = IpAddress.sourceOf(ip);
    if (!this.#isNeighbour(source, iface)) return;
    const { source0: s0, source1: s1, source2: s2, source3: s3 } = ip;
    if (!this.#limit.allows(s0, s1, s2, s3)) return;
    if (ip.version === 4) this.#send4(packet, ip, path, iface);
    else this.#send6(packet, ip, path, iface);
  }

  /** Whether the sender is on the link, and not behind another router of it. */
  #isNeighbour(source: IpAddress, iface: Interface): boolean {
    const { w0, w1, w2, w3, version } = source;
    const route = this.#routing.routes.lookup(w0, w1, w2, w3, version, iface.index);
    return route !== undefined && route.gateway === undefined && route.iface === iface;
  }

  #send4(about: Packet, ip: IpHeader, path: Path, iface: Interface): void {
    // RFC 1812 §5.2.7.2: the better hop has an address of the sender's own prefix.
    if (!this.#isNeighbour(path.nextHop, iface)) return;
    const back = this.#paths.path(0, 0, ip.source2, ip.source3, undefined, PROTOCOL_ICMP, iface.index);
    const quoted = Math.min(about.end - about.network, IPV4_QUOTED_BYTES);
    const packet = typeof back === "number" ? undefined : this.#context.pool.allocate(ICMPV4_HEADER_BYTES + quoted);
    if (typeof back === "number" || packet === undefined) return;
    const message = this.#v4;
    message.type = ICMPV4_REDIRECT;
    message.code = REDIRECT_HOST;
    message.gateway = path.nextHop.w3;
    const at = emitIcmpv4(packet.view, packet.start, message);
    packet.bytes.set(about.bytes.subarray(about.network, about.network + quoted), at);
    packet.end = at + quoted;
    sealIcmpv4(packet.view, packet.start, packet.end);
    this.#options.hopLimit = -1;
    this.sent++;
    this.#output.send(packet, back, this.#options);
  }

  #send6(about: Packet, ip: IpHeader, path: Path, iface: Interface): void {
    // RFC 4861 §8.2: it comes from the link-local address by which hosts know this router.
    const own = iface.addresses.find(({ address, isAssigned }) => isAssigned && address.isLinkLocal);
    const isRouter = !path.nextHop.equals(path.destination);
    if (own === undefined || (isRouter && !path.nextHop.isLinkLocal)) return;
    const { source0: s0, source1: s1, source2: s2, source3: s3 } = ip;
    const back = this.#paths.path(s0, s1, s2, s3, own.address, PROTOCOL_ICMPV6, iface.index);
    const quoted = Math.min(about.end - about.network, IPV6_QUOTED_BYTES);
    const packet = typeof back === "number" ? undefined : this.#context.pool.allocate(64 + quoted);
    if (typeof back === "number" || packet === undefined) return;
    let at = emitNeighbourDiscovery(packet.view, packet.start, this.#message6(path));
    const { neighbour } = path;
    if (neighbour !== undefined && neighbour.state !== INCOMPLETE) {
      this.#option.type = TARGET_LINK_LAYER_ADDRESS;
      this.#option.addressHigh = neighbour.hardwareHigh;
      this.#option.addressLow = neighbour.hardwareLow;
      at = emitNeighbourOption(packet.view, at, this.#option);
    }
    const quoteAt = redirectedPacketStart(at);
    packet.bytes.set(about.bytes.subarray(about.network, about.network + quoted), quoteAt);
    packet.end = emitRedirectedHeader(packet.view, at, quoteAt + quoted);
    sealPacketIcmpv6(packet, back);
    this.#options.hopLimit = NEIGHBOUR_HOP_LIMIT;
    this.sent++;
    this.#output.send(packet, back, this.#options);
  }

  #message6({ nextHop, destination }: Path): NeighbourMessage {
    const message = this.#v6;
    message.type = REDIRECT;
    message.target0 = nextHop.w0;
    message.target1 = nextHop.w1;
    message.target2 = nextHop.w2;
    message.target3 = nextHop.w3;
    message.destination0 = destination.w0;
    message.destination1 = destination.w1;
    message.destination2 = destination.w2;
    message.destination3 = destination.w3;
    return message;
  }
}
