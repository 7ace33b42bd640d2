import type { Packet } from "../../src/stack/packet.ts";
import { Network, type Host } from "./network.ts";

/** Two hosts on a cable that is as fast as they are: packets wait for their turn, and a turn takes a fixed time. */
export class Cable extends Network {
  readonly #turnUs: number;
  #waiting: Packet[] = [];
  #senders: Host[] = [];
  #arriving: Packet[] = [];
  #arrivingFrom: Host[] = [];

  constructor(turnUs: number) {
    super();
    this.#turnUs = turnUs;
  }

  override carry(packet: Packet, from: Host): void {
    this.#waiting.push(packet);
    this.#senders.push(from);
  }

  /** Every packet that waits arrives. Returns how many there were. */
  turn(): number {
    this.nowUs += this.#turnUs;
    const packets = this.#waiting;
    const senders = this.#senders;
    this.#waiting = this.#arriving;
    this.#senders = this.#arrivingFrom;
    const [a, b] = this.hosts as [Host, Host];
    for (let i = 0; i < packets.length; i++) {
      (senders[i] === a ? b : a).receive(packets[i] as Packet);
    }
    const count = packets.length;
    packets.length = 0;
    senders.length = 0;
    this.#arriving = packets;
    this.#arrivingFrom = senders;
    for (const host of this.hosts) {
      if (host.timers.nextDeadlineUs() <= this.nowUs) host.timers.advance(this.nowUs);
      host.tcp.batchEnded();
    }
    return count;
  }
}
