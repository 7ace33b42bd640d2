import { systemError } from "../../api/errors.ts";
import type { Clock } from "../../api/kernel.ts";
import type { Client } from "./connection.ts";

/** The limits are looked at so often in the time of the shortest, */
const LOOKS_A_LIMIT = 4;
/** but not more often than this, */
const SHORTEST_INTERVAL_MS = 10;
/** and not less often. */
const LONGEST_INTERVAL_MS = 1000;

export interface TimeLimitOptions {
  /** Milliseconds without a byte in either direction. */
  readonly idleTimeoutMs?: number | undefined;
  /** Milliseconds until the client's first byte. */
  readonly handshakeTimeoutMs?: number | undefined;
}

/**
 * Finds the clients that are silent for too long: one timer for all of them looks at their counters a few times in the
 * shortest limit. So a limit is kept to a quarter of itself (at most a second), and a byte costs nothing.
 */
export class TimeLimits {
  readonly #clock: Clock;
  readonly #clients: Iterable<Client>;
  readonly #expired: (client: Client, reason: Error) => void;
  readonly #idleMs: number;
  readonly #handshakeMs: number;
  readonly #intervalMs: number;
  #looking: AbortController | undefined;

  constructor(
    clock: Clock,
    options: TimeLimitOptions,
    clients: Iterable<Client>,
    expired: (client: Client, reason: Error) => void,
  ) {
    this.#clock = clock;
    this.#clients = clients;
    this.#expired = expired;
    this.#idleMs = options.idleTimeoutMs ?? Infinity;
    this.#handshakeMs = options.handshakeTimeoutMs ?? Infinity;
    const shortest = Math.min(this.#idleMs, this.#handshakeMs) / LOOKS_A_LIMIT;
    this.#intervalMs = Math.max(SHORTEST_INTERVAL_MS, Math.min(LONGEST_INTERVAL_MS, shortest));
  }

  /** The time for a new client; 0 where there is no limit to be kept. */
  nowMs(): number {
    return this.#isNeeded ? this.#clock.now() : 0;
  }

  /** There is a client. */
  watch(): void {
    if (this.#looking !== undefined || !this.#isNeeded) return;
    this.#looking = new AbortController();
    void this.#look(this.#looking.signal);
  }

  /** There is none any more. */
  rest(): void {
    this.#looking?.abort();
    this.#looking = undefined;
  }

  get #isNeeded(): boolean {
    return this.#idleMs !== Infinity || this.#handshakeMs !== Infinity;
  }

  async #look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(this.#intervalMs, { signal, ref: false });
      } catch {
        return;
      }
      const now = this.#clock.now();
      for (const client of this.#clients) {
        const reason = this.#reason(client, now);
        if (reason !== undefined) this.#expired(client, reason);
      }
    }
  }

  #reason(client: Client, nowMs: number): Error | undefined {
    const { bytesRead } = client;
    const bytes = bytesRead + client.bytesWritten;
    if (bytes !== client.seenBytes) {
      client.seenBytes = bytes;
      client.seenAtMs = nowMs;
    }
    if (bytesRead === 0 && nowMs - client.startedAtMs >= this.#handshakeMs) {
      return systemError("serve", "ETIMEDOUT", undefined, `no byte within ${this.#handshakeMs} ms`);
    }
    if (nowMs - client.seenAtMs < this.#idleMs) return undefined;
    return systemError("serve", "ETIMEDOUT", undefined, `no byte for ${this.#idleMs} ms`);
  }
}
