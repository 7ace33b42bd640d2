import {
  AF_INET,
  AF_INET6,
  errno,
  host,
  IP_MULTICAST_IF,
  isSystemError,
  SOCK_DGRAM,
  SOL_IP,
  type Inet4Address,
  type Inet6Address,
} from "../../src/index.ts";
import { Arrival, readArrival } from "../../src/stack/datagram/arrival.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import { ADDRESS_STATES } from "../../src/stack/link/interface-address.ts";
import type { Interface } from "../../src/stack/link/interface.ts";
import { Stack } from "../../src/stack/stack.ts";
import type { UdpEndpoint } from "../../src/stack/udp/udp-endpoint.ts";
import { setUpInterface } from "../../src/tap/interface-setup.ts";
import { TunDevice } from "../../src/tap/tun-device.ts";
import { tell } from "../child.ts";
import { pattern, payload, take, Told, udp } from "./endpoints.ts";
import { seeded } from "./network.ts";

/* A stack on a TAP interface of a network namespace: what Linux says to it, and it to Linux. */

const LINUX4 = "10.7.0.1";
const LINUX6 = "fd00:7::1";
const STACK4 = "10.7.0.2";
const STACK6 = "fd00:7::2";
const SIZES = [0, 1, 1472, 1473, 9000, 60_000];
const ECHO_PORT = 7;

/** The stack, and what drives it. */
class Driven {
  readonly stack: Stack = new Stack({ random: seeded(1) });
  readonly iface: Interface;
  readonly #device: TunDevice = new TunDevice(host, { kind: "tap", name: "tap0" });
  readonly #waiting: Set<() => void> = new Set();
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    setUpInterface(host, this.#device.name, { addresses: [`${LINUX4}/24`, `${LINUX6}/64`] });
    const offload = { checksum: false, segmentation: false };
    const hardwareAddress = Uint8Array.of(2, 0, 0, 0, 0, 2);
    const transmit: Interface["device"]["transmit"] = (packet) => {
      this.#device.write(packet.bytes.subarray(packet.start, packet.end));
      packet.release();
    };
    this.stack.setTime(now());
    const device = { kind: "ethernet", mtu: 1500, hardwareAddress, offload, transmit } as const;
    this.iface = this.stack.attach(device, { addresses: [`${STACK4}/24`, `${STACK6}/64`, "fe80::2/64"] });
    this.#device.receive({ frame: (bytes) => this.#frame(bytes), batchEnd: () => this.run() });
  }

