import type { IpHeader } from "../../wire/ip-header.ts";
import type { Packet } from "../packet.ts";
import type { IcmpError } from "../icmp/error.ts";

/** A protocol above IP. The stack has one of each, registered by its number. */
export interface Transport {
  /**
   * A whole packet for this machine. `packet.start` and `packet.transport` are where the transport's header begins,
   * `packet.network` where IP's does. The packet is the transport's from now on; `ip` is only good during the call.
   */
  input(packet: Packet, ip: IpHeader): void;

  /**
   * Somebody could not deliver what was sent. `packet.transport` to `packet.end` is what the ICMP message quotes of the
   * transport's header and payload, 8 bytes at the least; `ip` is the quoted header, so that its source is this
   * machine. All three are only good during the call, and nothing in them is to be trusted before it matched what was
   * sent.
   */
  error(error: IcmpError, ip: IpHeader, packet: Packet): void;
}
