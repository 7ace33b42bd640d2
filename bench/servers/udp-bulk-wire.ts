/** What both ends of the bulk datagrams know: their bytes, and the question how many came. */

/** Receive buffer that is asked for; the kernel grants what net.core.rmem_max allows. */
export const RECEIVE_BUFFER_BYTES: number = 4 * 1024 * 1024;
/** What fits a UDP datagram over IPv4. */
export const SEND_BYTES = 65_507;
/** UDP_MAX_SEGMENTS of older kernels. */
export const SEGMENTS_LIMIT = 64;
const PATTERN_PERIOD = 251; // as the C programs'

/** As many datagrams of `size` bytes as fit, one after the other; all are alike. */
export function datagrams(size: number): Buffer {
  const bytes = Buffer.alloc(SEND_BYTES - (SEND_BYTES % size));
  for (let i = 0; i < bytes.length; i++) bytes[i] = ((i % size) * 7) % PATTERN_PERIOD;
  return bytes;
}

/** A receiver's account. */
export class Received {
  #bytes = 0;
  #wrong = 0;
  readonly #size: number;
  readonly #expected: Buffer;

  constructor(size: number) {
    this.#size = size;
    this.#expected = datagrams(size);
  }

  /** Counts and compares one datagram, or several that came as one; a question has its answer in return. */
  take(data: Uint8Array): Uint8Array | undefined {
    if (data.length === 1) return Buffer.from(`${this.#bytes} ${this.#wrong}`);
    const length = data.length;
    if (length % this.#size !== 0 || this.#expected.compare(data, 0, length, 0, length) !== 0) this.#wrong++;
    this.#bytes += length;
    return undefined;
  }
}
