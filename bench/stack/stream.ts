import type { Connection } from "../../src/stack/tcp/connection.ts";
import { Line } from "./line.ts";

const CHUNK_BYTES = 65_536;

/** A stream from one stack to the other, below the calls: each chunk is sent, and what has come is read. */
export class BulkStream {
  readonly line: Line;
  readonly #client: Connection;
  readonly #server: Connection;
  readonly #chunk: Uint8Array = new Uint8Array(CHUNK_BYTES);
  readonly #into: Uint8Array = new Uint8Array(CHUNK_BYTES);
  #written = 0;
  #received = 0;

  constructor(mtu: number) {
    this.line = new Line(mtu);
    const { client, server } = this.line.open();
    this.#client = client;
    this.#server = server;
    for (let i = 0; i < CHUNK_BYTES; i++) this.#chunk[i] = i ^ (i >>> 8);
  }

  /** Carries so many bytes further. */
  carry(bytes: number): void {
    const end = this.#received + bytes;
    const [chunk, into] = [this.#chunk, this.#into];
    while (this.#received < end) {
      const offset = this.#written % CHUNK_BYTES;
      this.#written += this.#client.write(chunk, offset, CHUNK_BYTES - offset, 0);
      this.line.turn();
      for (;;) {
        const count = this.#server.read(into, 0, CHUNK_BYTES, 0);
        if (count <= 0) break;
        this.#check(count);
        this.#received += count;
      }
    }
  }

  /** The first and the last byte of each read are those that were sent. */
  #check(count: number): void {
    const [chunk, into] = [this.#chunk, this.#into];
    const first = this.#received % CHUNK_BYTES;
    const last = (this.#received + count - 1) % CHUNK_BYTES;
    if (into[0] !== chunk[first] || into[count - 1] !== chunk[last]) throw new Error("a byte came wrong");
  }
}
