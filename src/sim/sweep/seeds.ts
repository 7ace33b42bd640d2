import { invalidValue } from "../../api/errors.ts";

/** Seeds of one sweep at most. */
const MOST_SEEDS = 100_000_000;

/** Which part of the work is done here: the third of sixteen is `{ index: 3, count: 16 }`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Seeds from text: "7", "1..10000", "1,5,100..200". Errors: ERR_INVALID_ARG_VALUE. */
export function parseSeeds(text: string): number[] {
  const seeds: number[] = [];
  for (const part of text.split(",")) {
    const [, first = "", last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(part.trim()) ?? [];
    const [from, to] = [Number(first), Number(last)];
    const isRange = first !== "" && from <= to && to <= Number.MAX_SAFE_INTEGER;
    if (!isRange || seeds.length + to - from >= MOST_SEEDS)
      throw invalidValue("seeds", "seeds such as 7 or 1..100", text);
    for (let seed = from; seed <= to; seed += 1) seeds.push(seed);
  }
  return seeds;
}

/** A shard from text: "3/16". Errors: ERR_INVALID_ARG_VALUE. */
export function parseShard(text: string): Shard {
  const [, index = "0", count = "0"] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw invalidValue("shard", "a part such as 3/16, the first being 1/16", text);
}

/** The seeds of one shard: every so many, so that each has of all. */
export function seedsOf({ index, count }: Shard, seeds: readonly number[]): number[] {
  return seeds.filter((_, place) => place % count === index - 1);
}
