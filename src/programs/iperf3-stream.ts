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
  /** It carries nothing any more: it was closed, or the other end is gone. */
  readonly isEnded: boolean;
  close(): void;
}

/** Counts what comes. */
export function receivingStream(kernel: Kernel, fd: number): TestStream {
  const flow = kernel.flow(fd, { data() {} });
  return {
    get bytes() {
      return flow.bytesRead;
    },
    get isEnded() {
      return flow.fd < 0;
    },
    retransmits: () => 0,
    close: () => flow.close(),
  };
}

/** Sends until it is stopped, or so many bytes. */
export function sendingStream(kernel: Kernel, fd: number, chunkBytes: number, most: number): TestStream {
  const chunk = Uint8Array.from({ length: chunkBytes }, (_, at) => at * 7);
  let sent = 0;
  const fill = (into: Flow): void => {
    for (let room = true; room && sent < most && into.fd >= 0; sent += chunk.length) room = into.write(chunk, true);
  };
  const flow = kernel.flow(fd, { data() {}, drain: fill }, { highWaterMark: HIGH_WATER_BYTES });
  fill(flow);
  return {
    get bytes() {
      return flow.bytesWritten;
    },
    get isEnded() {
      return flow.fd < 0;
    },
    retransmits: () => (flow.fd < 0 ? 0 : retransmitsOf(kernel, flow.fd)),
    close: () => flow.close(),
  };
}

function retransmitsOf(kernel: Kernel, fd: number): number {
  return kernel.getsockopt(fd, SOL_TCP, TCP_INFO).totalRetrans;
}
