import type { Connection } from "../../src/stack/tcp/connection.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { Host, Network, type Fault } from "./network.ts";
import { connectTo, listenOn } from "./program.ts";
import { SeededRandom } from "./seeded-random.ts";

/** A path with one slow link. */
export interface Bottleneck {
  readonly megabitsPerSecond: number;
  readonly roundTripMs: number;
  readonly queueBytes: number;
  readonly loss: number;
}

/** What is to be sent over it. */
export interface Load {
  readonly flows: number;
  readonly seconds: number;
  readonly settings: Partial<TcpSettings>;
}

/** A link of a rate, with a queue in either direction that drops what does not fit. */
function linkOf(network: Network, path: Bottleneck): Fault {
  const bytesPerUs = path.megabitsPerSecond / 8;
  const random = new SeededRandom(5);
  const freeAtUs = new Map<Host, number>();
  return (packet, from) => {
    if (random.chance(path.loss)) return [];
    const startUs = Math.max(network.nowUs, freeAtUs.get(from) ?? 0);
    if ((startUs - network.nowUs) * bytesPerUs > path.queueBytes) return [];
    const endUs = startUs + (packet.end - packet.start) / bytesPerUs;
    freeAtUs.set(from, endUs);
    return [endUs - network.nowUs + path.roundTripMs * 500];
  };
}

/** Bytes that each flow has carried. */
export function carry(path: Bottleneck, { flows, seconds, settings }: Load): number[] {
  const network = new Network(7);
  const from = new Host(network, "10.0.0.1");
  const to = new Host(network, "10.0.0.2");
  network.fault = linkOf(network, path);
  const make = (): TcpSettings => Object.assign(new TcpSettings(), settings);
  const listener = listenOn(to, make());
  const clients = Array.from({ length: flows }, (_, i) => connectTo(from, to, make(), 5000 + i));
  const servers: Connection[] = [];
  const carried: number[] = [];
  const chunk = new Uint8Array(65536);
  const into = new Uint8Array(65536);
  const turn = (): boolean => {
    for (let server = listener.accept(); server !== undefined; server = listener.accept()) {
      servers.push(server);
      carried.push(0);
    }
    for (const client of clients) while (client.isOpen && client.write(chunk, 0, chunk.length, 0) === chunk.length);
    for (const [i, server] of servers.entries()) {
      for (let count = 1; count > 0;) {
        count = server.read(into, 0, into.length, 0);
        if (count > 0) carried[i] = (carried[i] as number) + count;
      }
    }
    return false;
  };
  network.run(turn, seconds * 1e6);
  return carried;
}

/** Jain's index of fairness: 1 when all have the same, 1/n when one has all. */
export function fairness(shares: readonly number[]): number {
  const sum = shares.reduce((a, b) => a + b, 0);
  const squares = shares.reduce((a, b) => a + b * b, 0);
  return (sum * sum) / (shares.length * squares);
}
