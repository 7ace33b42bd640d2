/** A timer beside a server's work: how late it is, told when the server is ended. */
const PERIOD_MS = 10;

/** After the first message: connections are made, and the load warms up. */
const WARM_UP_MS = 500;

/**
 * Begins a 10 ms timer. `done` is how much the server has done: a period in which it did nothing does not count, nor
 * the first half a second. At SIGTERM the median and the 99th percentile of the lateness are printed as JSON, in
 * microseconds, in the place of a request's time.
 */
export function measureLateness(done: () => number): void {
  const latenessUs: number[] = [];
  let before = 0;
  let counts = 0;
  const begin = (): void => {
    const due = performance.now() + PERIOD_MS;
    setTimeout(() => {
      const late = performance.now() - due;
      const now = done();
      if (before === 0) counts = due + WARM_UP_MS;
      if (now > before && due > counts) latenessUs.push(late * 1000);
      before = now;
      begin();
    }, PERIOD_MS);
  };
  begin();
  process.once("SIGTERM", () => {
    latenessUs.sort((a, b) => a - b);
    const at = (part: number): number => latenessUs[Math.floor(part * latenessUs.length)] ?? 0;
    console.log(JSON.stringify({ p50Us: at(0.5), p99Us: at(0.99), maxUs: latenessUs.at(-1) ?? 0 }));
    process.exit();
  });
}
