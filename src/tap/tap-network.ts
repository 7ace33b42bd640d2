import type { HostedStack } from "../stack/hosted-stack.ts";
import type { Interface } from "../stack/link/interface.ts";
import type { StackKernel } from "../stack/socket/socket-layer.ts";
import { TCP_CLOSING, TCP_FIN_WAIT1, TCP_LAST_ACK } from "../api/constants.ts";
import { Connection } from "../stack/tcp/connection.ts";
import type { DeviceCounters, StackDevice } from "./stack-device.ts";
import type { TunDevice } from "./tun-device.ts";

/** How long the close waits for what is still to be sent, unless told otherwise. */
const CLOSE_DEADLINE_MS = 1000;
/** How often it looks. */
const LOOK_MS = 2;

/** How a network on a device is closed. */
export interface TapCloseOptions {
  /** How long connections may take to send what they have, and to say that they end; 1000 unless given. */
  readonly deadlineMs?: number;
}

/** A stack on a TAP or TUN device of the machine, in real time. */
export class TapNetwork implements AsyncDisposable {
  /** The calls of every kernel, on this network. */
  readonly kernel: StackKernel;
  /** The device's name, as the machine's kernel chose it. */
  readonly name: string;
  /** The stack below the calls: routes, further addresses, interfaces. */
  readonly stack: HostedStack;
  /** The device as an interface of the stack. */
  readonly interface: Interface;
  /** Resolves after the close. Rejects when the device fails before: when its interface was deleted. */
  readonly closed: Promise<void>;
  readonly #tun: TunDevice;
  readonly #device: StackDevice;
  #end: { resolve(): void; reject(error: unknown): void };
  #closing: Promise<void> | undefined;

  constructor(stack: HostedStack, tun: TunDevice, device: StackDevice, iface: Interface) {
    this.kernel = stack.kernel;
    this.name = tun.name;
    this.stack = stack;
    this.interface = iface;
    this.#tun = tun;
    this.#device = device;
    this.#end = { resolve() {}, reject() {} };
    this.closed = new Promise((resolve, reject) => (this.#end = { resolve, reject }));
    // It is the sockets that keep the program alive, as everywhere.
    tun.unref();
    device.receive({
      receive: (packet) => stack.receive(iface, packet),
      batchEnd: (isLast) => (isLast ? stack.run() : stack.endBatch()),
      failed: (error) => this.#failed(error),
    });
  }

  /** Whether the device keeps the program alive even when nobody waits on a socket: it does not, until `ref`. */
  ref(): void {
    this.#tun.ref();
  }

  unref(): void {
    this.#tun.unref();
  }

  /** The state of the stack and of the device, for people. What is in it may change. */
  inspect(): Record<string, unknown> & { readonly device: DeviceCounters } {
    return { ...this.stack.inspect(), device: this.#device.counters };
  }

  /**
   * Closes all sockets, waits until connections have sent what they have, and gives the device back: an interface that
   * was made for it is gone. Calls that wait reject with EBADF. Once is enough: later calls wait for the first.
   */
  close(options: TapCloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options.deadlineMs ?? CLOSE_DEADLINE_MS);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    const { kernel } = this;
    for (const { fd } of kernel.descriptors()) kernel.close(fd);
    const untilMs = kernel.clock.now() + deadlineMs;
    while (this.#isSending() && kernel.clock.now() < untilMs) await kernel.clock.sleep(LOOK_MS);
    this.#detach();
    this.#end.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Whether a connection's end is still to be acknowledged, and with it all before it. */
  #isSending(): boolean {
    if (this.#tun.isClosed) return false;
    for (const holder of this.stack.tcp.pairs.holders()) {
      if (holder instanceof Connection && ENDING.has(holder.state)) return true;
    }
    return false;
  }

  #failed(error: unknown): void {
    this.#detach();
    this.#end.reject(error);
  }

  #detach(): void {
    if (this.#tun.isClosed) return;
    this.stack.stack.detach(this.interface);
    this.#tun.close();
  }
}

/** States in which our FIN is not acknowledged: RFC 9293 §3.3.2. */
const ENDING: ReadonlySet<number> = new Set([TCP_FIN_WAIT1, TCP_CLOSING, TCP_LAST_ACK]);
