/** Datagrams whose later fragments are expected at most; the oldest goes. */
const MAX_DATAGRAMS = 1024;

/** Remembers where the first fragment of a datagram went, as the later ones have no ports: RFC 4787 REQ-14. */
export class FragmentMemory<Target> {
  readonly #targets: Map<string, Target> = new Map();

  remember(key: string, target: Target): void {
    this.#targets.delete(key);
    this.#targets.set(key, target);
    if (this.#targets.size <= MAX_DATAGRAMS) return;
    const [oldest] = this.#targets.keys();
    if (oldest !== undefined) this.#targets.delete(oldest);
  }

  /** Where the datagram's first fragment went. After the last fragment it may be forgotten. */
  recall(key: string, isLast: boolean): Target | undefined {
    const target = this.#targets.get(key);
    if (isLast) this.#targets.delete(key);
    return target;
  }
}
