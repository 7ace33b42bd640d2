import type { SocketAddress } from "../../api/address.ts";
import { MSG_PEEK } from "../../api/constants.ts";
import { systemError } from "../../api/errors.ts";
import type { Kernel } from "../../api/kernel.ts";
import {
  parseProxyHeader,
  PROXY_V1_MAX_BYTES,
  PROXY_V2_MAX_BYTES,
  type ProxyHeader,
  type ProxyVersions,
} from "../proxy-protocol.ts";
import { AddressList } from "./address-list.ts";
import type { Client, Failure } from "./connection.ts";

/** Whose connections begin with a PROXY header. */
export interface ProxyOptions {
  /** Connections begin with a PROXY header of this version, or they are refused. */
  readonly proxy?: ProxyVersions | undefined;
  /**
   * Only those from these peers do: addresses, prefixes such as "10.0.0.0/8", "unix". Any other peer is a client
   * itself, and its first byte is the handler's. Left out, every connection must begin with a header.
   */
  readonly proxyFrom?: readonly string[] | undefined;
  /** The longest version 2 header that is taken, in bytes (default 4,096). */
  readonly proxyMaxBytes?: number | undefined;
}

/** What becomes of a connection whose header is read. */
export interface ProxyOutcome {
  passed(client: Client, header: ProxyHeader): void;
  ended(client: Client, failure: Failure | undefined): void;
}

/** Reads PROXY headers before the handlers get their connections. */
export class ProxyGate {
  readonly versions: ProxyVersions;
  readonly maxBytes: number;
  readonly #from: AddressList | undefined;

  constructor(versions: ProxyVersions, options: ProxyOptions) {
    this.versions = versions;
    this.maxBytes = options.proxyMaxBytes ?? PROXY_V2_MAX_BYTES;
    this.#from = options.proxyFrom === undefined ? undefined : new AddressList("options.proxyFrom", options.proxyFrom);
  }

  /** True when a connection from this address begins with a header. */
  expects(address: SocketAddress): boolean {
    return this.#from === undefined || this.#from.has(address);
  }
}

/**
 * A client whose header is still to come. Nothing is read ahead: what has arrived is looked at with MSG_PEEK, and then
 * exactly the header is taken, so that the byte after it is the handler's.
 */
export class HeaderReader implements Client {
  readonly bytesRead = 0;
  readonly bytesWritten = 0;
  readonly startedAtMs: number;
  seenBytes = 0;
  seenAtMs: number;
  readonly #kernel: Kernel;
  readonly #fd: number;
  readonly #gate: ProxyGate;
  readonly #outcome: ProxyOutcome;
  #over = false;

  constructor(kernel: Kernel, fd: number, gate: ProxyGate, outcome: ProxyOutcome, nowMs: number) {
    this.#kernel = kernel;
    this.#fd = fd;
    this.#gate = gate;
    this.#outcome = outcome;
    this.startedAtMs = nowMs;
    this.seenAtMs = nowMs;
  }

  /** Reads the header. It never rejects. */
  async read(): Promise<void> {
    let header: ProxyHeader;
    try {
      header = await this.#header();
    } catch (error) {
      return this.#end({ error });
    }
    if (this.#over) return;
    this.#over = true;
    this.#outcome.passed(this, header);
  }

  hangUp(): void {
    this.#end(undefined);
  }

  #end(failure: Failure | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#kernel.close(this.#fd);
    this.#outcome.ended(this, failure);
  }

  async #header(): Promise<ProxyHeader> {
    const buffer = new Uint8Array(Math.max(PROXY_V1_MAX_BYTES, this.#gate.maxBytes));
    for (let taken = 0; ;) {
      const arrived = await this.#kernel.recv(this.#fd, buffer.subarray(taken), MSG_PEEK);
      if (arrived === 0) throw refusal("the connection ended before its PROXY header was whole");
      const parsed = parseProxyHeader(buffer.subarray(0, taken + arrived), this.#gate);
      if (parsed.state === "refused") throw refusal(parsed.reason);
      // All that arrived belongs to a header that goes on: taken, so that the next look waits for more.
      const end = parsed.state === "header" ? parsed.bytes : taken + arrived;
      while (taken < end) taken += await this.#kernel.recv(this.#fd, buffer.subarray(taken, end));
      if (parsed.state === "header") return parsed.header;
    }
  }
}

function refusal(reason: string): Error {
  return systemError("serve", "EPROTO", undefined, reason);
}
