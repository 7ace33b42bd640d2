import { hashWords } from "../ip/address-table.ts";
import type { UdpEndpoint } from "./udp-endpoint.ts";

const FIRST_BUCKETS = 64;

/** Connected endpoints by both addresses and ports. */
export class ConnectedTable {
  readonly #secret: number;
  #buckets: (UdpEndpoint | undefined)[] = Array.from({ length: FIRST_BUCKETS }, () => undefined);
  #size = 0;

  constructor(secret: number) {
    this.#secret = secret | 0;
  }

  /** The endpoint of `l…:localPort` that is connected to `r…:remotePort`, on an interface when it is bound to one. */
  find(
    l0: number,
    l1: number,
    l2: number,
    l3: number,
    localPort: number,
    r0: number,
    r1: number,
    r2: number,
    r3: number,
    remotePort: number,
    iface: number,
  ): UdpEndpoint | undefined {
    if (this.#size === 0) return undefined;
    let endpoint = this.#buckets[this.#bucket(l3, localPort, r0 ^ r1, r2, r3, remotePort)];
    for (; endpoint !== undefined; endpoint = endpoint.nextConnected) {
      if (endpoint.remotePort !== remotePort || endpoint.localPort !== localPort) continue;
      const { local, remote } = endpoint;
      if (remote === undefined || remote.w3 !== r3 || remote.w2 !== r2 || remote.w1 !== r1) continue;
      if (remote.w0 !== r0 || local.w3 !== l3 || local.w2 !== l2 || local.w1 !== l1 || local.w0 !== l0) continue;
      if (endpoint.boundIface === 0 || endpoint.boundIface === iface) return endpoint;
    }
    return undefined;
  }

  add(endpoint: UdpEndpoint): void {
    if (this.#size >= 2 * this.#buckets.length) this.#grow();
    this.#insert(endpoint);
    this.#size++;
  }

  remove(endpoint: UdpEndpoint): void {
    const bucket = this.#bucketOf(endpoint);
    let before: UdpEndpoint | undefined;
    let at = this.#buckets[bucket];
    while (at !== undefined && at !== endpoint) {
      before = at;
      at = at.nextConnected;
    }
    if (at === undefined) return;
    if (before === undefined) this.#buckets[bucket] = endpoint.nextConnected;
    else before.nextConnected = endpoint.nextConnected;
    endpoint.nextConnected = undefined;
    this.#size--;
  }

  #insert(endpoint: UdpEndpoint): void {
    const bucket = this.#bucketOf(endpoint);
    endpoint.nextConnected = this.#buckets[bucket];
    this.#buckets[bucket] = endpoint;
  }

  #grow(): void {
    const before = this.#buckets;
    this.#buckets = Array.from({ length: 4 * before.length }, () => undefined);
    for (let endpoint of before) {
      while (endpoint !== undefined) {
        const next: UdpEndpoint | undefined = endpoint.nextConnected;
        this.#insert(endpoint);
        endpoint = next;
      }
    }
  }

  #bucketOf({ local, localPort, remote, remotePort }: UdpEndpoint): number {
    const { w0, w1, w2, w3 } = remote ?? local;
    return this.#bucket(local.w3, localPort, w0 ^ w1, w2, w3, remotePort);
  }

  #bucket(l3: number, localPort: number, r01: number, r2: number, r3: number, remotePort: number): number {
    return hashWords(this.#secret ^ l3, r01, r2, r3, (localPort << 16) | remotePort) & (this.#buckets.length - 1);
  }
}
