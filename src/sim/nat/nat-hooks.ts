import type { PacketHook } from "../../stack/link/packet-hook.ts";
import type { Packet } from "../../stack/packet.ts";
import type { Nat } from "./nat.ts";

/** Who hears of a packet that a hook does not let pass, while it is still there. */
export type PacketDropped = (packet: Packet, reason: string) => void;

/** A translator on the interface that leads outside. */
export class OutsideHook implements PacketHook {
  readonly #nat: () => Nat;
  readonly #nowUs: () => number;
  readonly #dropped: PacketDropped;

  constructor(nat: () => Nat, nowUs: () => number, dropped: PacketDropped) {
    this.#nat = nat;
    this.#nowUs = nowUs;
    this.#dropped = dropped;
  }

  entering(packet: Packet): boolean {
    return passes(packet, this.#nat().inbound(packet, this.#nowUs()), this.#dropped);
  }

  leaving(packet: Packet): boolean {
    return passes(packet, this.#nat().outbound(packet, this.#nowUs()), this.#dropped);
  }
}

/** A translator on an interface that leads inside. */
export class InsideHook implements PacketHook {
  readonly #nat: () => Nat;
  readonly #nowUs: () => number;
  readonly #dropped: PacketDropped;

  constructor(nat: () => Nat, nowUs: () => number, dropped: PacketDropped) {
    this.#nat = nat;
    this.#nowUs = nowUs;
    this.#dropped = dropped;
  }

  entering(packet: Packet): boolean {
    return passes(packet, this.#nat().fromInside(packet, this.#nowUs()), this.#dropped);
  }

  leaving(): boolean {
    return true;
  }
}

function passes(packet: Packet, reason: string | undefined, dropped: PacketDropped): boolean {
  if (reason === undefined) return true;
  dropped(packet, reason);
  packet.release();
  return false;
}
