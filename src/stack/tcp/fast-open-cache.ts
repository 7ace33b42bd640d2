import type { IpAddress } from "../ip/address.ts";

/** Servers that are remembered; the oldest is forgotten for another. */
const MOST_SERVERS = 1024;

/** What a client knows of a server: RFC 7413 §4.1.3. */
interface FastOpenServer {
  readonly cookie: Uint8Array;
  /** The server's MSS, which bounds the data of a SYN. */
  readonly mss: number;
}

/** The cookies that servers have given. */
export class FastOpenCache {
  readonly #servers: Map<string, FastOpenServer> = new Map();

  find(server: IpAddress): FastOpenServer | undefined {
    return this.#servers.get(keyOf(server));
  }

  set(server: IpAddress, cookie: Uint8Array, mss: number): void {
    const key = keyOf(server);
    this.#servers.delete(key);
    this.#servers.set(key, { cookie, mss });
    if (this.#servers.size <= MOST_SERVERS) return;
    const [oldest] = this.#servers.keys();
    if (oldest !== undefined) this.#servers.delete(oldest);
  }
}

function keyOf({ w0, w1, w2, w3 }: IpAddress): string {
  return `${w0},${w1},${w2},${w3}`;
}
