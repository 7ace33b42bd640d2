// Long because what may happen to an end, pulled or pushed, is told by one state that all of it changes.
import assert from "node:assert/strict";
import {
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_WAITALL,
  POLLIN,
  POLLOUT,
  SHUT_WR,
  type Flow,
  type FlowHandler,
  type HostKernel,
} from "../../src/index.ts";
import type { SeededRandom } from "../tcp/seeded-random.ts";
import type { Piece, StreamModel } from "./stream-model.ts";

/** All that one end may send, so that every program ends. */
const MOST_BYTES = 300_000;
/** What a handler does besides: so often at most. */
const MOST_REACTIONS = 40;

/** What memory is filled with when nobody may touch it any more. */
const DEAD = 0xee;

/** What an end knows of the program that it is in. */
export interface Scene {
  readonly kernels: readonly HostKernel[];
  /** No new work: everything comes to its end. */
  readonly isEnding: boolean;
  /** Memory that nobody may write to any more. */
  readonly dead: Uint8Array[];
  /** Some end of the program. */
  anyEnd(): End;
  /** Opens another connection: on the numbers that are free. */
  open(): void;
  /** A call that must settle; what `work` throws fails the program. */
  expect(name: string, call: Promise<unknown>): void;
  /** What this throws fails the program. */
  check(work: () => void): void;
  /** Something happened: it is counted, and printed where that was asked for. */
  note(event: string, who: string): void;
}

type Code = NodeJS.ErrnoException & { readonly code?: string };

/** One end of a connection, and what may happen to it: pulled, or pushed by a flow, or closed. */
export class End {
  fd: number;
  kernel: HostKernel;
  readonly isUnix: boolean;
  readonly out: StreamModel;
  readonly in: StreamModel;
  peer: End = this;
  /** It was closed, or has failed, before both streams had come to their end. */
  closedEarly = false;
  isOpen = true;
  readonly #scene: Scene;
  readonly #random: SeededRandom;
  readonly #controllers = new Set<AbortController>();
  #flow: Flow | undefined;
  /** What was written to the flow. */
  #written: Piece[] = [];
  #reads = 0;
  #writes = 0;
  #polls = 0;
  /** This end sends no more. */
  #hasEnded = false;
  /** The flow answers the end of the other stream by itself. */
  #answersEnd = false;
  #isClosing = false;
  #reactions = 0;

  constructor(
    scene: Scene,
    random: SeededRandom,
    kernel: HostKernel,
    fd: number,
    family: number,
    streams: [StreamModel, StreamModel],
  ) {
    this.#scene = scene;
    this.#random = random;
    this.kernel = kernel;
    this.fd = fd;
    this.isUnix = family === AF_UNIX;
    [this.out, this.in] = streams;
  }

