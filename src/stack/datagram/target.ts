import type { IpAddress } from "../ip/address.ts";

/** Where one datagram is to go. */
export interface DatagramTarget {
  readonly address: IpAddress;
  /** 0 where the protocol has no ports. */
  readonly port: number;
  /** The interface to leave by: a scope id, IP_PKTINFO, IP_MULTICAST_IF; the endpoint's own when left out. */
  readonly iface?: number | undefined;
  /** The address to send from: IP_PKTINFO; the endpoint's own when left out. */
  readonly source?: IpAddress | undefined;
}
