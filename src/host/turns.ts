import type { Turns } from "../kernel/turns.ts";

/** The turns of Node's event loop, and its timers. */
export const hostTurns: Turns = {
  nextTurn: (work) => void setImmediate(work),
  timer: (work, ms) => setTimeout(work, ms),
  throwLater: (error) =>
    void setImmediate(() => {
      throw error;
    }),
};
