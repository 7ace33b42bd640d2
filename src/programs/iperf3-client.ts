import type { SocketAddress } from "../api/address.ts";
import { SOCK_STREAM } from "../api/constants.ts";
import type { Kernel, WaitOptions } from "../api/kernel.ts";
import { COOKIE_BYTES, Iperf3Control, STEP, type Iperf3Results } from "./iperf3-control.ts";
import { resultsOf, type Iperf3Test } from "./iperf3-server.ts";
import { receivingStream, sendingStream, type TestStream } from "./iperf3-stream.ts";
import { sendAll } from "./send-all.ts";

const CHUNK_BYTES = 128 * 1024;
/** Between two looks at how much has come. */
const LOOK_MS = 5;

/** What is to be measured. */
export interface Iperf3ClientOptions extends WaitOptions {
  /** So many bytes in all. */
  readonly bytes: number;
  /** The server sends; it is the client unless given. */
  readonly reverse?: boolean;
  /** Connections at once; 1 unless given. */
  readonly parallel?: number;
}

/**
 * Runs a test of iperf3's protocol against a server (`iperf3 -s`) over TCP: so many bytes, one way. Resolves with what
 * this end saw.
 */
export async function iperf3Client(
  kernel: Kernel,
  address: SocketAddress,
  options: Iperf3ClientOptions,
): Promise<Iperf3Test> {
  const { bytes, reverse = false, parallel = 1, signal } = options;
  const open: number[] = [];
  const streams: TestStream[] = [];
  const cookie = cookieText();
  const dial = async (): Promise<number> => {
    const fd = kernel.socket(address.family, SOCK_STREAM);
    open.push(fd);
    await kernel.connect(fd, address, { signal });
    await sendAll(kernel, fd, cookie, { signal });
    return fd;
  };
  try {
    const control = new Iperf3Control(kernel, await dial(), { signal });
    await control.expect(STEP.PARAM_EXCHANGE);
    // That `reverse` is there is what counts, not what it says.
    const direction = reverse ? { reverse } : {};
    await control.tell({ tcp: true, omit: 0, num: bytes, time: 0, parallel, len: CHUNK_BYTES, ...direction });
    await control.expect(STEP.CREATE_STREAMS);
    const share = Math.ceil(bytes / parallel);
    const data: number[] = [];
    while (data.length < parallel) data.push(await dial());
    await control.expect(STEP.TEST_START);
    await control.expect(STEP.TEST_RUNNING);
    const startMs = kernel.clock.now();
    open.length = 1;
    for (const fd of data) {
      streams.push(reverse ? receivingStream(kernel, fd) : sendingStream(kernel, fd, CHUNK_BYTES, share));
    }
    const done = (): boolean => streams.reduce((sum, stream) => sum + stream.bytes, 0) >= bytes;
    while (!done() && !streams.every(({ isEnded }) => isEnded)) await kernel.clock.sleep(LOOK_MS, { signal });
    const seconds = (kernel.clock.now() - startMs) / 1000;
    await control.say(STEP.TEST_END);
    await control.expect(STEP.EXCHANGE_RESULTS);
    const own = resultsOf(streams, seconds);
    await control.tell(own);
    const theirs = (await control.told()) as Iperf3Results;
    await control.expect(STEP.DISPLAY_RESULTS);
    await control.say(STEP.IPERF_DONE);
    const retransmits = (reverse ? theirs : own).streams.reduce((sum, stream) => sum + stream.retransmits, 0);
    return { reverse, bytes: own.streams.reduce((sum, stream) => sum + stream.bytes, 0), seconds, retransmits };
  } finally {
    for (const stream of streams) stream.close();
    for (const fd of open) kernel.close(fd);
  }
}

/** What the connections of one test know each other by. */
function cookieText(): Uint8Array {
  const characters = Array.from(crypto.getRandomValues(new Uint8Array(COOKIE_BYTES - 1)), (byte) =>
    "abcdefghijklmnopqrstuvwxyz234567".charAt(byte % 32),
  );
  return new TextEncoder().encode(`${characters.join("")}\0`);
}
