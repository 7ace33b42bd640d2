import type { IpHeader } from "../../wire/ip-header.ts";
import type { Packet } from "../packet.ts";
import type { IpAddress } from "./address.ts";
import type { Path } from "./path.ts";
import type { IpSendOptions } from "./send-options.ts";

/** Where somebody wants to send to. */
export interface PathRequest {
  readonly destination: IpAddress;
  /** The protocol number of what is to be sent. */
  readonly protocol: number;
  /** An address of this machine to send from; chosen by RFC 6724 when it is left out. */
  readonly source?: IpAddress | undefined;
  /** The index of the interface to leave by: a bound device, a scope id, a multicast interface. 0: the routes say. */
  readonly iface?: number | undefined;
}

/** What IP does for the transports. `Ip` implements it. */
export interface IpOutput {
  /** The way to a destination, to be kept; or a negative errno: -ENETUNREACH, -EHOSTUNREACH, -EADDRNOTAVAIL… */
  route(request: PathRequest): Path | number;

  /**
   * The way back to the sender of a received packet, from the address that it was sent to; for one answer, since the
   * object may be another's at the next call. Undefined when there is none.
   */
  replyPath(ip: IpHeader, packet: Packet): Path | undefined;

  /**
   * Sends a packet, which is the layer's from now on, whatever comes of it. `packet.start` is where the transport's
   * header begins. Returns 0, or a negative errno: -EMSGSIZE, -ENETUNREACH, -ENOBUFS… What is merely lost on the way,
   * say in a full queue, is 0.
   */
  send(packet: Packet, path: Path, options: IpSendOptions): number;

  /**
   * Brings a path up to date: after it `mtu`, `iface` and `isLocal` are what they are now. Costs a comparison when
   * nothing changed; `send` does it too. Returns 0, or the negative errno of a destination that is no longer reachable.
   */
  refresh(path: Path): number;

  /**
   * Takes a link's MTU from an ICMP error that quoted something that was truly sent on the path. The cache keeps it for
   * the destination, ten minutes as Linux does; `path.mtu` is what came of it. `packetBytes` is how long the quoted
   * packet was, for old routers that report an MTU of 0 (RFC 1191 §5). Returns whether the path got narrower.
   */
  reducePathMtu(path: Path, mtu: number, packetBytes: number): boolean;

  /** The peer's answers show that packets arrive: the next hop is reachable (RFC 4861 §7.3.1). */
  confirm(path: Path): void;
}
