import type { RandomSource } from "../../stack/random.ts";
import type { NatBehaviour } from "./behaviour.ts";
import { Mapping } from "./mapping.ts";

/** An endpoint as a number that is exact in a double: 32 bits of address, 16 of port. */
export function endpointKey(address: number, port: number): number {
  return (address >>> 0) * 0x1_0000 + port;
}

/** The same with the protocol, of which there are 256. */
function insideKey(protocol: number, address: number, port: number): number {
  // Five bits tell the three protocols apart: 1, 6 and 17.
  return (protocol % 32) * 0x1_0000_0000_0000 + endpointKey(address, port);
}

/** The mappings of a translator, from the inside and from the outside. */
export class MappingTable {
  readonly #behaviour: NatBehaviour;
  readonly #random: RandomSource;
  /** By inside endpoint, and by as much of the remote endpoint as the mapping depends on. */
  readonly #inside: Map<number, Map<number, Mapping>> = new Map();
  /** By protocol and outside port. */
  readonly #outside: Map<number, Mapping> = new Map();

  constructor(behaviour: NatBehaviour, random: RandomSource) {
    this.#behaviour = behaviour;
    this.#random = random;
  }

  get size(): number {
    return this.#outside.size;
  }

  /** All of them, the oldest first. */
  get all(): Iterable<Mapping> {
    return this.#outside.values();
  }

  fromInside(protocol: number, address: number, port: number, remote: number, nowUs: number): Mapping | undefined {
    const mapping = this.#inside.get(insideKey(protocol, address, port))?.get(remote);
    return mapping === undefined ? undefined : this.#living(mapping, nowUs);
  }

  fromOutside(protocol: number, port: number, nowUs: number): Mapping | undefined {
    const mapping = this.#outside.get(protocol * 0x1_0000 + port);
    return mapping === undefined ? undefined : this.#living(mapping, nowUs);
  }

  /** Makes a mapping; undefined when there is no room, or no port, for one more. */
  make(protocol: number, address: number, port: number, remote: number, nowUs: number): Mapping | undefined {
    if (this.size >= this.#behaviour.maxMappings) this.#expire(nowUs);
    if (this.size >= this.#behaviour.maxMappings) return undefined;
    const outsidePort = this.#choosePort(protocol, port, nowUs);
    return outsidePort === undefined ? undefined : this.#add(new Mapping(protocol, address, port, outsidePort), remote);
  }

  /** Makes the mapping of an endpoint whose outside port is given, as of the translator's own; undefined when taken. */
  makeAt(protocol: number, address: number, port: number, remote: number, nowUs: number): Mapping | undefined {
    if (!this.#isFree(protocol, port, nowUs)) return undefined;
    return this.#add(new Mapping(protocol, address, port, port), remote);
  }

  /** Adds one that was set up by hand. */
  addStatic(protocol: number, outsidePort: number, address: number, port: number): Mapping {
    return this.#add(new Mapping(protocol, address, port, outsidePort, true), 0);
  }

  #add(mapping: Mapping, remote: number): Mapping {
    const key = insideKey(mapping.protocol, mapping.address, mapping.port);
    const mappings = this.#inside.get(key);
    if (mappings === undefined) this.#inside.set(key, new Map([[remote, mapping]]));
    else mappings.set(remote, mapping);
    this.#outside.set(mapping.protocol * 0x1_0000 + mapping.outsidePort, mapping);
    return mapping;
  }

  #choosePort(protocol: number, inside: number, nowUs: number): number | undefined {
    if (this.#behaviour.preservePorts && this.#isFree(protocol, inside, nowUs)) return inside;
    const { firstPort, lastPort } = this.#behaviour;
    const count = lastPort - firstPort + 1;
    const begin = this.#random.uint32() % count;
    for (let i = 0; i < count; i++) {
      const port = firstPort + ((begin + i) % count);
      if (this.#isFree(protocol, port, nowUs)) return port;
    }
    return undefined;
  }

  #isFree(protocol: number, port: number, nowUs: number): boolean {
    return this.fromOutside(protocol, port, nowUs) === undefined;
  }

  #living(mapping: Mapping, nowUs: number): Mapping | undefined {
    if (mapping.expiresUs > nowUs) return mapping;
    this.#remove(mapping);
    return undefined;
  }

  #expire(nowUs: number): void {
    for (const mapping of this.#outside.values()) if (mapping.expiresUs <= nowUs) this.#remove(mapping);
  }

  #remove(mapping: Mapping): void {
    this.#outside.delete(mapping.protocol * 0x1_0000 + mapping.outsidePort);
    const key = insideKey(mapping.protocol, mapping.address, mapping.port);
    const mappings = this.#inside.get(key);
    if (mappings === undefined) return;
    for (const [remote, other] of mappings) if (other === mapping) mappings.delete(remote);
    if (mappings.size === 0) this.#inside.delete(key);
  }
}
