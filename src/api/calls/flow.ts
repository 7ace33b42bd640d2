import type {
  AcceptFlow,
  AcceptHandler,
  DatagramFlow,
  DatagramFlowOptions,
  DatagramHandler,
  Flow,
  FlowHandler,
  FlowOptions,
} from "../flow.ts";

/**
 * Handing a descriptor over to the kernel, which pushes what comes: see Flow. A descriptor is pulled or pushed, never
 * both.
 */
export interface FlowCalls {
  /**
   * Hands a connected stream over: its bytes are pushed to the handler, from the next turn of the event loop on. No
   * call of C. Returns the flow, which owns the descriptor from now on; `detach` gives it back.
   *
   * Errors:
   * - EBUSY: calls wait on it, or a flow has it.
   * - EPERM: a file. ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: the handler.
   * - EBADF.
   *
   * Closing the descriptor closes the flow. Calls of this thread on it reject with EBUSY. Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * host.flow(far, { data: (chunk, flow) => void flow.write(chunk) });
   * await send(near, new TextEncoder().encode("echo"));
   * await recv(near, new Uint8Array(16)); // 4
   * close(near);
   */
  readonly flow: (fd: number, handler: FlowHandler, options?: FlowOptions) => Flow;

  /**
   * Hands a listener over: its connections are pushed to the handler. No call of C. Returns the flow, which owns the
   * listener.
   *
   * Errors as `flow`; that it does not listen (EINVAL) is told to the handler.
   *
   * Closing the descriptor closes the flow. Every kernel.
   *
   * @example
   * const listener = socket(AF_INET, SOCK_STREAM);
   * listen(listener);
   * const flow = host.acceptFlow(listener, { connection: (fd) => close(fd) });
   * flow.close();
   */
  readonly acceptFlow: (fd: number, handler: AcceptHandler) => AcceptFlow;

  /**
   * Hands a datagram socket over: its datagrams are pushed to the handler. No call of C. Returns the flow, which owns
   * the descriptor.
   *
   * Errors as `flow`.
   *
   * Closing the descriptor closes the flow. Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
   * const flow = host.datagramFlow(far, { datagram: (data, _from, it) => void it.send(data) });
   * await send(near, new Uint8Array(3));
   * await recv(near, new Uint8Array(16)); // 3
   * flow.close();
   * close(near);
   */
  readonly datagramFlow: (fd: number, handler: DatagramHandler, options?: DatagramFlowOptions) => DatagramFlow;
}
