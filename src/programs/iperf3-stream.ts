import type { Kernel } from "../api/kernel.ts";
import type { Flow } from "../api/flow.ts";
import { SOL_TCP, TCP_INFO } from "../api/constants.ts";

/** Bytes that wait in a flow that sends, at most. */
const HIGH_WATER_BYTES = 1 << 20;

/** One connection that carries a test's bytes. */
export interface TestStream {
  readonly bytes: number;
  /** Segments that were sent again; 0 for one that receives. */
  retransmits(): number;
  /** Resolves when it carries nothing any more: it was closed, or the other end is gone. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Counts what comes. */
export function receivingStream(kernel: Kernel, fd: number): TestStream {
  let bytes = 0;
  let flow: Flow | undefined;
  const ended = new Promise<void>((resolve) => {
    flow = kernel.flow(fd, { data: (chunk) => void (bytes += chunk.length), close: () => resolve() });
  });
  return {
    get bytes() {
      return bytes;
    },
    retransmits: () => 0,
    ended,
    close: () => flow?.close(),
  };
}

/** Sends until it is stopped, or so many bytes. */
export function sendingStream(kernel: Kernel, fd: number, chunkBytes: number, most: number): TestStream {
  const chunk = Uint8Array.from({ length: chunkBytes }, (_, at) => at * 7);
  let sent = 0;
  let isClosed = false;
  let flow: Flow | undefined;
  const fill = (into: Flow): void => {
    for (let room = true; room && sent < most && into.fd >= 0; sent += chunk.length) room = into.write(chunk, true);
  };
  const ended = new Promise<void>((resolve) => {
    flow = kernel.flow(
      fd,
      {
        data() {},
        drain: (of) => (sent < most ? fill(of) : resolve()),
        close() {
          isClosed = true;
          resolve();
        },
      },
      { highWaterMark: HIGH_WATER_BYTES },
    );
  });
  if (flow !== undefined) fill(flow);
  return {
    get bytes() {
      return flow?.bytesWritten ?? 0;
    },
    retransmits: () => (isClosed ? 0 : retransmitsOf(kernel, fd)),
    ended,
    close: () => flow?.close(),
  };
}

function retransmitsOf(kernel: Kernel, fd: number): number {
  return kernel.getsockopt(fd, SOL_TCP, TCP_INFO).totalRetrans;
}
