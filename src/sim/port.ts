import type { Packet } from "../stack/packet.ts";
import type { Channel } from "./link/channel.ts";

/**
 * Where a cable is plugged in: a host's interface, a switch's socket. What comes in is its node's to pass on or to
 * release; what is to leave is given to `channel.send`, which takes it over.
 */
export interface Port {
  /** What people call it: "client.eth0". It is its own in the internet. */
  readonly name: string;
  /** Where frames leave; undefined while no cable is plugged in. The link writes it. */
  channel: Channel | undefined;
  /** A frame has arrived. The port's node owns it from now on. It runs within the event of the arrival. */
  receive(packet: Packet): void;
  /** A cable was plugged in that carries IP packets up to so long. */
  plugged?(mtu: number): void;
}

/** A machine with ports: what `internet.link` joins. */
export interface Node {
  /** Its own in the internet. */
  readonly name: string;
  /** A port that no cable is plugged in. Errors: ERR_INVALID_ARG_VALUE when it has none. */
  freePort(): Port;
}

export function isPort(value: Node | Port): value is Port {
  return !("freePort" in value);
}
