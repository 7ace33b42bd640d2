import type { Answer } from "./answer.ts";

/** Answers, for as long as they hold. The one that was not asked for the longest makes room. */
export class AnswerCache {
  readonly #limit: number;
  readonly #entries: Map<string, { readonly answer: Answer; readonly untilMs: number }> = new Map();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string, nowMs: number): Answer | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.untilMs <= nowMs) return undefined;
    // The order is that of use.
    this.#entries.set(key, entry);
    return entry.answer;
  }

  set(key: string, answer: Answer, nowMs: number): void {
    if (answer.ttlS === 0 || this.#limit === 0) return;
    this.#entries.delete(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < this.#limit) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, { answer, untilMs: nowMs + answer.ttlS * 1000 });
  }
}
