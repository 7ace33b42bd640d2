import assert from "node:assert/strict";
import { AF_UNIX, host, POLLIN, SOCK_STREAM } from "../../src/index.ts";
import { conformance, type Context } from "../conformance/conformance.ts";
import { isPending } from "../conformance/sockets.ts";

const STEPS = 6000;
/** Connections open at once: few, so that numbers are used again at once. */
const MOST = 4;
const SEED = Number(process.env["DIALTONE_SEED"] ?? Date.now() % 1_000_000);

/** Mulberry32: the same seed, the same storm. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** One opening of a pair of sockets. All that is sent on it is its own number, so that a byte tells whose it is. */
class Opening {
  readonly ends: readonly [number, number];
  readonly mark: number;
  closed = [false, false];
  flows = [false, false];

  constructor(ends: [number, number], mark: number) {
    this.ends = ends;
    this.mark = mark;
  }
}

/** A storm of openings, calls, aborts, flows and closes on a few numbers. */
class Storm {
  readonly #t: Context;
  readonly #random: (below: number) => number;
  readonly #open: Opening[] = [];
  readonly #pending = new Set<Promise<void>>();
  readonly #controllers = new Set<AbortController>();
  #marks = 0;
  readonly outcomes = new Map<string, number>();

  constructor(t: Context, seed: number) {
    this.#t = t;
    this.#random = random(seed);
  }

