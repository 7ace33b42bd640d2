import { pseudoHeaderSum } from "../../wire/checksum.ts";
import {
  ICMPV6_ECHO,
  ICMPV6_ECHO_REPLY,
  Icmpv6Message,
  isIcmpv6Error,
  parseIcmpv6,
  verifyIcmpv6,
} from "../../wire/icmpv6.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_ICMPV6 } from "../../wire/ip-protocol.ts";
import { MLD_QUERY, MLDV1_DONE, MLDV1_REPORT, MLDV2_REPORT } from "../../wire/mld.ts";
import { REDIRECT, ROUTER_SOLICITATION } from "../../wire/neighbour-discovery.ts";
import { OK } from "../../wire/reason.ts";
import type { IpOutput } from "../ip/ip-output.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import type { Transport } from "../ip/transport.ts";
import { CHECKSUM_NONE, type Packet } from "../packet.ts";
import { explainIcmpv6 } from "./error-errno.ts";
import type { ErrorDelivery } from "./error-delivery.ts";
import { IcmpError } from "./error.ts";
import { IcmpCounters } from "./icmpv4.ts";
import type { Ping } from "./ping.ts";
import { sealPacketIcmpv6 } from "./seal.ts";

/** Takes the messages of a link: neighbour discovery, listener discovery. They stay the caller's. */
export interface LinkMessages {
  receive(packet: Packet, ip: IpHeader): void;
}

/** ICMP for IPv6: RFC 4443. */
export class Icmpv6 implements Transport {
  readonly counters: IcmpCounters = new IcmpCounters();
  readonly #ip: IpOutput;
  readonly #delivery: ErrorDelivery;
  readonly #neighbours: LinkMessages;
  readonly #listeners: LinkMessages;
  readonly #ping: Ping;
  readonly #message: Icmpv6Message = new Icmpv6Message();
  readonly #error: IcmpError = new IcmpError();
  readonly #options: IpSendOptions = new IpSendOptions();

  constructor(ip: IpOutput, delivery: ErrorDelivery, neighbours: LinkMessages, listeners: LinkMessages, ping: Ping) {
    this.#ip = ip;
    this.#delivery = delivery;
    this.#neighbours = neighbours;
    this.#listeners = listeners;
    this.#ping = ping;
  }

  input(packet: Packet, ip: IpHeader): void {
    const message = this.#message;
    this.counters.received++;
    const isRight = packet.checksum !== CHECKSUM_NONE || isVerified(packet, ip);
    if (!isRight || parseIcmpv6(packet.view, packet.transport, packet.end, message) !== OK) {
      this.counters.errors++;
      return packet.release();
    }
    const { type } = message;
    if (type === ICMPV6_ECHO) return this.#echo(packet, ip);
    if (type === ICMPV6_ECHO_REPLY) return this.#ping.deliver(packet, ip, message.identifier);
    if (isIcmpv6Error(type)) this.#deliverError(packet, ip);
    else if (type >= ROUTER_SOLICITATION && type <= REDIRECT) this.#neighbours.receive(packet, ip);
    else if (type === MLD_QUERY || type === MLDV1_REPORT || type === MLDV1_DONE || type === MLDV2_REPORT) {
      this.#listeners.receive(packet, ip);
    }
    packet.release();
  }

  error(error: IcmpError, ip: IpHeader, packet: Packet): void {
    this.#ping.error(error, ip, packet);
  }

  #deliverError(packet: Packet, ip: IpHeader): void {
    const message = this.#message;
    if (!explainIcmpv6(message.type, message.code, message.mtu || message.pointer, this.#error)) return;
    const quotedBytes = message.quotedWords * 8 || Infinity;
    const end = Math.min(message.payloadEnd, message.payloadStart + quotedBytes);
    this.#delivery.deliver(this.#error, packet, message.payloadStart, end, ip);
  }

  /** RFC 4443 §4.2: the request becomes the reply, also to a request that went to a group. */
  #echo(packet: Packet, ip: IpHeader): void {
    const path = this.#ip.replyPath(ip, packet);
    if (path === undefined) return packet.release();
    this.counters.echoes++;
    packet.view.setUint8(packet.transport, ICMPV6_ECHO_REPLY);
    sealPacketIcmpv6(packet, path);
    this.#options.trafficClass = ip.trafficClass;
    this.#options.flowLabel = ip.flowLabel;
    this.#ip.send(packet, path, this.#options);
  }
}

function isVerified(packet: Packet, ip: IpHeader): boolean {
  const { source0: s0, source1: s1, source2: s2, source3: s3 } = ip;
  const { destination0: d0, destination1: d1, destination2: d2, destination3: d3 } = ip;
  const length = packet.end - packet.transport;
  const pseudo = pseudoHeaderSum(s0, s1, s2, s3, d0, d1, d2, d3, PROTOCOL_ICMPV6, length);
  return verifyIcmpv6(packet.view, packet.transport, packet.end, pseudo);
}
