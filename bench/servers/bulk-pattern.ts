/** The stream of the bulk benchmark: bytes that their place decides. */
const PERIOD = 251; // as the load's

/** Which end a bulk server is, and its chunks: its second and third argument. */
export const sends: boolean = process.argv[3] === "send";
export const chunkBytes: number = Number(process.argv[4] ?? 65_536);

const LONGEST_CHUNK = 4 * 1024 * 1024; // more than any peer's receive buffer
const pattern = Buffer.alloc(LONGEST_CHUNK + PERIOD);
for (let i = 0; i < pattern.length; i++) pattern[i] = (i * 7) % PERIOD;

// What is sent next, by the place where it begins: made once, so that none is made for a send.
const chunks = Array.from({ length: PERIOD }, (_, start) => pattern.subarray(start, start + chunkBytes));

/** The chunk that begins at `place` of the stream. */
export function chunkAt(place: number): Uint8Array {
  return chunks[place % PERIOD] as Uint8Array;
}

/** What came at `place` is what was sent. */
export function isRight(bytes: Uint8Array, length: number, place: number): boolean {
  const start = place % PERIOD;
  return length <= LONGEST_CHUNK && pattern.compare(bytes, 0, length, start, start + length) === 0;
}
