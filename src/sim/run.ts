import { MAX_EVENTS_AT_ONCE, type RunLimits } from "./limits.ts";
import type { SimContext } from "./sim-context.ts";
import type { RunReason } from "./run-result.ts";

/** Turns that programs have which wait for something outside of the simulation: a module to be loaded, a file. */
const OUTSIDE_TURNS = 100;

/** What a run asks of its internet. */
export interface RunHooks {
  /** A failure that ends the run. */
  readonly failure: () => unknown;
  /** Processes that have not ended. */
  readonly alive: () => number;
  /** Whether no connection has anything left to say. */
  readonly isQuiet: () => boolean;
  /** Called when everything of an instant has happened. True ends the run. */
  readonly instant: (() => boolean) | undefined;
}

/** The loop: what is due, instant by instant, and between two instants the programs' turns. */
export class Run {
  readonly #context: SimContext;
  readonly #hooks: RunHooks;
  readonly #limits: RunLimits;
  readonly #untilUs: number;
  /** Events that happened, over all runs of the internet. */
  #events: number;

  constructor(context: SimContext, hooks: RunHooks, limits: RunLimits, untilUs: number, events: number) {
    this.#context = context;
    this.#hooks = hooks;
    this.#limits = limits;
    this.#untilUs = untilUs;
    this.#events = events;
  }

  get events(): number {
    return this.#events;
  }

  /** Runs to an end. */
  async go(): Promise<RunReason> {
    const { queue, time, scheduler } = this.#context;
    let outside = 0;
    let next = this.#events + MAX_EVENTS_AT_ONCE;
    for (;;) {
      // The programs of this instant: a turn only when one of them may go on.
      while (!scheduler.isAtRest) {
        this.#events += scheduler.settle();
        if (scheduler.programsTold) await scheduler.drain(time.nowUs);
        else if (scheduler.isAtRest) break;
        else scheduler.turn();
        if (this.#events > this.#limits.events) return "event limit";
      }
      scheduler.setDeadlines();
      if (scheduler.owesTurn(queue.nextUs)) {
        await scheduler.turnOver();
        if (!scheduler.isAtRest) continue;
      }
      if (this.#hooks.failure() !== undefined) return "failed";
      if (this.#hooks.instant?.() === true) return "until";
      const reason = this.#end(queue.nextUs);
      if (reason === "stalled" && outside < OUTSIDE_TURNS) {
        outside += 1;
        await scheduler.turnOver();
        continue;
      }
      if (reason !== undefined) return reason;
      outside = 0;
      const { nextUs } = queue;
      time.nowUs = nextUs;
      while (queue.nextUs <= nextUs && this.#events <= this.#limits.events) {
        this.#events += 1;
        queue.pop().fire();
      }
      // Others of this JavaScript have their turn in a long run, too.
      if (this.#events > next) {
        next = this.#events + MAX_EVENTS_AT_ONCE;
        await scheduler.turnOver();
      }
    }
  }

  /** Why the run is over; undefined while it is not. */
  #end(nextUs: number): RunReason | undefined {
    const { census, time } = this.#context;
    const limits = this.#limits;
    const untilUs = this.#untilUs;
    const isOver = untilUs === Infinity && census.busyProcesses === 0 && census.packetsInFlight === 0;
    if (isOver && this.#hooks.isQuiet()) return "ended";
    if (nextUs > untilUs) {
      time.nowUs = untilUs;
      return "until";
    }
    if (nextUs === Infinity) return this.#hooks.alive() > 0 ? "stalled" : "ended";
    if (nextUs > limits.timeUs) return "time limit";
    if (this.#events > limits.events) return "event limit";
    if (this.#context.pool.memoryBytes > limits.packetBytes) return "memory limit";
    return undefined;
  }
}
