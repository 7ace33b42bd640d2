import { errno } from "../../api/errno.ts";
import type { IpAddress } from "../ip/address.ts";
import type { Ip } from "../ip/ip.ts";
import type { Path } from "../ip/path.ts";
import type { DatagramTarget } from "./target.ts";

/** An endpoint as far as it sends: of UDP, of ping, or raw. */
export interface DatagramSender {
  readonly version: number;
  readonly isV6Only: boolean;
  readonly isSendShut: boolean;
  readonly boundIface: number;
  readonly local: IpAddress;
  /** The path to whom it is connected. */
  readonly path: Path | undefined;
}

/** Whether an endpoint can send to an address: one of IPv6 can to IPv4 too, unless it is told not to. */
export function speaks(sender: DatagramSender, address: IpAddress): boolean {
  return address.version === sender.version || (address.version === 4 && !sender.isV6Only);
}

/** The address that an endpoint is bound to, when it can send from it to a destination. */
export function ownAddress({ local }: DatagramSender, destination: IpAddress): IpAddress | undefined {
  return local.isUnspecified || local.isMulticast || local.version !== destination.version ? undefined : local;
}

/** The path of one datagram, or a negative errno. */
export function datagramPath(
  ip: Ip,
  sender: DatagramSender,
  target: DatagramTarget | undefined,
  protocol: number,
): Path | number {
  if (sender.isSendShut) return -errno.EPIPE;
  if (target === undefined) return sender.path ?? -errno.EDESTADDRREQ;
  const { address } = target;
  if (!speaks(sender, address)) return sender.version === 4 ? -errno.EAFNOSUPPORT : -errno.ENETUNREACH;
  const source = target.source ?? ownAddress(sender, address);
  const iface = target.iface || sender.boundIface;
  return ip.cachedPath(address.w0, address.w1, address.w2, address.w3, source, protocol, iface);
}
