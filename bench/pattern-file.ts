/** A file of the loads' pattern, in a temporary folder that is removed whatever happens. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PERIOD = 251; // as the loads'
const PIECE_BYTES = PERIOD * 16_384;

/** Writes the file and gives its path; it is gone with this process. */
export function patternFile(bytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), "dialtone-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let i = 0; i < piece.length; i++) piece[i] = (i * 7) % PERIOD;
  const path = join(folder, "pattern");
  const file = openSync(path, "w");
  try {
    for (let written = 0; written < bytes;) {
      written += writeSync(file, piece, 0, Math.min(piece.length, bytes - written), written);
    }
  } finally {
    closeSync(file);
  }
  return path;
}