  #note(event: string): void {
    this.#scene.note(event, `${this.out.id}`);
  }

  get isFlow(): boolean {
    return this.#flow !== undefined;
  }

  /** One thing that a program may do at this moment. */
  act(): void {
    if (this.#controllers.size > 0 && this.#random.chance(0.3)) this.abort();
    if (!this.isOpen) return;
    const often = this.#random.below(100);
    if (this.#flow === undefined) this.#actPulled(often);
    else this.#actPushed(this.#flow, often);
  }

  #actPulled(often: number): void {
    if (often < 30) this.send();
    else if (often < 60) this.#receive();
    else if (often < 82) this.handOver();
    else if (often < 88) this.abort();
    else if (often < 91) this.#poll();
    else if (often < 94) this.#move();
    else if (often < 97) this.halfClose();
    else this.close();
  }

  #actPushed(flow: Flow, often: number): void {
    if (often < 60) this.send();
    else if (often < 68) flow.pause();
    else if (often < 78) flow.resume();
    else if (often < 82) flow.cork();
    else if (often < 88) flow.uncork();
    else if (often < 94) this.takeBack();
    else if (often < 97) this.halfClose();
    else this.close();
  }

  /** Sends by whatever way is open. */
  send(): void {
    if (!this.isOpen || this.#hasEnded || this.out.bytesMade > MOST_BYTES) return;
    const data = this.out.make(this.#size());
    if (this.#flow === undefined) this.#pull(data);
    else this.#push(this.#flow, data);
  }

  #size(): number {
    const kind = this.#random.below(10);
    return 1 + this.#random.below(kind < 7 ? 900 : kind < 9 ? 9000 : 60_000);
  }

  #push(flow: Flow, data: Uint8Array): void {
    const piece = this.out.sends(data);
    this.#written.push(piece);
    piece.taken = data.length;
    const isOwned = this.#random.chance(0.2);
    const memory = data.slice();
    try {
      flow.write(memory, isOwned);
    } catch (error) {
      // Only where the flow answers by itself does it end unseen.
      this.#scene.check(() => assert.ok((error as Code).code === "EPIPE" && this.#answersEnd, error as Error));
      piece.taken = 0;
      this.#written.pop();
      return;
    }
    // Ours again.
    if (!isOwned) memory.fill(DEAD);
    this.#note("write");
  }

  #pull(data: Uint8Array): void {
    const piece = this.out.sends(data);
    const memory = data.slice();
    if (this.#writes === 0 && this.#random.chance(0.2)) {
      this.#scene.check(
        () => (piece.taken = this.#now("send", () => this.kernel.sendSync(this.fd, memory, MSG_DONTWAIT))),
      );
      return;
    }
    const flags = this.#random.chance(0.2) ? MSG_DONTWAIT : 0;
    const { options, controller } = this.#signal();
    this.#writes += 1;
    const call = this.kernel.send(this.fd, memory, flags, options).then(
      (sent) => {
        piece.taken = sent;
        assert.ok(sent > 0 && sent <= data.length);
        this.#note("send");
      },
      (error: Code) => {
        this.#mayFail("send", error, flags !== 0, controller);
        // Closed in its middle, it does not say how far it came.
        if (error.code === "EBADF") piece.taken = undefined;
      },
    );
    this.#scene.expect(
      "send",
      call.finally(() => {
        this.#writes -= 1;
        this.#forget(controller);
        this.#scene.dead.push(memory.fill(DEAD));
      }),
    );
  }

  /** A call that does not wait; 0 when it would have to. */
  #now(name: string, call: () => number): number {
    try {
      const count = call();
      this.#note(`${name} at once`);
      return count;
    } catch (error) {
      this.#mayFail(name, error as Code, true, undefined);
      return 0;
    }
  }

  #receive(): void {
    const memory = new Uint8Array(1 + this.#random.below(this.#random.chance(0.2) ? 20_000 : 600));
    if (this.#reads === 0 && this.#random.chance(0.2)) {
      const received = this.in.receives();
      this.#scene.check(() => {
        const count = this.#now("recv", () => this.kernel.recvSync(this.fd, memory, MSG_DONTWAIT));
        received(memory.slice(0, count));
      });
      return;
    }
    const flags = this.#random.chance(0.1) ? MSG_DONTWAIT : this.#random.chance(0.1) ? MSG_WAITALL : 0;
    this.#receiveInto(memory, this.#reads === 0 && this.#random.chance(0.1) ? MSG_PEEK : flags);
  }

  #receiveInto(memory: Uint8Array, flags: number): void {
    const received = flags === MSG_PEEK ? (): undefined => undefined : this.in.receives();
    const { options, controller } = this.#signal();
    this.#reads += 1;
    const call = this.kernel.recv(this.fd, memory, flags, options).then(
      (count) => {
        if (count === 0) this.in.endSeen = true;
        received(memory.slice(0, count));
        assert.ok(
          memory.subarray(count).every((byte) => byte === 0),
          "nothing was written behind what was received",
        );
        this.#note(flags === MSG_PEEK ? "peek" : "recv");
      },
      (error: Code) => {
        this.#mayFail("recv", error, flags === MSG_DONTWAIT, controller);
        // Closed in its middle, one with MSG_WAITALL may have taken some; nobody receives here any more.
        if (error.code !== "EBADF")
          assert.ok(
            memory.every((byte) => byte === 0),
            "a recv that failed has taken nothing",
          );
      },
    );
    this.#scene.expect(
      "recv",
      call.finally(() => {
        this.#reads -= 1;
        this.#forget(controller);
        this.#scene.dead.push(memory.fill(DEAD));
      }),
    );
  }

  #poll(): void {
    const { options, controller } = this.#signal();
    const entries = [{ fd: this.fd, events: this.#random.chance(0.5) ? POLLIN : POLLIN | POLLOUT }];
    this.#polls += 1;
    const call = this.kernel.poll(entries, this.#random.chance(0.5) ? -1 : this.#random.below(3), options).then(
      () => this.#note("poll"),
      (error: Code) => this.#mayFail("poll", error, false, controller),
    );
    this.#scene.expect(
      "poll",
      call.finally(() => {
        this.#polls -= 1;
        this.#forget(controller);
      }),
    );
  }

  /** To the other kernel of the program: a call of its own waits there. */
  #move(): void {
    if (this.#reads + this.#writes + this.#polls > 0) return;
    this.kernel.detach(this.fd);
    this.kernel = this.#scene.kernels[this.#random.below(this.#scene.kernels.length)] as HostKernel;
    this.kernel.adopt(this.fd);
  }

  /** Becomes a flow. */
  handOver(): void {
    if (this.#reads + this.#writes + this.#polls > 0 || !this.isOpen || this.isFlow) return;
    this.#written = [];
    const random = this.#random;
    this.#answersEnd = random.chance(0.5);
    const flow = this.kernel.flow(this.fd, this.#handler(), {
      paused: random.chance(0.1),
      promises: random.chance(0.2),
      readsAhead: random.chance(0.7),
      ...(random.chance(0.5) ? { highWaterMark: 2000 } : {}),
    });
    this.#flow = flow;
    if (this.#hasEnded) flow.end();
    this.#note("flow");
  }

  #handler(): FlowHandler {
    let given: Uint8Array | undefined;
    const told = (flow: Flow, what: string): void =>
      this.#scene.check(() => assert.ok(flow === this.#flow, `${what} after the end of the flow`));
    const allocates = this.#random.chance(0.3);
    return {
      data: (chunk, flow) => {
        told(flow, "data");
        // Its own memory stays as it is; the kernel's is another's after the call.
        this.in.receives()(chunk.buffer === given?.buffer ? chunk : chunk.slice());
        this.#note("data");
        this.#react();
      },
      drain: (flow) => {
        told(flow, "drain");
        this.#react();
      },
      close: (error, flow) => {
        told(flow, "close");
        this.#flowClosed(error, flow);
      },
      ...(this.#answersEnd
        ? {}
        : {
            end: (flow: Flow): void => {
              told(flow, "end");
              this.#peerEnded();
            },
          }),
      ...(allocates
        ? {
            allocate: (flow: Flow): Uint8Array => {
              told(flow, "allocate");
              return (given = new Uint8Array(this.#random.chance(0.1) ? 0 : 1 + this.#random.below(1500)));
            },
          }
        : {}),
    };
  }

  #peerEnded(): void {
    this.in.endSeen = true;
    if (this.#scene.isEnding) this.#flow?.end();
    else this.#react();
  }

  /** What a handler does: mostly with its own flow, now and then with another. */
  #react(): void {
    if (this.#scene.isEnding || this.#reactions > MOST_REACTIONS) return;
    this.#reactions += 1;
    const often = this.#random.below(20);
    if (often < 10) this.send();
    else if (often < 12) this.act();
    else if (often < 14) this.#scene.anyEnd().act();
    else if (often < 15) this.#scene.anyEnd().close();
    else if (often < 16) {
      this.#scene.anyEnd().close();
      this.#scene.open();
    }
  }

  #flowClosed(error: Code | undefined, flow: Flow): void {
    this.#note(error === undefined ? "close" : `close ${error.code}`);
    this.#leaveFlow(flow);
    this.isOpen = false;
    if (error !== undefined) {
      this.#scene.check(() => {
        assert.ok(error.code === "EPIPE" || error.code === "ECONNRESET", error);
        assert.ok(this.peer.closedEarly, `${error.code}, and the other end is well`);
      });
      this.#endEarly();
    } else if (!this.#isClosing) {
      this.in.endSeen = true;
      // Hung up: the other end is closed, and nobody can be sent to.
      const mayClose = this.#hasEnded || this.#answersEnd || this.peer.closedEarly;
      this.#scene.check(() => assert.ok(mayClose, "closed before this end had ended"));
      if (!this.#hasEnded) this.out.cut = true;
    }
  }

  /** What the flow has sent of what was written, from the first byte on. */
  #leaveFlow(flow: Flow): void {
    let left = flow.bytesWritten;
    for (const piece of this.#written) {
      piece.taken = Math.min(left, piece.data.length);
      left -= piece.taken;
    }
    this.#scene.check(() => assert.equal(left, 0, "no more was sent than was written"));
    this.#written = [];
    this.#flow = undefined;
  }

  /** Back to the pull calls. */
  takeBack(): void {
    const flow = this.#flow;
    if (flow === undefined) return;
    const { fd } = this;
    try {
      assert.equal(flow.detach(), fd);
    } catch (error) {
      const { code } = error as Code;
      // EBADF: closed, or given back, by what was received last; or a write has failed.
      const isGone = code === "EBADF" && (!this.isOpen || this.#flow !== flow || this.peer.closedEarly);
      this.#scene.check(() => assert.ok(code === "EBUSY" || isGone, error as Error));
      return;
    }
    // What was received last may have done so itself.
    if (this.#flow !== flow) return;
    this.#leaveFlow(flow);
    this.#note("detach");
  }

  halfClose(): void {
    if (!this.isOpen || this.#hasEnded || this.#writes > 0) return;
    this.#hasEnded = true;
    if (this.#flow === undefined) this.#scene.check(() => this.#shutdown());
    else this.#flow.end();
  }

  #shutdown(): void {
    try {
      this.kernel.shutdown(this.fd, SHUT_WR);
    } catch (error) {
      const isOver = this.peer.closedEarly || this.#answersEnd;
      assert.ok((error as Code).code === "ENOTCONN" && isOver, error as Error);
    }
  }

  /** Closes it now, whatever is in flight. */
  close(): void {
    if (!this.isOpen) return;
    this.#isClosing = true;
    const how = this.#random.below(4);
    const flow = this.#flow;
    const isComplete = how !== 0 && (this.isUnix || this.in.endSeen) && this.#writes === 0;
    if (flow === undefined || how === 1) this.kernel.close(this.fd);
    else if (how === 0) flow.reset();
    else flow.close();
    this.isOpen = false;
    this.#endEarly(isComplete);
    this.#note("close early");
  }

  #endEarly(isComplete = false): void {
    this.closedEarly = true;
    this.in.cut = true;
    if (!isComplete) this.out.cut = true;
  }

  abort(): void {
    for (const controller of this.#controllers) {
      if (this.#random.chance(0.6)) controller.abort();
    }
  }

  /** Ends its stream, takes what comes until the other's end, and closes. */
  async finish(): Promise<void> {
    const flow = this.#flow;
    if (flow !== undefined) {
      flow.uncork();
      flow.resume();
      this.#hasEnded = true;
      flow.end();
      return;
    }
    const received = this.#receiveTheRest();
    while (this.#writes > 0 && this.isOpen) await new Promise((resolve) => setImmediate(resolve));
    if (!this.isOpen) return;
    this.halfClose();
    await received;
    while (this.#reads > 0) await new Promise((resolve) => setImmediate(resolve));
    this.isOpen = false;
    this.kernel.close(this.fd);
  }

  async #receiveTheRest(): Promise<void> {
    for (const memory = new Uint8Array(20_000); ;) {
      const received = this.in.receives();
      try {
        const count = await this.kernel.recv(this.fd, memory);
        received(memory.slice(0, count));
        if (count > 0) continue;
        this.in.endSeen = true;
      } catch (error) {
        this.#mayFail("recv", error as Code, false, undefined);
        if ((error as Code).code === "ECONNRESET") continue;
      }
      return;
    }
  }

  #signal(): { options: { signal?: AbortSignal }; controller: AbortController | undefined } {
    if (!this.#random.chance(0.4)) return { options: {}, controller: undefined };
    const controller = new AbortController();
    this.#controllers.add(controller);
    return { options: { signal: controller.signal }, controller };
  }

  #forget(controller: AbortController | undefined): void {
    if (controller !== undefined) this.#controllers.delete(controller);
  }

  /** The errors that a call may end with, each for its cause alone. */
  #mayFail(name: string, error: Code, mayNotWait: boolean, controller: AbortController | undefined): void {
    const { code } = error;
    this.#note(`${name} ${code ?? error.name}`);
    if (code === "EAGAIN") return assert.ok(mayNotWait, error);
    if (code === "EBADF") return assert.ok(!this.isOpen, error);
    if (error.name === "AbortError") return assert.ok(controller?.signal.aborted === true, error);
    assert.ok(code === "EPIPE" || code === "ECONNRESET", error);
    assert.ok(
      this.peer.closedEarly || (code === "EPIPE" && (this.#hasEnded || this.#answersEnd)),
      `${code}, and the other end is well`,
    );
    // What had come before it is still received; what is sent from now on is lost.
    this.out.cut = true;
  }
}

/** The memory of calls that have ended is as they left it. */
export function checkDead(memories: readonly Uint8Array[]): void {
  for (const memory of memories)
    assert.ok(
      memory.every((byte) => byte === DEAD),
      "memory was touched after its call",
    );
}
