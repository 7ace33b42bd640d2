import type { Fault } from "./network.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** How bad a wire is; probabilities, and microseconds. */
export interface Badness {
  readonly loss: number;
  readonly duplication: number;
  readonly corruption: number;
  readonly reordering: number;
  readonly delayUs: number;
  readonly jitterUs: number;
}

/** A wire that loses, doubles, changes and reorders, as its seed says. */
export function faultyWire(random: SeededRandom, badness: Badness): Fault {
  return (packet) => {
    if (random.chance(badness.loss)) return [];
    if (random.chance(badness.corruption)) {
      const at = packet.start + random.below(packet.end - packet.start);
      packet.bytes[at] = (packet.bytes[at] as number) ^ (1 << random.below(8));
    }
    const delay = (): number => {
      const late = random.chance(badness.reordering) ? random.below(badness.delayUs * 2 + 1) : 0;
      return badness.delayUs + late + (badness.jitterUs > 0 ? random.below(badness.jitterUs) : 0);
    };
    return random.chance(badness.duplication) ? [delay(), delay()] : [delay()];
  };
}

/** A wire of a random badness. */
export function randomBadness(random: SeededRandom): Badness {
  const some = (most: number): number => (random.chance(0.4) ? 0 : (random.below(1000) / 1000) * most);
  return {
    loss: some(0.2),
    duplication: some(0.2),
    corruption: some(0.05),
    reordering: some(0.3),
    delayUs: random.below(100_000),
    jitterUs: random.below(2000),
  };
}
