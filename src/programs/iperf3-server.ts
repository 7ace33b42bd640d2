import type { SocketAddress } from "../api/address.ts";
import { SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from "../api/constants.ts";
import type { Kernel, WaitOptions } from "../api/kernel.ts";
import {
  COOKIE_BYTES,
  Iperf3Control,
  protocolError,
  STEP,
  receiveAll,
  streamId,
  type Iperf3Parameters,
  type Iperf3Results,
} from "./iperf3-control.ts";
import { receivingStream, sendingStream, type TestStream } from "./iperf3-stream.ts";

const BACKLOG = 128;
const MOST_STREAMS = 128;
const MOST_CHUNK_BYTES = 1 << 20;
const USUAL_CHUNK_BYTES = 128 * 1024;

/** One test, as the server saw it. */
export interface Iperf3Test {
  /** The server sent. */
  readonly reverse: boolean;
  readonly bytes: number;
  readonly seconds: number;
  readonly retransmits: number;
}

/** Settings of the server. Aborting `signal` ends it: it then resolves. */
export interface Iperf3ServerOptions extends WaitOptions {
  /** Called with the server's address when clients can reach it. */
  readonly listening?: ((address: SocketAddress) => void) | undefined;
  /** Called after each test, and with the error of one that failed. */
  readonly tested?: ((test: Iperf3Test | Error) => void) | undefined;
}

/**
 * Speaks iperf3's protocol over TCP, so that `iperf3 -c` (also with -R and -P) measures a kernel: the host's or a
 * stack's. One test at a time, as iperf3 itself. It runs until `signal` is aborted. What a client does wrong ends its
 * test alone; errors of socket, bind, listen and accept reject.
 *
 * @example
 * const stop = new AbortController();
 * await iperf3Server(
 *   host,
 *   { family: AF_INET, address: "127.0.0.1", port: 0 },
 *   { signal: stop.signal, listening: () => stop.abort() }, // iperf3 -c 127.0.0.1 -p …
 * );
 */
export async function iperf3Server(
  kernel: Kernel,
  address: SocketAddress,
  options: Iperf3ServerOptions = {},
): Promise<void> {
  const { signal } = options;
  const listener = kernel.socket(address.family, SOCK_STREAM);
  try {
    kernel.setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, true);
    kernel.bind(listener, address);
    kernel.listen(listener, BACKLOG);
    options.listening?.(kernel.getsockname(listener));
    for (;;) {
      const { fd } = await kernel.accept(listener, { signal });
      const test = new ServedTest(kernel, listener, fd, { signal });
      const result = await test.run().catch((error: unknown) => error as Error);
      test.close();
      options.tested?.(result);
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  } finally {
    kernel.close(listener);
  }
}

/** One client's test. */
class ServedTest {
  readonly #kernel: Kernel;
  readonly #listener: number;
  readonly #fd: number;
  readonly #options: WaitOptions;
  readonly #streams: TestStream[] = [];

  constructor(kernel: Kernel, listener: number, fd: number, options: WaitOptions) {
    this.#kernel = kernel;
    this.#listener = listener;
    this.#fd = fd;
    this.#options = options;
  }

  async run(): Promise<Iperf3Test> {
    const control = new Iperf3Control(this.#kernel, this.#fd, this.#options);
    const cookie = await receiveAll(this.#kernel, this.#fd, COOKIE_BYTES, this.#options);
    await control.say(STEP.PARAM_EXCHANGE);
    const parameters = (await control.told()) as Iperf3Parameters;
    if (parameters.tcp !== true || parameters.bidirectional === true) {
      await control.say(STEP.ACCESS_DENIED);
      throw protocolError("only TCP, in one direction at a time");
    }
    await control.say(STEP.CREATE_STREAMS);
    const accepted = await this.#accept(Math.min(MOST_STREAMS, parameters.parallel ?? 1), cookie);
    await control.say(STEP.TEST_START);
    await control.say(STEP.TEST_RUNNING);
    const startMs = this.#kernel.clock.now();
    for (const fd of accepted) this.#streams.push(this.#begin(fd, parameters));
    await control.expect(STEP.TEST_END);
    const seconds = (this.#kernel.clock.now() - startMs) / 1000;
    const results = resultsOf(this.#streams, seconds);
    for (const stream of this.#streams) stream.close();
    await control.say(STEP.EXCHANGE_RESULTS);
    await control.told();
    await control.tell(results);
    await control.say(STEP.DISPLAY_RESULTS);
    await control.expect(STEP.IPERF_DONE);
    const bytes = results.streams.reduce((sum, stream) => sum + stream.bytes, 0);
    const retransmits = results.streams.reduce((sum, stream) => sum + stream.retransmits, 0);
    return { reverse: parameters.reverse === true, bytes, seconds, retransmits };
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
    this.#kernel.close(this.#fd);
  }

  async #accept(count: number, cookie: Uint8Array): Promise<number[]> {
    const accepted: number[] = [];
    try {
      while (accepted.length < count) {
        const { fd } = await this.#kernel.accept(this.#listener, this.#options);
        accepted.push(fd);
        const own = await receiveAll(this.#kernel, fd, COOKIE_BYTES, this.#options);
        if (!own.every((byte, at) => byte === cookie[at])) throw protocolError("another client's connection");
      }
      return accepted;
    } catch (error) {
      for (const fd of accepted) this.#kernel.close(fd);
      throw error;
    }
  }

  #begin(fd: number, { reverse = false, len = USUAL_CHUNK_BYTES }: Iperf3Parameters): TestStream {
    if (!reverse) return receivingStream(this.#kernel, fd);
    return sendingStream(this.#kernel, fd, Math.min(MOST_CHUNK_BYTES, Math.max(1, len)), Infinity);
  }
}

/** What an end tells of its connections. */
export function resultsOf(streams: readonly TestStream[], seconds: number): Iperf3Results {
  return {
    cpu_util_total: 0,
    cpu_util_user: 0,
    cpu_util_system: 0,
    sender_has_retransmits: 1,
    streams: streams.map((stream, index) => ({
      id: streamId(index),
      bytes: stream.bytes,
      retransmits: stream.retransmits(),
      jitter: 0,
      errors: 0,
      packets: 0,
      start_time: 0,
      end_time: seconds,
    })),
  };
}