  /** Does what is due, and sees whether what is waited for has come. */
  run(): void {
    this.stack.advance(now());
    clearTimeout(this.#timer);
    const deadlineUs = this.stack.nextDeadlineUs();
    if (deadlineUs !== Infinity) {
      // waits for: the stack's next deadline
      this.#timer = setTimeout(() => this.run(), Math.max(0, (deadlineUs - now()) / 1000));
    }
    for (const look of this.#waiting) look();
  }

  /** What `look` gives, when it gives something. */
  until<Value>(look: () => Value | undefined): Promise<Value> {
    return new Promise((resolve) => {
      const again = (): void => {
        const value = look();
        if (value === undefined) return;
        this.#waiting.delete(again);
        resolve(value);
      };
      this.#waiting.add(again);
      this.run();
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#device.close();
  }

  #frame(bytes: Uint8Array): void {
    const packet = this.stack.context.pool.allocate(bytes.length);
    if (packet === undefined) return;
    packet.start -= 14;
    packet.bytes.set(bytes, packet.start);
    packet.end = packet.start + bytes.length;
    this.stack.setTime(now());
    this.stack.receive(this.iface, packet);
  }
}

const now = (): number => performance.now() * 1000;
const ip = (text: string): IpAddress => IpAddress.parse(text);
const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, at) => byte === b[at]);

/** The stack pings Linux: each size, and whether the data came back. */
export async function pings(): Promise<void> {
  const driven = new Driven();
  for (const to of [LINUX4, LINUX6]) {
    const address = ip(to);
    for (const size of SIZES) {
      const endpoint = driven.stack.ping.open(new Told(), address.version);
      const message = Uint8Array.from([address.version === 4 ? 8 : 128, 0, 0, 0, 0, 0, 0, 1, ...pattern(size)]);
      endpoint.send(payload(driven.stack, message), { address, port: 0 });
      const reply = await driven.until(() => take(endpoint));
      tell(`${to} ${size} ${same(reply.subarray(8), pattern(size)) ? "came back" : "was changed"}`);
    }
  }
  driven.close();
}

/** Answers every datagram of an endpoint with the same. */
function echoing(stack: Stack, endpoint: UdpEndpoint): void {
  const arrival = readArrival(endpoint.queue.first as never, new Arrival());
  const address = IpAddress.sourceOf(arrival.ip);
  const data = take(endpoint);
  if (data !== undefined) endpoint.send(payload(stack, data), { address, port: arrival.sourcePort });
}

/** Linux sends datagrams to the stack, which sends them back; to a closed port; to a group. */
export async function datagrams(): Promise<void> {
  const driven = new Driven();
  const { stack, iface } = driven;
  const servers = [udp(stack, "::", ECHO_PORT)];
  const echo = (): undefined => {
    for (const server of servers) while (!server.queue.isEmpty) echoing(stack, server);
  };
  void driven.until<never>(echo);
  const talks: [number, Inet4Address | Inet6Address][] = [
    [AF_INET, { family: AF_INET, address: STACK4, port: ECHO_PORT }],
    [AF_INET6, { family: AF_INET6, address: STACK6, port: ECHO_PORT }],
  ];
  for (const [family, to] of talks) {
    const fd = host.socket(family, SOCK_DGRAM);
    const buffer = new Uint8Array(65_536);
    for (const size of SIZES) {
      await host.sendto(fd, pattern(size), 0, to);
      const { bytes } = await host.recvfrom(fd, buffer);
      tell(`${to.address} ${size} ${same(buffer.subarray(0, bytes), pattern(size)) ? "came back" : "was changed"}`);
    }
    await host.connect(fd, { ...to, port: 9 });
    await host.send(fd, pattern(1));
    const refused = await host.recv(fd, buffer).catch((error: unknown) => error);
    tell(`${to.address} port 9: ${isSystemError(refused, "ECONNREFUSED") ? "ECONNREFUSED" : String(refused)}`);
    host.close(fd);
  }
  servers[0]?.memberships.join(iface.index, ip("239.7.7.7"));
  const fd = host.socket(AF_INET, SOCK_DGRAM);
  host.setsockopt(fd, SOL_IP, IP_MULTICAST_IF, LINUX4);
  await host.sendto(fd, pattern(3), 0, { family: AF_INET, address: "239.7.7.7", port: ECHO_PORT });
  const { address } = await host.recvfrom(fd, new Uint8Array(100));
  tell(`239.7.7.7 answered by ${(address as Inet4Address).address}`);
  host.close(fd);
  driven.close();
}

/** Linux has an address, and the stack finds that out before it uses it. */
export async function duplicates(): Promise<void> {
  const driven = new Driven();
  const { stack, iface } = driven;
  for (const taken of [`${LINUX4}/24`, `${LINUX6}/64`]) {
    const own = stack.addAddress(iface, taken, true);
    const state = await driven.until(() => ADDRESS_STATES[own.state]?.replace("TENTATIVE", "") || undefined);
    tell(`${taken} ${state}`);
  }
  const client = udp(stack, "0.0.0.0", 0);
  client.connect(ip(LINUX4), 9);
  client.send(payload(stack, pattern(1)));
  const error = await driven.until(() => client.takeError() || undefined);
  tell(`${LINUX4} port 9: ${error === errno.ECONNREFUSED ? "ECONNREFUSED" : error}`);
  driven.close();
}
