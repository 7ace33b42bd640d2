import type {
  AcceptFlow,
  AcceptHandler,
  DatagramFlow,
  DatagramFlowOptions,
  DatagramHandler,
  Flow,
  FlowHandler,
  FlowOptions,
} from "../api/flow.ts";
import type { EventTaker } from "../kernel/descriptor.ts";
import { AcceptPushFlow } from "../kernel/flow/accept-flow.ts";
import { DatagramPushFlow, DEFAULT_MAX_BYTES } from "../kernel/flow/datagram-flow.ts";
import type { FlowKernel } from "../kernel/flow/port.ts";
import { StreamFlow } from "../kernel/flow/stream-flow.ts";
import type { Descriptor } from "./descriptor.ts";
import type { DescriptorTable } from "./descriptor-table.ts";
import type { Engine } from "./engine.ts";
import { HostAcceptPort } from "./ports/accept-port.ts";
import { HostDatagramPort } from "./ports/datagram-port.ts";
import { HostStreamPorts } from "./ports/stream-port.ts";
import { hostTurns } from "./turns.ts";

/** The flows that are told when their descriptor is ready, and make the system calls themselves. */
export class ReadinessFlows {
  readonly #engine: Engine;
  readonly #table: DescriptorTable;
  readonly #streamPorts = new HostStreamPorts();

  constructor(engine: Engine, table: DescriptorTable) {
    this.#engine = engine;
    this.#table = table;
  }

  stream(descriptor: Descriptor, handler: FlowHandler, options: FlowOptions): Flow & EventTaker {
    const port = this.#streamPorts.of(descriptor);
    return this.#handOver(descriptor, new StreamFlow(this.kernel(descriptor), port, handler, options));
  }

  accept(descriptor: Descriptor, handler: AcceptHandler): AcceptFlow & EventTaker {
    const port = new HostAcceptPort(descriptor.fd, this.#table);
    return this.#handOver(descriptor, new AcceptPushFlow(this.kernel(descriptor), port, handler));
  }

  datagram(descriptor: Descriptor, handler: DatagramHandler, options: DatagramFlowOptions): DatagramFlow & EventTaker {
    const port = new HostDatagramPort(descriptor.fd, options.maxBytes ?? DEFAULT_MAX_BYTES);
    const flow = new DatagramPushFlow(this.kernel(descriptor), port, handler, options);
    port.start(flow);
    return this.#handOver(descriptor, flow);
  }

  /** What a flow on this descriptor stands on. */
  kernel(descriptor: Descriptor): FlowKernel {
    return { engine: this.#engine, table: this.#table, turns: hostTurns, descriptor };
  }

  #handOver<T extends EventTaker>(descriptor: Descriptor, flow: T): T {
    descriptor.flow = flow;
    // What arrived before has made its edge already: watched anew, the descriptor tells its state at once.
    this.#engine.forget(descriptor);
    this.#engine.watch(descriptor, flow.interest);
    return flow;
  }
}
