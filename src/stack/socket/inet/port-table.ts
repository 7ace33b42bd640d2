import type { IpAddress } from "../../ip/address.ts";
import type { RandomSource } from "../../random.ts";

/** net.ipv4.ip_local_port_range: the ports that the system chooses from. */
export const FIRST_EPHEMERAL = 32_768;
export const LAST_EPHEMERAL = 60_999;

/** Whose addresses a binding without an address stands for. */
export type Families = "ipv4" | "ipv6" | "both";

/** A socket's place in the table: what bind(2) compares. */
export interface Binding {
  readonly port: number;
  /** Undefined: any address of `families`. */
  readonly address: IpAddress | undefined;
  readonly families: Families;
  /** SO_BINDTODEVICE; 0 is any interface. */
  readonly interfaceIndex: number;
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  readonly isListening: boolean;
  /** The system chose the port for a connection: others have it too, to other peers. */
  readonly isEphemeral?: boolean;
}

/** Whether two bindings have an address in common. */
function overlap(a: Binding, b: Binding): boolean {
  if (a.interfaceIndex !== 0 && b.interfaceIndex !== 0 && a.interfaceIndex !== b.interfaceIndex) return false;
  if (a.address !== undefined && b.address !== undefined) return a.address.equals(b.address);
  if (a.address !== undefined) return covers(b, a.address);
  if (b.address !== undefined) return covers(a, b.address);
  return a.families === "both" || b.families === "both" || a.families === b.families;
}

function covers({ families }: Binding, { version }: IpAddress): boolean {
  return families === "both" || families === (version === 4 ? "ipv4" : "ipv6");
}

/** The ports that sockets of one protocol have. Sockets that are not bound have none. */
export class PortTable {
  readonly #byPort: Map<number, Set<Binding>> = new Map();
  readonly #random: RandomSource;
  /** Two that both set SO_REUSEADDR share a port, unless one listens: TCP. Without that: UDP. */
  readonly #listenersConflict: boolean;

  constructor(random: RandomSource, listenersConflict: boolean) {
    this.#random = random;
    this.#listenersConflict = listenersConflict;
  }

  /** Whether another socket has the port, so that bind(2) gives EADDRINUSE. `but` does not count. */
  conflicts(wanted: Binding, but?: Binding): boolean {
    for (const other of this.#byPort.get(wanted.port) ?? []) {
      if (other === but || !overlap(wanted, other)) continue;
      if (wanted.isEphemeral === true && other.isEphemeral === true) continue;
      const listens = this.#listenersConflict && other.isListening;
      if (wanted.reuseAddress && other.reuseAddress && !listens) continue;
      if (wanted.reusePort && other.reusePort) continue;
      return true;
    }
    return false;
  }

  add(binding: Binding): void {
    const bindings = this.#byPort.get(binding.port);
    if (bindings === undefined) this.#byPort.set(binding.port, new Set([binding]));
    else bindings.add(binding);
  }

  remove(binding: Binding): void {
    const bindings = this.#byPort.get(binding.port);
    bindings?.delete(binding);
    if (bindings?.size === 0) this.#byPort.delete(binding.port);
  }

  /**
   * An ephemeral port that suits, from a random one on: RFC 6056 §3.3.1. 0 when there is none. The range is the
   * system's unless the socket has its own (IP_LOCAL_PORT_RANGE).
   */
  choose(suits: (port: number) => boolean, first: number = FIRST_EPHEMERAL, last: number = LAST_EPHEMERAL): number {
    const count = last - first + 1;
    const begin = this.#random.uint32() % count;
    for (let step = 0; step < count; step += 1) {
      const port = first + ((begin + step) % count);
      if (suits(port)) return port;
    }
    return 0;
  }
}
