/** Small pieces lie together in blocks of this size: a connection that rests holds no more than that. */
const BLOCK_BYTES = 1024;

/** A larger piece has memory of its own. */
const LARGEST_PIECE = BLOCK_BYTES / 4;

/**
 * Gives memory for one connection's small chunks. An ArrayBuffer costs several times what copying a small chunk costs,
 * so some chunks share one; those of two connections never do.
 */
export function smallPieces(): (bytes: number) => Uint8Array {
  let block = new ArrayBuffer(0);
  let used = 0;
  return (bytes) => {
    if (bytes > LARGEST_PIECE) return new Uint8Array(bytes);
    // Also when the program has transferred the block, which is empty then.
    if (used + bytes > block.byteLength) {
      block = new ArrayBuffer(BLOCK_BYTES);
      used = 0;
    }
    const piece = new Uint8Array(block, used, bytes);
    used += bytes;
    return piece;
  };
}
