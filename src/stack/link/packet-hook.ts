import type { Packet } from "../packet.ts";
import type { Interface } from "./interface.ts";

/**
 * Looks at the IP packets that enter and leave by an interface, as Linux's prerouting and postrouting: a translator of
 * addresses, a firewall. `packet.start` and `packet.network` are where the IP header begins, which nobody has verified.
 * A hook may rewrite the packet; what it does not let pass it releases.
 */
export interface PacketHook {
  /** Before it is decided whose the packet is. Returns whether it passes. */
  entering(packet: Packet, iface: Interface): boolean;
  /** Before the link's header is put on; fragments one by one. Returns whether it passes. */
  leaving(packet: Packet, iface: Interface): boolean;
}
