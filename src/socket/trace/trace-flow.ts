import type { AddressLike } from "../../api/address.ts";
import type {
  AcceptFlow,
  AcceptHandler,
  DatagramFlow,
  DatagramFlowOptions,
  DatagramHandler,
  Flow,
  FlowHandler,
  FlowOptions,
} from "../../api/flow.ts";
import type { Kernel } from "../../api/kernel.ts";
import { anyAddressText } from "../../trace/argument-text.ts";
import { dataText } from "../../trace/data-text.ts";
import { overlay } from "./overlay.ts";
import type { Recorder } from "./recorder.ts";

/** The traced form of what a flow's handler and its user see: always the same one for the same flow. */
type Wrap<F> = (flow: F) => F;

function wrapOnce<F extends object>(methods: (flow: F) => Partial<Record<keyof F, unknown>>): Wrap<F> {
  const wrapped = new WeakMap<F, F>();
  return (flow) => {
    const known = wrapped.get(flow);
    if (known !== undefined) return known;
    const traced = overlay(flow, new Map(Object.entries(methods(flow))));
    wrapped.set(flow, traced);
    return traced;
  };
}

/** `detach` ends a flow as a call of the program. */
function detach(recorder: Recorder, flow: Flow | AcceptFlow | DatagramFlow): number {
  const call = recorder.begin("detach", [String(flow.fd)], flow.fd);
  try {
    const fd = flow.detach();
    recorder.end(call, String(fd));
    return fd;
  } catch (error) {
    recorder.fail(call, error);
    throw error;
  }
}

/** Reports the bytes of a connection that was handed over as the calls that the kernel makes for it. */
export function traceFlow(recorder: Recorder, kernel: Kernel): Kernel["flow"] {
  return (fd: number, handler: FlowHandler, options?: FlowOptions) => {
    const { limit } = recorder;
    let hasEnded = false;
    const wrap = wrapOnce<Flow>((flow) => ({
      write(data: Uint8Array, owned?: boolean) {
        const text = dataText(data, limit);
        const below = flow.write(data, owned);
        recorder.pushed("send", fd, [text], String(data.length));
        return below;
      },
      end() {
        flow.end();
        if (!hasEnded) recorder.pushed("shutdown", fd, ["SHUT_WR"], "0");
        hasEnded = true;
      },
      detach: () => detach(recorder, flow),
    }));
    const traced: FlowHandler = {
      ...present(handler, "allocate", (flow: Flow) => handler.allocate?.(wrap(flow)) ?? new Uint8Array(0)),
      ...present(handler, "drain", (flow: Flow) => handler.drain?.(wrap(flow))),
      data(chunk, flow) {
        recorder.pushed("recv", fd, [], `${chunk.length} ${dataText(chunk, limit)}`);
        handler.data(chunk, wrap(flow));
      },
      end(flow) {
        recorder.pushed("recv", fd, [], "0");
        if (handler.end === undefined) flow.end();
        else handler.end(wrap(flow));
      },
      close(error, flow) {
        recorder.pushed("close", fd, [], "0");
        handler.close?.(error, wrap(flow));
      },
    };
    return report(recorder, "flow", fd, () => wrap(kernel.flow(fd, traced, options)));
  };
}

/** Reports each connection of a listener that was handed over as the `accept` that the kernel makes for it. */
export function traceAcceptFlow(recorder: Recorder, kernel: Kernel): Kernel["acceptFlow"] {
  return (fd: number, handler: AcceptHandler) => {
    const wrap = wrapOnce<AcceptFlow>((flow) => ({ detach: () => detach(recorder, flow) }));
    const traced: AcceptHandler = {
      ...present(handler, "error", (error: Error, flow: AcceptFlow) => handler.error?.(error, wrap(flow))),
      connection(accepted, flow) {
        recorder.pushed("accept", fd, [], `${accepted}${fromPeer(kernel, accepted)}`);
        handler.connection(accepted, wrap(flow));
      },
      close(flow) {
        recorder.pushed("close", fd, [], "0");
        handler.close?.(wrap(flow));
      },
    };
    return report(recorder, "acceptFlow", fd, () => wrap(kernel.acceptFlow(fd, traced)));
  };
}

/** Reports the datagrams of a socket that was handed over as the calls that the kernel makes for them. */
export function traceDatagramFlow(recorder: Recorder, kernel: Kernel): Kernel["datagramFlow"] {
  return (fd: number, handler: DatagramHandler, options?: DatagramFlowOptions) => {
    const { limit } = recorder;
    const wrap = wrapOnce<DatagramFlow>((flow) => ({
      send(data: Uint8Array, address?: AddressLike) {
        const below = flow.send(data, address);
        const to = address === undefined ? [] : [anyAddressText(address)];
        recorder.pushed("sendto", fd, [dataText(data, limit), ...to], String(data.length));
        return below;
      },
      detach: () => detach(recorder, flow),
    }));
    const traced: DatagramHandler = {
      ...present(handler, "error", (error: Error, flow: DatagramFlow) => handler.error?.(error, wrap(flow))),
      ...present(handler, "drain", (flow: DatagramFlow) => handler.drain?.(wrap(flow))),
      datagram(data, address, flow, truncated) {
        const from = address === undefined ? "" : ` from ${anyAddressText(address)}`;
        recorder.pushed("recvfrom", fd, [], `${data.length} ${dataText(data, limit)}${from}`);
        handler.datagram(data, address, wrap(flow), truncated);
      },
      close(error, flow) {
        recorder.pushed("close", fd, [], "0");
        handler.close?.(error, wrap(flow));
      },
    };
    return report(recorder, "datagramFlow", fd, () => wrap(kernel.datagramFlow(fd, traced, options)));
  };
}

/** A method that the handler has; one that it has not means something of its own to the flow. */
function present<H extends object, K extends keyof H, M>(handler: H, name: K, method: M): Record<K, M> | undefined {
  return handler[name] === undefined ? undefined : ({ [name]: method } as Record<K, M>);
}

function report<F>(recorder: Recorder, name: string, fd: number, handOver: () => F): F {
  const call = recorder.begin(name, [String(fd)], fd);
  try {
    const flow = handOver();
    recorder.end(call, "0");
    return flow;
  } catch (error) {
    recorder.fail(call, error);
    throw error;
  }
}

/** Who calls, where that can still be asked. */
function fromPeer(kernel: Kernel, fd: number): string {
  try {
    const text = anyAddressText(kernel.getpeername(fd));
    return text === '""' ? "" : ` from ${text}`;
  } catch {
    return "";
  }
}
