import { AF_INET, SOCK_STREAM } from "../../src/api/constants.ts";
import type { Kernel } from "../../src/api/kernel.ts";
import { createStack, type Device, type Interface, type Packet, PacketPool } from "../../src/stack.ts";

/** Whose calls are made: on one stack's loopback, or on two stacks with a line between them. */
export interface Ends {
  readonly client: Kernel;
  readonly server: Kernel;
  /** The server's address. */
  readonly address: string;
}

/** One stack that calls itself: nothing is cut, and no checksum is made. */
export function loopback(): Ends {
  const { kernel } = createStack();
  return { client: kernel, server: kernel, address: "127.0.0.1" };
}

/** Two stacks in real time, with a line that hands each frame over at once. */
export function line(mtu: number): Ends {
  const pool = new PacketPool();
  const [a, b] = [createStack({ pool }), createStack({ pool })];
  const ifaces: Interface[] = [];
  const offload = { checksum: false, segmentation: false };
  const device = (deliver: (packet: Packet) => void): Device => ({ kind: "ip", mtu, offload, transmit: deliver });
  const toB = device((packet) => b.receive(ifaces[1] as Interface, packet));
  const toA = device((packet) => a.receive(ifaces[0] as Interface, packet));
  ifaces.push(a.attach(toB, { addresses: ["10.0.0.1/24"] }), b.attach(toA, { addresses: ["10.0.0.2/24"] }));
  return { client: a.kernel, server: b.kernel, address: "10.0.0.2" };
}

/** A socket that listens on the port. */
export function listenOn({ server, address }: Ends, port: number): number {
  const fd = server.socket(AF_INET, SOCK_STREAM);
  server.bind(fd, { family: AF_INET, address, port });
  server.listen(fd, 4096);
  return fd;
}

/** A connection to the port: both of its descriptors. */
export async function connectTo(
  ends: Ends,
  listener: number,
  port: number,
): Promise<{ client: number; server: number }> {
  const client = ends.client.socket(AF_INET, SOCK_STREAM);
  const accepted = ends.server.accept(listener);
  await ends.client.connect(client, { family: AF_INET, address: ends.address, port });
  const { fd } = await accepted;
  return { client, server: fd };
}
