import type { SocketAddress } from "../../api/address.ts";
import type { Kernel, Worker } from "../../api/kernel.ts";
import type { Connections } from "./connections.ts";
import type { Delivery, Passed } from "./delivery.ts";
import type { ToWorker } from "./worker-message.ts";

/*
 * Threads share the descriptors of their process: an accepted one is given up by the accepting thread (detach), its
 * number is posted, and the worker takes it over (adopt), so that it is closed with the worker, however that ends. The
 * worker counts what it takes in memory that both see; so when it has ended it is known which descriptors nobody owns.
 */

/** The accepting thread's side. */
export class ThreadDelivery implements Delivery {
  readonly #kernel: Kernel;
  readonly #worker: Worker;
  readonly #taken: Int32Array;
  /** In their order; the first has the number `#first`. */
  readonly #passed: Passed[] = [];
  #first = 0;

  constructor(kernel: Kernel, worker: Worker, taken: Int32Array) {
    this.#kernel = kernel;
    this.#worker = worker;
    this.#taken = taken;
  }

  pass(fd: number, address: SocketAddress): void {
    this.#forgetTaken();
    this.#kernel.detach?.(fd);
    this.#passed.push({ fd, address });
    this.#worker.post({ kind: "connection", fd, address } satisfies ToWorker);
  }

  untaken(): Passed[] {
    this.#forgetTaken();
    for (const { fd } of this.#passed) this.#kernel.adopt?.(fd);
    return this.#passed.splice(0);
  }

  #forgetTaken(): void {
    // The difference, since the count may have gone past the largest integer.
    const count = (Atomics.load(this.#taken, 0) - this.#first) | 0;
    this.#passed.splice(0, count);
    this.#first = (this.#first + count) | 0;
  }
}

/** Memory in which a worker counts the descriptors that it has taken. */
export function takenCount(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** The worker's side. */
export function takeHanded(
  kernel: Kernel,
  connections: Connections,
  { fd, address }: ToWorker & { readonly kind: "connection" },
  taken: Int32Array | undefined,
): void {
  // Counted first: between the two nothing can end the thread but `terminate`, and a number that two believe to own is
  // worse than a leak.
  if (taken !== undefined) Atomics.add(taken, 0, 1);
  kernel.adopt?.(fd);
  connections.take(fd, address);
}
