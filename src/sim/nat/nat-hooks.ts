import type { PacketHook } from "../../stack/link/packet-hook.ts";
import type { Packet } from "../../stack/packet.ts";
import type { Nat } from "./nat.ts";

/** Who hears of a packet that a hook does not let pass, while it is still there. */
export type PacketDropped = (packet: Packet, reason: string) => void;

/** A translator on an interface of its router, which leads outside or inside. */
export class NatHook implements PacketHook {
  readonly #nat: () => Nat;
  readonly #isOutside: boolean;
  readonly #nowUs: () => number;
  readonly #dropped: PacketDropped;

  constructor(nat: () => Nat, isOutside: boolean, nowUs: () => number, dropped: PacketDropped) {
    this.#nat = nat;
    this.#isOutside = isOutside;
    this.#nowUs = nowUs;
    this.#dropped = dropped;
  }

  entering(packet: Packet): boolean {
    const nat = this.#nat();
    const nowUs = this.#nowUs();
    return this.#passes(packet, this.#isOutside ? nat.inbound(packet, nowUs) : nat.fromInside(packet, nowUs));
  }

  leaving(packet: Packet): boolean {
    return !this.#isOutside || this.#passes(packet, this.#nat().outbound(packet, this.#nowUs()));
  }

  #passes(packet: Packet, reason: string | undefined): boolean {
    if (reason === undefined) return true;
    this.#dropped(packet, reason);
    packet.release();
    return false;
  }
}
