import type { Clock } from "../../api/kernel.ts";
import { failureText } from "../../trace/call-text.ts";
import type { DescriptorRole, TracedCall, TraceListener } from "./traced-call.ts";

/** What a call is, before it has ended. */
type Begun = Pick<TracedCall, "number" | "name" | "arguments" | "fd" | "descriptor" | "role" | "beganMs">;

/** What is known of calls, and of the descriptors that they are about. */
export class Recorder {
  readonly limit: number;
  readonly #clock: Clock;
  readonly #ended: TraceListener;
  readonly #began: TraceListener | undefined;
  readonly #descriptors = new Map<number, number>();
  readonly #roles = new Map<number, DescriptorRole>();
  #calls = 0;
  #opened = 0;

  constructor(clock: Clock, limit: number, ended: TraceListener, began: TraceListener | undefined) {
    this.limit = limit;
    this.#clock = clock;
    this.#ended = ended;
    this.#began = began;
  }

  begin(name: string, texts: readonly string[], fd: number | undefined): Begun {
    const call = this.#call(name, texts, fd);
    this.#began?.(record(call, call.beganMs, undefined, undefined, false));
    return call;
  }

  /** `opened`: the descriptor that the call gave. */
  end(call: Begun, result: string, opened?: number): void {
    const endedMs = this.#clock.now();
    if (call.name === "close" || call.name === "detach") this.#forget(call.fd);
    if (call.name === "listen") this.becomes("listener", call.fd);
    const about = opened === undefined || call.fd !== undefined ? {} : { fd: opened, descriptor: this.#open(opened) };
    this.#ended(record({ ...call, ...about }, endedMs, result, undefined, false));
  }

  fail(call: Begun, error: unknown): void {
    this.#ended(record(call, this.#clock.now(), undefined, failureText(error), false));
  }

  /** What the kernel did by itself. */
  pushed(name: string, fd: number, texts: readonly string[], result: string): void {
    const call = this.#call(name, [String(fd), ...texts], fd);
    if (name === "close") this.#forget(fd);
    this.#ended(record(call, call.beganMs, result, undefined, true));
  }

  /** Remembers what a descriptor has become, for the calls that follow. */
  becomes(role: DescriptorRole, fd: number | undefined): void {
    if (fd !== undefined) this.#roles.set(this.#descriptorOf(fd), role);
  }

  /** Hands on the call of a worker. */
  forward(call: TracedCall, worker: string): void {
    this.#ended({ ...call, worker: call.worker === undefined ? worker : `${worker}, ${call.worker}` });
  }

  #call(name: string, texts: readonly string[], fd: number | undefined): Begun {
    this.#calls += 1;
    const descriptor = fd === undefined ? undefined : this.#descriptorOf(fd);
    const role = descriptor === undefined ? undefined : this.#roles.get(descriptor);
    return { number: this.#calls, name, arguments: texts, fd, descriptor, role, beganMs: this.#clock.now() };
  }

  #forget(fd: number | undefined): void {
    const descriptor = fd === undefined ? undefined : this.#descriptors.get(fd);
    if (fd === undefined || descriptor === undefined) return;
    this.#descriptors.delete(fd);
    this.#roles.delete(descriptor);
  }

  #descriptorOf(fd: number): number {
    return this.#descriptors.get(fd) ?? this.#open(fd);
  }

  #open(fd: number): number {
    this.#opened += 1;
    this.#descriptors.set(fd, this.#opened);
    return this.#opened;
  }
}

function record(
  call: Begun,
  endedMs: number,
  result: string | undefined,
  error: string | undefined,
  pushed: boolean,
): TracedCall {
  return { ...call, endedMs, result, error, pushed, worker: undefined };
}
