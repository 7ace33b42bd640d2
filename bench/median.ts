/** The middle value; of an even number of values, the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const high = sorted.length >> 1;
  const low = sorted.length % 2 === 1 ? high : high - 1;
  return ((sorted[low] as number) + (sorted[high] as number)) / 2;
}
