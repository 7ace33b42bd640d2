import type { Packet } from "../../stack/packet.ts";

const FIRST_ROOM = 8;

/** The packets that are on their way in a channel, by the time of their arrival: a ring. */
export class Flight {
  #packets: (Packet | undefined)[] = [];
  #times: Float64Array = new Float64Array(0);
  #first = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** When the next one arrives. There is one. */
  get nextUs(): number {
    return this.#times[this.#first] as number;
  }

  /** Puts a packet in its place, behind those that arrive at the same time. True when it is the next to arrive. */
  add(packet: Packet, atUs: number): boolean {
    if (this.#count === this.#packets.length) this.#grow();
    const mask = this.#packets.length - 1;
    let place = this.#first + this.#count;
    for (let left = this.#count; left > 0; left -= 1) {
      const before = (place - 1) & mask;
      if ((this.#times[before] as number) <= atUs) break;
      this.#packets[place & mask] = this.#packets[before];
      this.#times[place & mask] = this.#times[before] as number;
      place -= 1;
    }
    this.#packets[place & mask] = packet;
    this.#times[place & mask] = atUs;
    this.#count += 1;
    return (place & mask) === this.#first;
  }

  /** Takes the next one out. There is one. */
  take(): Packet {
    const packet = this.#packets[this.#first] as Packet;
    this.#packets[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#packets.length - 1);
    this.#count -= 1;
    return packet;
  }

  #grow(): void {
    const { length } = this.#packets;
    const room = length === 0 ? FIRST_ROOM : length * 2;
    const packets = Array.from<Packet | undefined>({ length: room });
    const times = new Float64Array(room);
    for (let i = 0; i < this.#count; i += 1) {
      const from = (this.#first + i) & (length - 1);
      packets[i] = this.#packets[from];
      times[i] = this.#times[from] as number;
    }
    this.#packets = packets;
    this.#times = times;
    this.#first = 0;
  }
}
