import type { RandomSource } from "../random.ts";
import type { IpAddress } from "../ip/address.ts";
import { PAIR_WORDS, putPair } from "./pair-words.ts";
import { siphash } from "./siphash.ts";
import type { TcpHeader } from "../../wire/tcp-header.ts";

/** The clock of cookies ticks once a minute, and a cookie is good for two ticks: RFC 4987 §3.6, as Linux has it. */
const TICK_US = 60_000_000;
const MOST_AGE_TICKS = 2;
/** The MSS values that a cookie can hold, in ascending order, for IPv4 and IPv6. */
const MSS_IPV4: readonly number[] = [536, 1300, 1440, 1460];
const MSS_IPV6: readonly number[] = [1220, 1420, 1440, 8960];
const LOW_24 = 0xffffff;

/** The options of a SYN travel in the lowest bits of our timestamp. */
const SCALE_BITS = 0xf;
const NO_SCALING = 0xf;
const SACK_BIT = 0x10;
const ECN_BIT = 0x20;
const OPTION_BITS = 0x3f;

/** Connections without memory: the answer to a SYN holds all that is needed to go on. RFC 4987 §3.6. */
export class SynCookie {
  readonly #key: Int32Array = new Int32Array(4);
  readonly #message: Int32Array = new Int32Array(PAIR_WORDS + 3);

  constructor(random: RandomSource) {
    for (let i = 0; i < 4; i++) this.#key[i] = random.uint32() | 0;
  }

  /** The initial sequence number that stands for a SYN. */
  make(
    local: IpAddress,
    localPort: number,
    remote: IpAddress,
    remotePort: number,
    irs: number,
    mss: number,
    nowUs: number,
  ): number {
    const tick = Math.floor(nowUs / TICK_US);
    const table = local.version === 4 ? MSS_IPV4 : MSS_IPV6;
    let index = table.length - 1;
    while (index > 0 && (table[index] as number) > mss) index--;
    const fixed = this.#hash(0, local, localPort, remote, remotePort, 0);
    const timed = this.#hash(1, local, localPort, remote, remotePort, tick);
    return (fixed + irs + (tick << 24) + ((timed + index) & LOW_24)) | 0;
  }

  /** The MSS that an acknowledged cookie holds; 0 when it is none of ours, or too old. */
  check(
    local: IpAddress,
    localPort: number,
    remote: IpAddress,
    remotePort: number,
    irs: number,
    cookie: number,
    nowUs: number,
  ): number {
    const tick = Math.floor(nowUs / TICK_US);
    const fixed = this.#hash(0, local, localPort, remote, remotePort, 0);
    const rest = (cookie - fixed - irs) | 0;
    const age = (tick - (rest >>> 24)) & 0xff;
    if (age >= MOST_AGE_TICKS) return 0;
    const timed = this.#hash(1, local, localPort, remote, remotePort, tick - age);
    const index = (rest - timed) & LOW_24;
    const table = local.version === 4 ? MSS_IPV4 : MSS_IPV6;
    return table[index] ?? 0;
  }

  #hash(
    which: number,
    local: IpAddress,
    localPort: number,
    remote: IpAddress,
    remotePort: number,
    tick: number,
  ): number {
    const message = this.#message;
    putPair(message, local, localPort, remote, remotePort);
    message[PAIR_WORDS] = tick;
    message[PAIR_WORDS + 1] = which;
    message[PAIR_WORDS + 2] = 0;
    return siphash(this.#key, message);
  }
}

/** Our timestamp with a SYN's options in its lowest bits; never later than it should be. */
export function timestampWithOptions(now: number, header: TcpHeader, hasEcn: boolean): number {
  const scale = header.windowScale >= 0 ? Math.min(14, header.windowScale) : NO_SCALING;
  const options = scale | (header.sackPermitted ? SACK_BIT : 0) | (hasEcn ? ECN_BIT : 0);
  const stamped = (now & ~OPTION_BITS) | options;
  return ((stamped - now) | 0) > 0 ? (stamped - (OPTION_BITS + 1)) | 0 : stamped;
}

/** What an echoed timestamp says of the SYN's options. */
export function optionsOfTimestamp(echo: number): {
  readonly scale: number;
  readonly sack: boolean;
  readonly ecn: boolean;
} {
  const scale = echo & SCALE_BITS;
  return { scale: scale === NO_SCALING ? -1 : scale, sack: (echo & SACK_BIT) !== 0, ecn: (echo & ECN_BIT) !== 0 };
}
