import type { ConnectionOwner } from "../../src/stack/tcp/connection-owner.ts";
import type { Connection } from "../../src/stack/tcp/connection.ts";
import type { Listener } from "../../src/stack/tcp/listener.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import type { Host, Network } from "./network.ts";

/** A program that remembers what it was told. */
export class Witness implements ConnectionOwner {
  events = 0;

  changed(_: unknown, events: number): void {
    this.events |= events;
  }

  /** What it was told since the last time. */
  take(): number {
    const { events } = this;
    this.events = 0;
    return events;
  }
}

export interface Pair {
  readonly client: Connection;
  readonly server: Connection;
  readonly listener: Listener;
}

/** A listener on port 80 of a host. */
export function listenOn(host: Host, settings: TcpSettings = new TcpSettings(), backlog = 128): Listener {
  const options = { backlog, families: "both", reusePort: false } as const;
  const listener = host.tcp.listen(new Witness(), settings, { address: undefined, port: 80 }, options);
  if (typeof listener === "number") throw new Error(`listen: ${listener}`);
  return listener;
}

/** A connection that calls port 80. */
export function connectTo(from: Host, to: Host, settings: TcpSettings = new TcpSettings(), port = 40000): Connection {
  const connection = from.tcp.connect(new Witness(), settings, { address: undefined, port }, to.address, 80);
  if (typeof connection === "number") throw new Error(`connect: ${connection}`);
  return connection;
}

/** A connection from the first host to the second, open at both ends. */
export function openPair(
  network: Network,
  clientSettings: TcpSettings = new TcpSettings(),
  serverSettings: TcpSettings = new TcpSettings(),
): Pair {
  const [from, to] = network.hosts as [Host, Host];
  const listener = listenOn(to, serverSettings);
  const client = connectTo(from, to, clientSettings);
  if (!network.run(() => listener.acceptable > 0, 600_000_000)) throw new Error("nobody was connected");
  const server = listener.accept() as Connection;
  server.owner = new Witness();
  return { client, server, listener };
}

const scratch = new Uint8Array(65536);

/** All that can be read. */
export function readAll(connection: Connection): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const count = connection.read(scratch, 0, scratch.length, 0);
    if (count <= 0) break;
    parts.push(scratch.slice(0, count));
  }
  return Buffer.concat(parts);
}

/** Bytes that tell where they belong. */
export function pattern(length: number, from = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = Math.imul(from + i, 0x9e3779b1) >>> 23;
  return bytes;
}
