import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SO_SNDBUF,
  SOCK_STREAM,
  SOL_SOCKET,
  type HostKernel,
  type Inet4Address,
} from "../../src/index.ts";
import { SeededRandom } from "../tcp/seeded-random.ts";
import { DatagramPair } from "./datagram-pair.ts";
import { checkDead, End, type Scene } from "./end.ts";
import { StreamModel } from "./stream-model.ts";

/** Connections that are open at once. */
const MOST_CONNECTIONS = 16;
/** … and in all. */
const MOST_OPENINGS = 60;

const TRACE = process.env["DIALTONE_TRACE"] !== undefined;

/**
 * A random program: what happens on some connections, by steps and by what handlers do. The same seed makes the same
 * choices for as long as the kernel tells the same in the same order.
 */
export class Program implements Scene {
  readonly kernels: readonly HostKernel[];
  readonly dead: Uint8Array[] = [];
  readonly counts: Map<string, number>;
  isEnding = false;
  readonly #random: SeededRandom;
  readonly #ends: End[] = [];
  readonly #datagrams: DatagramPair[] = [];
  readonly #calls = new Map<Promise<unknown>, string>();
  readonly #failures: unknown[] = [];
  #streams = 0;
  #openings = 0;

  constructor(kernels: readonly HostKernel[], seed: number, counts: Map<string, number>) {
    this.kernels = kernels;
    this.#random = new SeededRandom(seed);
    this.counts = counts;
  }

  async run(): Promise<void> {
    for (let count = 2 + this.#random.below(8); count > 0; count -= 1) this.open();
    for (let steps = 20 + this.#random.below(80); steps > 0 && this.#failures.length === 0; steps -= 1) {
      this.#step();
      if (this.#random.chance(0.4)) await turn();
    }
    await this.#end();
    if (this.#failures.length > 0) throw this.#failures[0];
    for (const end of this.#ends) end.out.check();
    for (const pair of this.#datagrams) pair.check();
    checkDead(this.dead);
  }

  anyEnd(): End {
    return this.#ends[this.#random.below(this.#ends.length)] as End;
  }

  expect(name: string, call: Promise<unknown>): void {
    const settled: Promise<unknown> = call.catch((error) => this.#failures.push(error));
    this.#calls.set(settled, name);
    void settled.then(() => this.#calls.delete(settled));
  }

  check(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failures.push(error);
    }
  }

  note(event: string, who: string): void {
    if (TRACE) console.error(`${who} ${event}`);
    this.counts.set(event, (this.counts.get(event) ?? 0) + 1);
  }

  /** What has not come to its end: for who finds that nothing happens any more. */
  get waiting(): string {
    const open = this.#ends
      .filter(({ isOpen }) => isOpen)
      .map((end) => `${end.isFlow ? "flow" : "end"} ${end.fd} (stream ${end.out.id})`);
    return `${[...this.#calls.values()].join()}; open: ${open.join()}`;
  }

  #step(): void {
    const often = this.#random.below(20);
    if (often === 0) this.open();
    else if (often < 3) this.#burst();
    else if (often < 5) this.#datagrams[this.#random.below(this.#datagrams.length)]?.act();
    else for (let count = 1 + this.#random.below(6); count > 0; count -= 1) this.anyEnd().act();
  }

  /** Many send at once, so that many completions come in one batch. */
  #burst(): void {
    for (const end of this.#ends) if (this.#random.chance(0.8)) end.send();
  }

  open(): void {
    const open = this.#ends.filter(({ isOpen }) => isOpen).length;
    if (this.#openings === MOST_OPENINGS || open >= 2 * MOST_CONNECTIONS) return;
    this.#openings += 1;
    const kind = this.#random.below(10);
    if (kind === 0) {
      this.#datagrams.push(new DatagramPair(this, this.#generator(), this.#kernel()));
    }
    const family = kind < 6 ? AF_UNIX : kind < 9 ? AF_INET : AF_INET6;
    const kernels = [this.#kernel(), this.#kernel()] as const;
    const fds = family === AF_UNIX ? this.#unixPair(kernels) : tcpPair(kernels, family);
    const [there, back] = [new StreamModel(this.#streams), new StreamModel(this.#streams + 1)];
    this.#streams += 2;
    const near = new End(this, this.#generator(), kernels[0], fds[0], family, [there, back]);
    const far = new End(this, this.#generator(), kernels[1], fds[1], family, [back, there]);
    near.peer = far;
    far.peer = near;
    this.#ends.push(near, far);
    for (const end of [near, far]) {
      // As small as Linux grants; for TCP not so small that it waits for its own timers.
      if (this.#random.chance(0.4)) end.kernel.setsockopt(end.fd, SOL_SOCKET, SO_SNDBUF, end.isUnix ? 1 : 20_000);
      if (this.#random.chance(0.6)) end.handOver();
    }
  }

  #unixPair([near, far]: readonly [HostKernel, HostKernel]): [number, number] {
    const fds = near.socketpair(AF_UNIX, SOCK_STREAM);
    if (far !== near) far.adopt(near.detach(fds[1]));
    return fds;
  }

  #kernel(): HostKernel {
    return this.kernels[this.#random.below(this.kernels.length)] as HostKernel;
  }

  #generator(): SeededRandom {
    return new SeededRandom(this.#random.uint32());
  }

  async #end(): Promise<void> {
    this.isEnding = true;
    for (const end of this.#ends) if (end.isOpen) this.expect("finish", end.finish());
    for (const pair of this.#datagrams) this.expect("datagrams", pair.finish());
    while (this.#calls.size > 0 || this.#ends.some(({ isOpen }) => isOpen)) {
      await turn();
      if (this.#failures.length > 0) return;
    }
  }
}

function tcpPair([near, far]: readonly [HostKernel, HostKernel], family: number): [number, number] {
  const listener = far.socket(family, SOCK_STREAM);
  const address = family === AF_INET ? { family, address: "127.0.0.1", port: 0 } : { family, address: "::1", port: 0 };
  far.bind(listener, address as Inet4Address);
  far.listen(listener);
  const client = near.socket(family, SOCK_STREAM);
  near.connectSync(client, far.getsockname(listener));
  const { fd } = far.acceptSync(listener);
  far.close(listener);
  return [client, fd];
}

/** Nothing of a program is left in a kernel. */
export function checkNothingLeft(kernel: HostKernel): void {
  const { waits, waitingCalls, descriptors, takers = 0, buffersHeld = 0 } = kernel.inspect();
  assert.deepEqual(
    { waits, waitingCalls, descriptors, takers, buffersHeld },
    { waits: 0, waitingCalls: 0, descriptors: 0, takers: 0, buffersHeld: 0 },
  );
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
