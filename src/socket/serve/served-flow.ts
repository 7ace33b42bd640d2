import type { Flow, FlowHandler } from "../../api/flow.ts";
import type { Client } from "./connection.ts";
import type { Connections } from "./connections.ts";

/** A client whose bytes are pushed: the program's handler, and what the server keeps of it, in one object. */
export class ServedFlow implements FlowHandler, Client {
  // What every message touches comes first.
  readonly allocate?: (flow: Flow) => Uint8Array;
  readonly #handler: FlowHandler;
  readonly startedAtMs: number;
  seenBytes = 0;
  seenAtMs: number;
  readonly #connections: Connections;
  #flow: Flow | undefined;
  #hungUp = false;

  constructor(connections: Connections, handler: FlowHandler, nowMs: number) {
    this.#connections = connections;
    this.#handler = handler;
    this.startedAtMs = nowMs;
    this.seenAtMs = nowMs;
    // Its presence means something to the kernel, so it is here only where the program's handler has it.
    if (handler.allocate !== undefined) this.allocate = (flow) => handler.allocate?.(flow) ?? new Uint8Array(0);
  }

  /** The kernel's side of it, once it was handed over. */
  begin(flow: Flow): void {
    this.#flow = flow;
  }

  get bytesRead(): number {
    return this.#flow?.bytesRead ?? 0;
  }

  get bytesWritten(): number {
    return this.#flow?.bytesWritten ?? 0;
  }

  hangUp(reason: Error | undefined): void {
    this.#hungUp = true;
    this.#flow?.close(reason);
  }

  data(chunk: Uint8Array, flow: Flow): void {
    this.#handler.data(chunk, flow);
  }

  end(flow: Flow): void {
    if (this.#handler.end === undefined) flow.end();
    else this.#handler.end(flow);
  }

  drain(flow: Flow): void {
    this.#handler.drain?.(flow);
  }

  close(error: Error | undefined, flow: Flow): void {
    this.#flow = flow;
    this.#connections.ended(this, this.#hungUp || error === undefined ? undefined : { error });
    this.#handler.close?.(error, flow);
  }
}
