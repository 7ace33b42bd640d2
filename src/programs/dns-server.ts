import type { Inet4Address, Inet6Address, SocketAddress } from "../api/address.ts";
import {
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../api/constants.ts";
import { isSystemError } from "../api/errors.ts";
import type { Kernel, WaitOptions } from "../api/kernel.ts";
import { respond } from "./dns/respond.ts";
import type { ZoneOptions } from "./dns/zone.ts";
import { Zones } from "./dns/zones.ts";
import { sendAll } from "./send-all.ts";

/** The longest datagram that UDP can carry, and more. */
const BUFFER_BYTES = 65_536;
/** Connections at once; those that come then wait in the backlog. */
const MAX_CONNECTIONS = 100;
/** How long a connection may say nothing: RFC 7766 §6.2.3 leaves it to the server. */
const IDLE_MS = 10_000;
/** Descriptors are short: a server goes on with those it has, and looks again after a while. */
const PAUSE_MS = 100;

/** Settings of a DNS server. Aborting `signal` ends it: the program then resolves with its numbers. */
export interface DnsServerOptions extends WaitOptions {
  /** What it knows: a list, or `Zones` that are changed while it runs. */
  readonly zones: readonly ZoneOptions[] | Zones;
  /** Called with the server's address when clients can reach it: it says the port that was chosen for port 0. */
  readonly listening?: ((address: SocketAddress) => void) | undefined;
}

/** What a DNS server did. */
export interface DnsServerNumbers {
  /** Answers over UDP and over TCP. */
  readonly datagrams: number;
  readonly streamed: number;
}

/**
 * An authoritative DNS server, over UDP and TCP (RFC 1034, 1035, 2308, 4592, 6891, 7766): answers from its zones, with
 * aliases, wildcards, delegations and negative answers; an answer that is too long for UDP says that TCP is to be
 * asked. It asks nobody else: a name of none of its zones is REFUSED. It runs until `signal` is aborted, then resolves
 * with what it did. Errors: those of socket, bind and listen; ERR_INVALID_ARG_VALUE for a record that is none. Any
 * kernel; on a machine with several addresses it is bound to the one that clients ask.
 *
 * @example
 * const stop = new AbortController();
 * const zones = [{ name: "example.com", records: { www: { A: "192.0.2.1" } } }];
 * await dnsServer(host, { family: AF_INET, address: "127.0.0.1", port: 0 }, {
 *   zones,
 *   signal: stop.signal,
 *   listening: () => stop.abort(),
 * }); // { datagrams: 0, streamed: 0 }
 */
export async function dnsServer(
  kernel: Kernel,
  address: Inet4Address | Inet6Address,
  options: DnsServerOptions,
): Promise<DnsServerNumbers> {
  const zones = options.zones instanceof Zones ? options.zones : new Zones(options.zones);
  const ended = new AbortController();
  const end = (): void => ended.abort();
  if (options.signal?.aborted === true) end();
  options.signal?.addEventListener("abort", end, { once: true });
  const server = new DnsServer(kernel, zones, ended.signal);
  try {
    const bound = server.open(address);
    options.listening?.(bound);
    await Promise.all([server.answerDatagrams(), server.acceptClients()].map((work) => work.finally(end)));
  } catch (error) {
    if (options.signal?.aborted !== true) throw error;
  } finally {
    options.signal?.removeEventListener("abort", end);
    server.close();
  }
  return { datagrams: server.datagrams, streamed: server.streamed };
}

class DnsServer {
  datagrams = 0;
  streamed = 0;
  readonly #kernel: Kernel;
  readonly #zones: Zones;
  readonly #signal: AbortSignal;
  readonly #open: number[] = [];
  readonly #clients: Set<Promise<void>> = new Set();

  constructor(kernel: Kernel, zones: Zones, signal: AbortSignal) {
    this.#kernel = kernel;
    this.#zones = zones;
    this.#signal = signal;
  }

  /** Both sockets, on one port. */
  open(address: Inet4Address | Inet6Address): SocketAddress {
    const udp = this.#bound(SOCK_DGRAM, address);
    const bound = this.#kernel.getsockname(udp);
    const tcp = this.#bound(SOCK_STREAM, bound);
    this.#kernel.listen(tcp);
    return bound;
  }

  #bound(type: number, address: SocketAddress): number {
    const kernel = this.#kernel;
    const fd = kernel.socket(address.family, type);
    this.#open.push(fd);
    if (type === SOCK_STREAM) kernel.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, true);
    if (address.family === AF_INET6) kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, true);
    kernel.bind(fd, address);
    return fd;
  }

  close(): void {
    for (const fd of this.#open.splice(0)) this.#kernel.close(fd);
  }

  async answerDatagrams(): Promise<void> {
    const [udp = -1] = this.#open;
    const kernel = this.#kernel;
    const signal = this.#signal;
    const buffer = new Uint8Array(BUFFER_BYTES);
    for (;;) {
      const { bytes, address } = await kernel.recvfrom(udp, buffer, 0, { signal });
      const response = respond(this.#zones, buffer.subarray(0, bytes), "udp");
      if (response === undefined || address === undefined) continue;
      // An answer that cannot be sent is lost, as datagrams are.
      const sent = await kernel.sendto(udp, response, 0, address, { signal }).catch(() => -1);
      if (sent >= 0) this.datagrams += 1;
    }
  }

  async acceptClients(): Promise<void> {
    const [, tcp = -1] = this.#open;
    const signal = this.#signal;
    for (;;) {
      if (this.#clients.size >= MAX_CONNECTIONS) await Promise.race(this.#clients);
      const fd = await this.#accept(tcp);
      if (fd === undefined) await this.#kernel.clock.sleep(PAUSE_MS, { signal });
      else {
        const client = this.#answerClient(fd).catch(() => undefined);
        this.#clients.add(client);
        void client.finally(() => this.#clients.delete(client));
      }
    }
  }

  /** Undefined when there are no descriptors left. */
  async #accept(tcp: number): Promise<number | undefined> {
    try {
      return (await this.#kernel.accept(tcp, { signal: this.#signal })).fd;
    } catch (error) {
      if (isSystemError(error, "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "ECONNABORTED")) return undefined;
      throw error;
    }
  }

  /** Query by query, until the client hangs up: RFC 7766 §6.2.1. */
  async #answerClient(fd: number): Promise<void> {
    const kernel = this.#kernel;
    const signal = this.#signal;
    let buffer = new Uint8Array(0);
    const chunk = new Uint8Array(4096);
    try {
      kernel.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, IDLE_MS);
      for (;;) {
        const bytes = await kernel.recv(fd, chunk, 0, { signal });
        if (bytes === 0) return;
        buffer = joined(buffer, chunk.subarray(0, bytes));
        for (;;) {
          const length = ((buffer[0] ?? 0) << 8) | (buffer[1] ?? 0);
          if (buffer.length < 2 || buffer.length < 2 + length) break;
          const response = respond(this.#zones, buffer.subarray(2, 2 + length), "tcp");
          buffer = buffer.slice(2 + length);
          // RFC 7766 §6.2.4: who does not speak DNS is hung up on.
          if (response === undefined) return;
          const framed = joined(Uint8Array.of(response.length >>> 8, response.length & 0xff), response);
          await sendAll(kernel, fd, framed, { signal });
          this.streamed += 1;
        }
      }
    } finally {
      kernel.close(fd);
    }
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
