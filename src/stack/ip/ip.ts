import { IpHeader } from "../../wire/ip-header.ts";
import { parseIpv4 } from "../../wire/ipv4.ts";
import { parseIpv6 } from "../../wire/ipv6.ts";
import { OK } from "../../wire/reason.ts";
import type { StackContext } from "../context.ts";
import { IcmpErrorSender } from "../icmp/error-sender.ts";
import { HOST_UNREACHABLE, REASSEMBLY_EXCEEDED } from "../icmp/ip-errors.ts";
import { RedirectOutput } from "../icmp/redirect-output.ts";
import type { Backlog } from "../link/backlog.ts";
import type { Interface } from "../link/interface.ts";
import type { Interfaces } from "../link/interfaces.ts";
import type { NetworkInput } from "../link/link-context.ts";
import { type GroupReporter, Groups } from "../multicast/groups.ts";
import type { Packet } from "../packet.ts";
import type { IpAddress } from "./address.ts";
import { Forwarding } from "./forwarding.ts";
import { Input, type RawDelivery } from "./input.ts";
import type { IpOutput, PathRequest } from "./ip-output.ts";
import { Output } from "./output.ts";
import { PathCache } from "./path-cache.ts";
import type { Path } from "./path.ts";
import { Reassembly, type ReassemblyTimeout } from "./reassembly.ts";
import { Routing } from "./routing.ts";
import type { IpSendOptions } from "./send-options.ts";
import type { Transport } from "./transport.ts";

/** What the layer needs that is made after it. */
export interface IpUsers {
  readonly raw: RawDelivery;
  readonly reporter: GroupReporter;
}

/** Both versions of IP: what comes from the links, and what goes to them. */
export class Ip implements IpOutput, NetworkInput, ReassemblyTimeout {
  readonly interfaces: Interfaces;
  readonly routing: Routing;
  readonly paths: PathCache;
  readonly groups: Groups;
  readonly output: Output;
  readonly errors: IcmpErrorSender;
  readonly forwarding: Forwarding;
  readonly reassembly: Reassembly;
  readonly input: Input;
  readonly redirects: RedirectOutput;
  readonly #header: IpHeader = new IpHeader();

  constructor(context: StackContext, interfaces: Interfaces, backlog: Backlog, users: IpUsers) {
    this.interfaces = interfaces;
    this.routing = new Routing(context, interfaces);
    this.paths = new PathCache(this.routing, context.random.uint32());
    this.groups = new Groups(context.random.uint32(), {
      changed: (group, before) => users.reporter.changed(group, before),
    });
    this.output = new Output(context, this.routing, this.groups, backlog);
    this.errors = new IcmpErrorSender(context, this.routing, this.paths, this.output);
    this.redirects = new RedirectOutput(context, this.routing, this.paths, this.output, this.errors.limit);
    this.forwarding = new Forwarding(context, this.paths, this.output, this.errors, this.redirects);
    this.reassembly = new Reassembly(context, this);
    const raw: RawDelivery = { deliver: (packet, ip) => users.raw.deliver(packet, ip) };
    this.input = new Input(this.routing, this.groups, this.reassembly, this.forwarding, this.errors, raw);
  }

  /** Registers the transport of a protocol number. */
  register(protocol: number, transport: Transport): void {
    this.input.transports[protocol] = transport;
  }

  receive(packet: Packet, iface: Interface): void {
    this.input.receive(packet, iface);
  }

  unreachable(packet: Packet): void {
    this.#reportWhole(HOST_UNREACHABLE, packet);
  }

  timedOut(first: Packet): void {
    this.#reportWhole(REASSEMBLY_EXCEEDED, first);
  }

  route(request: PathRequest): Path | number {
    return this.routing.route(request);
  }

  replyPath(ip: IpHeader, packet: Packet): Path | undefined {
    return this.paths.reply(ip, packet, ip.protocol);
  }

  /** A path that is kept for whoever asks for the same again; a negative errno when there is none. */
  cachedPath(
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    source: IpAddress | undefined,
    protocol: number,
    iface: number,
  ): Path | number {
    return this.paths.path(w0, w1, w2, w3, source, protocol, iface);
  }

  send(packet: Packet, path: Path, options: IpSendOptions): number {
    return this.output.send(packet, path, options);
  }

  /** Sends a packet that has its IP header, at `packet.start`. */
  sendWhole(packet: Packet, path: Path): void {
    this.output.sendWhole(packet, path);
  }

  /** An identification for a packet with a header of its sender's. */
  identify(path: Path): number {
    return this.output.identify(path, 1) & 0xffff;
  }

  refresh(path: Path): number {
    return this.routing.refresh(path);
  }

  reducePathMtu(path: Path, mtu: number, packetBytes: number): boolean {
    return this.routing.reducePathMtu(path, mtu, packetBytes);
  }

  confirm(path: Path): void {
    const { neighbour, iface } = path;
    if (neighbour !== undefined) iface.link.confirm(neighbour);
  }

  /** Whether a socket may have an address: it is one of this machine's. */
  mayBind(address: IpAddress, iface: number): boolean {
    if (!address.isLinkLocal || address.version === 4 || iface === 0) return this.routing.isOwn(address);
    const own = this.interfaces.get(iface)?.addresses;
    return own?.some((other) => other.isAssigned && other.address.equals(address)) === true;
  }

  /** Reports about a packet that is kept by nobody, from its header on, and releases it. */
  #reportWhole(what: number, packet: Packet): void {
    const ip = this.#header;
    const isV4 = packet.view.getUint8(packet.network) >>> 4 === 4;
    const parse = isV4 ? parseIpv4 : parseIpv6;
    if (parse(packet.view, packet.network, packet.end, ip) === OK) this.errors.report(what, packet, ip, 0);
    packet.release();
  }
}
