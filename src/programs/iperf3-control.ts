import { systemError } from "../api/errors.ts";
import type { Kernel, WaitOptions } from "../api/kernel.ts";
import { sendAll } from "./send-all.ts";

/* The control connection of iperf3: a byte for each step of the test, and JSON with its length before it. */

/** Steps of a test, iperf_api.h: each side says one when it has got there. */
export const STEP = {
  TEST_START: 1,
  TEST_RUNNING: 2,
  TEST_END: 4,
  PARAM_EXCHANGE: 9,
  CREATE_STREAMS: 10,
  SERVER_TERMINATE: 11,
  CLIENT_TERMINATE: 12,
  EXCHANGE_RESULTS: 13,
  DISPLAY_RESULTS: 14,
  IPERF_START: 15,
  IPERF_DONE: 16,
  ACCESS_DENIED: 0xff,
} as const;

/** What every connection of a test begins with: 36 characters and a NUL. */
export const COOKIE_BYTES = 37;
/** More parameters or results than this are none. */
const MOST_JSON_BYTES = 1 << 20;
/** The port of iperf3. */
export const IPERF3_PORT = 5201;

/** What the client asks for. */
export interface Iperf3Parameters {
  readonly tcp?: boolean;
  readonly udp?: boolean;
  /** Seconds, or bytes where it is not 0. */
  readonly time?: number;
  readonly num?: number;
  /** Connections at once. */
  readonly parallel?: number;
  /** The server sends. */
  readonly reverse?: boolean;
  readonly bidirectional?: boolean;
  /** Bytes of a send. */
  readonly len?: number;
}

/** What one connection carried. */
export interface Iperf3Stream {
  readonly id: number;
  readonly bytes: number;
  readonly retransmits: number;
  readonly jitter: number;
  readonly errors: number;
  readonly packets: number;
  readonly start_time: number;
  readonly end_time: number;
}

/** What one end saw of a test. */
export interface Iperf3Results {
  readonly cpu_util_total: number;
  readonly cpu_util_user: number;
  readonly cpu_util_system: number;
  readonly sender_has_retransmits: number;
  readonly streams: readonly Iperf3Stream[];
}

/** The control connection of a test. */
export class Iperf3Control {
  readonly #kernel: Kernel;
  readonly #fd: number;
  readonly #options: WaitOptions;

  constructor(kernel: Kernel, fd: number, options: WaitOptions) {
    this.#kernel = kernel;
    this.#fd = fd;
    this.#options = options;
  }

  async say(step: number): Promise<void> {
    await sendAll(this.#kernel, this.#fd, Uint8Array.of(step), this.#options);
  }

  /** The next step that the other end says. */
  async heard(): Promise<number> {
    return (await receiveAll(this.#kernel, this.#fd, 1, this.#options))[0] as number;
  }

  async expect(step: number): Promise<void> {
    const heard = await this.heard();
    if (heard !== step) throw protocolError(`the other end is at step ${heard}, not ${step}`);
  }

  async tell(value: unknown): Promise<void> {
    const text = new TextEncoder().encode(JSON.stringify(value));
    const message = new Uint8Array(4 + text.length);
    new DataView(message.buffer).setUint32(0, text.length);
    message.set(text, 4);
    await sendAll(this.#kernel, this.#fd, message, this.#options);
  }

  async told(): Promise<unknown> {
    const length = await receiveAll(this.#kernel, this.#fd, 4, this.#options);
    const bytes = new DataView(length.buffer).getUint32(0);
    if (bytes > MOST_JSON_BYTES) throw protocolError(`${bytes} bytes of JSON are too many`);
    return JSON.parse(new TextDecoder().decode(await receiveAll(this.#kernel, this.#fd, bytes, this.#options)));
  }
}

/** What the other end says is not iperf3's protocol, or not all of it is spoken here. */
export function protocolError(detail: string): Error {
  return systemError("iperf3", "EPROTO", undefined, detail);
}

/** Receives so many bytes. */
export async function receiveAll(
  kernel: Kernel,
  fd: number,
  bytes: number,
  options: WaitOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(bytes);
  for (let received = 0; received < bytes;) {
    const count = await kernel.recv(fd, all.subarray(received), 0, options);
    if (count === 0) throw protocolError("the other end has hung up");
    received += count;
  }
  return all;
}

/** The number of a test's nth connection: 1, 3, 4, 5 … */
export function streamId(index: number): number {
  return index === 0 ? 1 : index + 2;
}
