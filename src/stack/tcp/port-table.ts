import type { IpHeader } from "../../wire/ip-header.ts";
import type { TcpHeader } from "../../wire/tcp-header.ts";
import type { Listener } from "./listener.ts";

/** Which ports are in use, and who listens on them. */
export class PortTable {
  readonly #listeners: Map<number, Listener[]> = new Map();
  /** Connections and handshakes by their local port; and those in TIME-WAIT. */
  readonly #used: Map<number, number> = new Map();
  readonly #waiting: Map<number, number> = new Map();

  /** Listeners in all. */
  get listenerCount(): number {
    let count = 0;
    for (const listeners of this.#listeners.values()) count += listeners.length;
    return count;
  }

  /** All listeners, by port. */
  *listeners(): IterableIterator<Listener> {
    for (const listeners of this.#listeners.values()) yield* listeners;
  }

  add(port: number): void {
    change(this.#used, port, 1);
  }

  remove(port: number): void {
    change(this.#used, port, -1);
  }

  addTimeWait(port: number): void {
    change(this.#waiting, port, 1);
  }

  removeTimeWait(port: number): void {
    change(this.#waiting, port, -1);
  }

  isInUse(port: number, countTimeWait: boolean): boolean {
    return this.#used.has(port) || (countTimeWait && this.#waiting.has(port));
  }

  /** Returns false when another listener is in the way. */
  addListener(listener: Listener): boolean {
    const others = this.#listeners.get(listener.localPort);
    if (others === undefined) {
      this.#listeners.set(listener.localPort, [listener]);
      return true;
    }
    if (others.some((other) => isInTheWay(listener, other))) return false;
    others.push(listener);
    return true;
  }

  removeListener(listener: Listener): void {
    const rest = (this.#listeners.get(listener.localPort) ?? []).filter((other) => other !== listener);
    if (rest.length === 0) this.#listeners.delete(listener.localPort);
    else this.#listeners.set(listener.localPort, rest);
  }

  /** The listener that fits best; of several that share a port, one by the peer (SO_REUSEPORT). */
  findListener(header: TcpHeader, ip: IpHeader, iface: number): Listener | undefined {
    const listeners = this.#listeners.get(header.destinationPort);
    if (listeners === undefined) return undefined;
    let best = -1;
    let count = 0;
    let found: Listener | undefined;
    const mixed = ip.source0 ^ ip.source1 ^ ip.source2 ^ ip.source3 ^ (header.sourcePort * 0x9e3779b1);
    const hash = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b) >>> 8;
    for (const listener of listeners) {
      const fit = listener.fit(ip, iface);
      if (fit < 0 || fit < best) continue;
      count = fit > best ? 1 : count + 1;
      best = fit;
      // Of n that fit alike, the last one taken with chance 1/n leaves each with the same.
      if (count === 1 || hash % count === 0) found = listener;
    }
    return found;
  }
}

function change(counts: Map<number, number>, port: number, by: number): void {
  const count = (counts.get(port) ?? 0) + by;
  if (count === 0) counts.delete(port);
  else counts.set(port, count);
}

function isInTheWay(listener: Listener, other: Listener): boolean {
  if (listener.reusePort && other.reusePort) return false;
  if (listener.families !== "both" && other.families !== "both" && listener.families !== other.families) return false;
  const { interfaceIndex } = listener.settings;
  const others = other.settings.interfaceIndex;
  if (interfaceIndex !== 0 && others !== 0 && interfaceIndex !== others) return false;
  const { localAddress } = listener;
  return localAddress === undefined || other.localAddress === undefined || localAddress.equals(other.localAddress);
}
