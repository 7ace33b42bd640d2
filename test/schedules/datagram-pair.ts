import assert from "node:assert/strict";
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  SOCK_DGRAM,
  type DatagramFlow,
  type HostKernel,
  type SocketAddress,
} from "../../src/index.ts";
import type { SeededRandom } from "../tcp/seeded-random.ts";
import type { Scene } from "./end.ts";

/** So many datagrams of a pair's end, and bytes of each: what a socket's buffer holds, so that none may be lost. */
const MOST_DATAGRAMS = 60;
const MOST_BYTES = 1000;
const NUMBER_BYTES = 2;
/** Turns that the last datagrams may take. */
const TURNS = 500;

class DatagramEnd {
  readonly fd: number;
  /** Where it sends to; undefined when it is connected. */
  to: SocketAddress | undefined;
  flow: DatagramFlow | undefined;
  sent = 0;
  received = 0;

  constructor(fd: number) {
    this.fd = fd;
  }
}

/** Two datagram sockets of one host: each datagram arrives once, whole and in order. */
export class DatagramPair {
  readonly #scene: Scene;
  readonly #random: SeededRandom;
  readonly #kernel: HostKernel;
  readonly #ends: readonly DatagramEnd[];

  constructor(scene: Scene, random: SeededRandom, kernel: HostKernel) {
    this.#scene = scene;
    this.#random = random;
    this.#kernel = kernel;
    this.#ends = random.chance(0.5) ? this.#unix() : this.#internet();
    for (const end of this.#ends) if (random.chance(0.8)) this.#handOver(end);
  }

  #unix(): DatagramEnd[] {
    return this.#kernel.socketpair(AF_UNIX, SOCK_DGRAM).map((fd) => new DatagramEnd(fd));
  }

  #internet(): DatagramEnd[] {
    const kernel = this.#kernel;
    const fds = [kernel.socket(AF_INET, SOCK_DGRAM), kernel.socket(AF_INET, SOCK_DGRAM)];
    for (const fd of fds) kernel.bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
    return fds.map((fd, index) => {
      const end = new DatagramEnd(fd);
      end.to = kernel.getsockname(fds[1 - index] as number);
      return end;
    });
  }

  /** One thing that a program may do at this moment. */
  act(): void {
    const end = this.#ends[this.#random.below(2)] as DatagramEnd;
    const often = this.#random.below(10);
    if (often < 5) for (let count = this.#random.below(12); count > 0; count -= 1) this.#send(end);
    else if (end.flow === undefined) {
      if (often < 8) this.#receiveNow(end);
      else this.#handOver(end);
    } else if (often < 7) end.flow.pause();
    else if (often < 9) end.flow.resume();
    else this.#takeBack(end, end.flow);
  }

  #send(end: DatagramEnd): void {
    if (end.sent === MOST_DATAGRAMS) return;
    const data = datagram(end.sent, NUMBER_BYTES + this.#random.below(MOST_BYTES));
    if (end.flow === undefined) {
      try {
        if (end.to === undefined) this.#kernel.sendSync(end.fd, data, MSG_DONTWAIT);
        else this.#kernel.sendtoSync(end.fd, data, MSG_DONTWAIT, end.to);
      } catch (error) {
        this.#scene.check(() => assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN"));
        return;
      }
    } else {
      end.flow.send(data, end.to);
      // Ours again.
      data.fill(0xee);
    }
    end.sent += 1;
    this.#scene.note("datagram", `datagrams ${end.fd}`);
  }

  #handOver(end: DatagramEnd): void {
    end.flow = this.#kernel.datagramFlow(end.fd, {
      datagram: (data, _from, _flow, truncated) => {
        this.#scene.check(() => assert.equal(truncated, false));
        this.#arrived(end, data);
        if (!this.#scene.isEnding && this.#random.chance(0.6)) this.#send(end);
      },
      error: (error) => this.#scene.check(() => assert.ifError(error)),
    });
  }

  #takeBack(end: DatagramEnd, flow: DatagramFlow): void {
    try {
      flow.detach();
      end.flow = undefined;
    } catch (error) {
      this.#scene.check(() => assert.equal((error as NodeJS.ErrnoException).code, "EBUSY"));
    }
  }

  #receiveNow(end: DatagramEnd): boolean {
    const memory = new Uint8Array(NUMBER_BYTES + MOST_BYTES);
    try {
      const count = this.#kernel.recvSync(end.fd, memory, MSG_DONTWAIT);
      this.#arrived(end, memory.subarray(0, count));
      return true;
    } catch (error) {
      this.#scene.check(() => assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN"));
      return false;
    }
  }

  #arrived(end: DatagramEnd, data: Uint8Array): void {
    const number = end.received;
    end.received += 1;
    this.#scene.check(() => {
      assert.ok(
        Buffer.compare(data, datagram(number, data.length)) === 0,
        `datagram ${number} of ${end.fd} is another: it says ${(data[0] ?? 0) * 256 + (data[1] ?? 0)}`,
      );
    });
  }

  /** Receives what is left, and closes. */
  async finish(): Promise<void> {
    for (const { flow } of this.#ends) flow?.resume();
    for (let turns = 0; turns < TURNS && !this.#isThrough; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      for (const end of this.#ends) if (end.flow === undefined) while (this.#receiveNow(end));
    }
    for (const { fd } of this.#ends) this.#kernel.close(fd);
  }

  get #isThrough(): boolean {
    const [one, other] = this.#ends as [DatagramEnd, DatagramEnd];
    return one.sent === other.received && other.sent === one.received;
  }

  check(): void {
    const [one, other] = this.#ends as [DatagramEnd, DatagramEnd];
    assert.deepEqual([other.received, one.received], [one.sent, other.sent], "datagrams that came, and that were sent");
  }
}

/** The datagram of a number: its length changes nothing of what it begins with. */
function datagram(number: number, length: number): Uint8Array {
  const data = Uint8Array.from({ length }, (_byte, at) => number * 31 + at * 7);
  data[0] = number >> 8;
  data[1] = number & 0xff;
  return data;
}
