import { addressOf, nativeMemory } from "../ffi/memory.ts";

/**
 * Memory from which the ring sends: small writes are copied here, one behind the other, until they are submitted. Each
 * such send is over, well or badly, when io_uring_enter returns, so the arena is then empty again.
 */
export class SendArena {
  readonly #memory: Uint8Array;
  readonly #address: number;
  /** Where the next bytes will lie. */
  end = 0;

  constructor(bytes: number) {
    this.#memory = nativeMemory(bytes);
    this.#address = Number(addressOf(this.#memory));
  }

  hasRoom(bytes: number): boolean {
    return this.end + bytes <= this.#memory.length;
  }

  /** Copies the bytes behind the others; there is room. Returns where they lie. */
  put(data: Uint8Array): number {
    const at = this.end;
    this.#memory.set(data, at);
    this.end = at + data.length;
    return at;
  }

  address(at: number): number {
    return this.#address + at;
  }

  bytes(at: number, length: number): Uint8Array {
    return this.#memory.subarray(at, at + length);
  }

  clear(): void {
    this.end = 0;
  }
}
