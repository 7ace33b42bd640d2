/** Where a stack's randomness comes from: a seeded generator in a test or a simulation, the system's in a real one. */
export interface RandomSource {
  /** The next 32 random bits, as an integer from 0 to 2³² − 1. */
  uint32(): number;
  /** Fills the bytes. */
  fill(bytes: Uint8Array): void;
}
