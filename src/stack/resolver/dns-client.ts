import type { SocketAddress } from "../../api/address.ts";
import { isSystemError } from "../../api/errors.ts";
import type { Kernel } from "../../api/kernel.ts";
import {
  type DnsMessage,
  RCODE_FORMAT_ERROR,
  RCODE_NAME_ERROR,
  RCODE_NOT_IMPLEMENTED,
  RCODE_OK,
} from "../../wire/dns.ts";
import type { RandomSource } from "../random.ts";
import { type Answer, answerKey, type Failure, isFailure, readAnswer } from "./answer.ts";
import { AnswerCache } from "./answer-cache.ts";
import { exchange } from "./exchange.ts";
import { Flights } from "./flights.ts";
import { Query } from "./query.ts";
import type { ResolverSettings } from "./resolver-options.ts";
import { Slots } from "./slots.ts";
import { within } from "./within.ts";

/** Questions at a time, a socket each. */
const MAX_QUESTIONS = 64;
/** Aliases that are followed for one name; more lead round. */
const MAX_ALIASES = 16;

const UNANSWERED: Failure = { kind: "again", isServers: false, ttlS: 0 };
const SERVERS_FAILED: Failure = { kind: "again", isServers: true, ttlS: 0 };
const USELESS: Failure = { kind: "fail", isServers: false, ttlS: 0 };

/** A stub resolver: asks servers that ask others (RFC 1034 §5.3.1, RFC 1123 §6.1.3), and keeps what they say. */
export class DnsClient {
  readonly cache: AnswerCache;
  readonly #kernel: Kernel;
  readonly #random: RandomSource;
  readonly #settings: ResolverSettings;
  readonly #flights: Flights<Answer | Failure> = new Flights();
  readonly #slots: Slots = new Slots(MAX_QUESTIONS);

  constructor(kernel: Kernel, random: RandomSource, settings: ResolverSettings) {
    this.#kernel = kernel;
    this.#random = random;
    this.#settings = settings;
    this.cache = new AnswerCache(settings.cacheEntries);
  }

  /** The records of a name, which is a legal one; its aliases are followed. Rejects with an AbortError alone. */
  ask(name: string, type: number, signal: AbortSignal | undefined): Promise<Answer | Failure> {
    const key = answerKey(name, type);
    const known = this.cache.get(key, this.#kernel.clock.now());
    if (known !== undefined) return Promise.resolve(known);
    return this.#flights.join(key, signal, async (flightSignal) => {
      const answer = await this.#slots.use(flightSignal, () => this.#follow(name, type, flightSignal));
      if (!isFailure(answer)) this.cache.set(key, answer, this.#kernel.clock.now());
      return answer;
    });
  }

  async #follow(name: string, type: number, signal: AbortSignal): Promise<Answer | Failure> {
    let ttlS = Infinity;
    let asked = name;
    for (let aliases = 0; aliases <= MAX_ALIASES;) {
      const answer = await this.#askServers(asked, type, signal);
      if (isFailure(answer)) return answer;
      ttlS = Math.min(ttlS, answer.ttlS);
      if (answer.kind !== "follow") return { ...answer, ttlS };
      asked = answer.name;
      aliases += answer.aliases;
    }
    return USELESS;
  }

  /** RFC 1123 §6.1.3.3: one after the other, and again after a longer time. */
  async #askServers(name: string, type: number, signal: AbortSignal): Promise<Answer | Failure> {
    const { servers, attempts, timeoutMs } = this.#settings;
    let failure = UNANSWERED;
    for (let round = 0; round < attempts; round += 1) {
      for (const server of servers) {
        const response = await this.#askServer(server, name, type, timeoutMs * 2 ** round, signal);
        if (response === undefined) continue;
        const answer = readAnswer(name, type, response);
        if (answer !== undefined) return answer;
        failure = response.responseCode === RCODE_FORMAT_ERROR ? USELESS : SERVERS_FAILED;
      }
    }
    return failure;
  }

  /** What a server says; undefined when it says nothing, or cannot be reached. */
  async #askServer(
    server: SocketAddress,
    name: string,
    type: number,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<DnsMessage | undefined> {
    const kernel = this.#kernel;
    try {
      return await within(kernel.clock, timeoutMs, signal, async (limited) => {
        const response = await exchange(kernel, server, new Query(this.#random, name, type, true), limited);
        // RFC 6891 §7: a server that does not know EDNS.
        if (!isUnreadable(response)) return response;
        return exchange(kernel, server, new Query(this.#random, name, type, false), limited);
      });
    } catch (error) {
      if (!signal.aborted && isSystemError(error)) return undefined;
      throw error;
    }
  }
}

function isUnreadable({ responseCode, questions }: DnsMessage): boolean {
  if (responseCode === RCODE_FORMAT_ERROR || responseCode === RCODE_NOT_IMPLEMENTED) return true;
  return questions.length === 0 && responseCode !== RCODE_OK && responseCode !== RCODE_NAME_ERROR;
}
