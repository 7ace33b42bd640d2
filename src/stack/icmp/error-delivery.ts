import { IpHeader } from "../../wire/ip-header.ts";
import { parseQuotedIpv4 } from "../../wire/ipv4.ts";
import { parseQuotedIpv6 } from "../../wire/ipv6.ts";
import { parseIpv6Extensions } from "../../wire/ipv6-extension.ts";
import { OK } from "../../wire/reason.ts";
import type { Transport } from "../ip/transport.ts";
import type { Packet } from "../packet.ts";
import type { IcmpError } from "./error.ts";

/** Bytes of a transport's header that every error quotes (RFC 792), and that are needed to know whose it is. */
const LEAST_QUOTED_BYTES = 8;

/** Raw sockets are told of errors about what they sent. */
export interface RawErrors {
  error(error: IcmpError, ip: IpHeader, packet: Packet): void;
}

/** Brings received errors to whom they concern: RFC 1122 §3.2.2.1, RFC 4443 §2.4 d. */
export class ErrorDelivery {
  readonly #transports: readonly (Transport | undefined)[];
  readonly #raw: RawErrors;
  readonly #quoted: IpHeader = new IpHeader();

  constructor(transports: readonly (Transport | undefined)[], raw: RawErrors) {
    this.#transports = transports;
    this.#raw = raw;
  }

  /** Reads the packet that is quoted from `start` to `end`, and tells its transport. The message stays the caller's. */
  deliver(error: IcmpError, message: Packet, start: number, end: number, outer: IpHeader): void {
    const ip = this.#quoted;
    const isV4 = outer.version === 4;
    const parse = isV4 ? parseQuotedIpv4 : parseQuotedIpv6;
    if (parse(message.view, start, end, ip) !== OK) return;
    if (!isV4 && parseIpv6Extensions(message.view, ip) !== OK) return;
    if (ip.fragmentOffset !== 0 || ip.payloadEnd - ip.payloadStart < LEAST_QUOTED_BYTES) return;
    error.reporter0 = outer.source0;
    error.reporter1 = outer.source1;
    error.reporter2 = outer.source2;
    error.reporter3 = outer.source3;
    error.iface = message.iface;
    message.network = start;
    message.start = ip.payloadStart;
    message.transport = ip.payloadStart;
    message.end = ip.payloadEnd;
    this.#raw.error(error, ip, message);
    this.#transports[ip.protocol]?.error(error, ip, message);
  }
}