  async step(): Promise<void> {
    const choices = [
      this.open,
      this.close,
      this.recv,
      this.recv,
      this.send,
      this.send,
      this.abort,
      this.poll,
      this.flow,
    ];
    const choice = choices[this.#random(choices.length)] as () => void;
    choice.call(this);
    // The loop goes round now and then: some calls meet an event, some do not.
    if (this.#random(3) === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  open(): void {
    if (this.#open.length >= MOST) return;
    this.#marks = (this.#marks + 1) % 256;
    this.#open.push(new Opening(this.#t.kernel.socketpair(AF_UNIX, SOCK_STREAM), this.#marks));
  }

  close(): void {
    const [opening, end] = this.#pick();
    if (opening === undefined) return;
    opening.closed[end] = true;
    this.#t.kernel.close(opening.ends[end] as number);
    if (opening.closed.every(Boolean)) this.#open.splice(this.#open.indexOf(opening), 1);
  }

  recv(): void {
    const [opening, end, fd] = this.#pick();
    if (opening === undefined || opening.flows[end]) return;
    const buffer = new Uint8Array(1 + this.#random(64));
    this.#expect("recv", opening, this.#t.kernel.recv(fd, buffer, 0, this.#options()), (count) => {
      for (const byte of buffer.subarray(0, count)) assert.equal(byte, opening.mark, "a byte of another opening");
      assert.ok(
        buffer.subarray(count).every((byte) => byte === 0),
        "nothing was written behind",
      );
    });
  }

  send(): void {
    const [opening, end, fd] = this.#pick();
    if (opening === undefined || opening.flows[end]) return;
    // A large one fills the buffer and waits.
    const data = new Uint8Array(this.#random(8) === 0 ? 1 << 20 : 1 + this.#random(100)).fill(opening.mark);
    this.#expect("send", opening, this.#t.kernel.send(fd, data, 0, this.#options()), (count) => {
      assert.ok(count > 0 && count <= data.length);
    });
  }

  poll(): void {
    const [opening, , fd] = this.#pick();
    if (opening === undefined) return;
    const entries = [{ fd, events: POLLIN }];
    this.#expect("poll", opening, this.#t.kernel.poll(entries, -1, this.#options()), (count) => assert.equal(count, 1));
  }

  /** Hands one end over, when nothing waits on it; the kernel says so itself. */
  flow(): void {
    const [opening, end, fd] = this.#pick();
    if (opening === undefined || opening.flows[end]) return;
    try {
      const flow = this.#t.kernel.flow(fd, {
        data: (chunk) =>
          assert.ok(
            chunk.every((byte) => byte === opening.mark),
            "a byte of another opening",
          ),
        close: (error) => {
          if (error !== undefined && (error as NodeJS.ErrnoException).code === undefined) throw error;
          if (opening.closed[end]) return;
          opening.closed[end] = true;
          if (opening.closed.every(Boolean)) this.#open.splice(this.#open.indexOf(opening), 1);
        },
      });
      opening.flows[end] = true;
      flow.write(new Uint8Array(10).fill(opening.mark));
      this.#count("flow");
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "EBUSY");
    }
  }

  abort(): void {
    for (const controller of [...this.#controllers].slice(0, 1 + this.#random(3))) {
      this.#controllers.delete(controller);
      controller.abort();
    }
  }

  /** Closes all and waits until every promise has settled. */
  async end(): Promise<void> {
    for (const opening of [...this.#open]) {
      for (const [end, fd] of opening.ends.entries()) {
        if (opening.closed[end]) continue;
        opening.closed[end] = true;
        this.#t.kernel.close(fd);
      }
    }
    this.#open.length = 0;
    await Promise.all(this.#pending);
  }

  #pick(): [Opening, number, number] | [undefined, -1, -1] {
    const opening = this.#open[this.#random(MOST)];
    const end = this.#random(2);
    if (opening === undefined || opening.closed[end]) return [undefined, -1, -1];
    return [opening, end, opening.ends[end] as number];
  }

  #options(): { signal?: AbortSignal } {
    if (this.#random(2) === 0) return {};
    const controller = new AbortController();
    this.#controllers.add(controller);
    return { signal: controller.signal };
  }

  #expect(name: string, opening: Opening, promise: Promise<number>, check: (count: number) => void): void {
    const settled: Promise<void> = promise.then(
      (count) => {
        this.#count(name);
        check(count);
      },
      (error: NodeJS.ErrnoException) => {
        const code = error.code ?? error.name;
        // EBADF: the end was closed. EPIPE, ECONNRESET: the other was. EBUSY: a flow took it before.
        assert.ok(["EBADF", "EPIPE", "ECONNRESET", "ABORT_ERR", "EBUSY"].includes(code), error.stack);
        if (code === "EBADF") assert.ok(opening.closed.some(Boolean), "an end of this opening was closed");
        this.#count(`${name} ${code}`);
      },
    );
    const waiting: Promise<void> = settled.finally(() => this.#pending.delete(waiting));
    // A failed check is told by `end`.
    waiting.catch(() => this.#pending.add(settled));
    this.#pending.add(waiting);
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}

conformance("a storm of closes", (test) => {
  test(`on numbers that are used again leaves nothing (DIALTONE_SEED=${SEED})`, {}, async (t) => {
    const before = host.inspect();
    const storm = new Storm(t, SEED);
    for (let step = 0; step < STEPS; step += 1) await storm.step();
    await storm.end();
    const { waits, waitingCalls, descriptors } = host.inspect();
    assert.deepEqual(
      [waits, waitingCalls, descriptors],
      [before["waits"], before["waitingCalls"], before["descriptors"]],
    );
    // It was a storm: every way in which a call can end was met.
    for (const outcome of [
      "recv",
      "send",
      "poll",
      "flow",
      "recv EBADF",
      "send EBADF",
      "recv ABORT_ERR",
      "poll ABORT_ERR",
    ]) {
      assert.ok((storm.outcomes.get(outcome) ?? 0) > 0, `${outcome} never happened: ${[...storm.outcomes].join(" ")}`);
    }
  });

  test("a call never meets what comes to a number's next opening", { needs: ["blocking"] }, async (t) => {
    for (let round = 0; round < 200; round += 1) {
      const [one, other] = t.kernel.socketpair(AF_UNIX, SOCK_STREAM);
      const old = new Uint8Array(4);
      const receiving = t.kernel.recv(one, old);
      const rejected = assert.rejects(receiving, { code: "EBADF" });
      // The event of the first opening is there when the number has a new owner, in the same turn: by the blocking
      // call, as one that is awaited may let the event loop go round, and the bytes arrive before the close.
      t.blocking.sendSync(other, new Uint8Array([1, 1, 1, 1]));
      t.kernel.close(one);
      t.kernel.close(other);
      const [again, peer] = t.kernel.socketpair(AF_UNIX, SOCK_STREAM);
      assert.equal(again, one);
      const fresh = new Uint8Array(4);
      const next = t.kernel.recv(again, fresh);
      await rejected;
      assert.ok(old.every((byte) => byte === 0));
      await t.kernel.send(peer, new Uint8Array([2]));
      assert.equal(await next, 1);
      assert.equal(fresh[0], 2);
      t.kernel.close(again);
      t.kernel.close(peer);
    }
  });

  test("a poll ends when one of its descriptors is given away", { needs: ["threads"] }, async (t) => {
    const [one, other] = t.socketpair(AF_UNIX, SOCK_STREAM);
    const polling = t.kernel.poll([
      { fd: one, events: POLLIN },
      { fd: other, events: POLLIN },
    ]);
    assert.ok(await isPending(polling));
    host.detach(one);
    await assert.rejects(polling, { code: "EBADF", syscall: "poll" });
  });
});
