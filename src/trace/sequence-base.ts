/** Connections whose first sequence numbers are remembered at most; the oldest goes. */
const MAX_CONNECTIONS = 4096;

/** The first sequence number that each end of a connection was seen with, so that numbers are told from 0 on. */
export class SequenceBases {
  /** By the sender's and the receiver's endpoint. */
  readonly #bases: Map<string, number> = new Map();

  /** Where a direction begins: at its SYN, or else at the first segment that was seen of it. */
  baseOf(from: string, to: string, sequence: number, isSyn: boolean): number {
    const key = `${from} ${to}`;
    const base = this.#bases.get(key);
    if (base !== undefined && !isSyn) return base;
    this.#bases.delete(key);
    this.#bases.set(key, sequence);
    if (this.#bases.size > MAX_CONNECTIONS) this.#forgetOldest();
    return sequence;
  }

  /** What an acknowledgement counts from: the other direction's beginning; as it is when that was not seen. */
  acknowledged(from: string, to: string): number {
    return this.#bases.get(`${to} ${from}`) ?? 0;
  }

  #forgetOldest(): void {
    const [oldest] = this.#bases.keys();
    if (oldest !== undefined) this.#bases.delete(oldest);
  }
}
