/** Runs that a shrinking may take. */
const MOST_RUNS = 200;

/**
 * Finds few of the numbers from 0 to `count` − 1 with which something still fails: Zeller's delta debugging. `fails`
 * says whether it does with those given. With all it is known to.
 */
export async function shrink(count: number, fails: (only: readonly number[]) => Promise<boolean>): Promise<number[]> {
  let left = Array.from({ length: count }, (_, i) => i);
  let runs = 0;
  for (let parts = 2; left.length > 0 && runs < MOST_RUNS;) {
    const size = Math.ceil(left.length / parts);
    let isSmaller = false;
    for (let at = 0; at < left.length && runs < MOST_RUNS; at += size) {
      const without = [...left.slice(0, at), ...left.slice(at + size)];
      runs += 1;
      if (!(await fails(without))) continue;
      left = without;
      parts = Math.max(2, parts - 1);
      isSmaller = true;
      break;
    }
    if (isSmaller) continue;
    if (size <= 1) break;
    parts = Math.min(left.length, parts * 2);
  }
  return left;
}
