import type { IpAddress } from "../../ip/address.ts";
import type { PathRequest } from "../../ip/ip-output.ts";
import type { Path } from "../../ip/path.ts";
import type { Ping } from "../../icmp/ping.ts";
import type { PacketPool } from "../../packet.ts";
import type { RandomSource } from "../../random.ts";
import type { Raw } from "../../raw/raw.ts";
import type { TcpProtocol } from "../../tcp/contract.ts";
import type { Udp } from "../../udp/udp.ts";

/** The network below the internet's sockets. */
export interface InetNetwork {
  readonly random: RandomSource;
  readonly pool: PacketPool;
  readonly tcp: TcpProtocol;
  readonly udp: Udp;
  readonly ping: Ping;
  readonly raw: Raw;
  /** The way to a destination, or an errno, negated. */
  route(request: PathRequest): Path | number;
  /** Whether the address is one of this machine's. */
  isOwn(address: IpAddress): boolean;
  /** Whether it is the broadcast address of a network that this machine is on. */
  isBroadcast(address: IpAddress): boolean;
}
