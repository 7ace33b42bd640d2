import { updateChecksum } from "../../wire/checksum.ts";
import {
  ICMPV4_ECHO,
  ICMPV4_ECHO_REPLY,
  ICMPV4_REDIRECT,
  ICMPV4_TIMESTAMP,
  ICMPV4_TIMESTAMP_REPLY,
  Icmpv4Message,
  emitIcmpv4,
  parseIcmpv4,
  sealIcmpv4,
  verifyIcmpv4,
} from "../../wire/icmpv4.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { OK } from "../../wire/reason.ts";
import type { StackContext } from "../context.ts";
import type { IpOutput } from "../ip/ip-output.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import type { Transport } from "../ip/transport.ts";
import { CHECKSUM_NONE, PACKET_FOR_HOST, type Packet } from "../packet.ts";
import { explainIcmpv4 } from "./error-errno.ts";
import type { ErrorDelivery } from "./error-delivery.ts";
import { IcmpError } from "./error.ts";
import type { Ping } from "./ping.ts";
import type { RedirectInput } from "./redirect-input.ts";

/** Milliseconds that are not since midnight UT have their highest bit set: RFC 792, Timestamp. */
const OTHER_TIME = 0x80000000;
const CHECKSUM_OFFSET = 2;

/** What ICMP has seen, for `inspect`. */
export class IcmpCounters {
  received = 0;
  errors = 0;
  echoes = 0;
}

/** ICMP for IPv4: RFC 792, RFC 1122 §3.2.2. */
export class Icmpv4 implements Transport {
  readonly counters: IcmpCounters = new IcmpCounters();
  readonly #context: StackContext;
  readonly #ip: IpOutput;
  readonly #delivery: ErrorDelivery;
  readonly #redirects: RedirectInput;
  readonly #ping: Ping;
  readonly #message: Icmpv4Message = new Icmpv4Message();
  readonly #error: IcmpError = new IcmpError();
  readonly #options: IpSendOptions = new IpSendOptions();

  constructor(context: StackContext, ip: IpOutput, delivery: ErrorDelivery, redirects: RedirectInput, ping: Ping) {
    this.#context = context;
    this.#ip = ip;
    this.#delivery = delivery;
    this.#redirects = redirects;
    this.#ping = ping;
  }

  input(packet: Packet, ip: IpHeader): void {
    const message = this.#message;
    const { view, transport, end } = packet;
    this.counters.received++;
    const isRight = packet.checksum !== CHECKSUM_NONE || verifyIcmpv4(view, transport, end);
    if (!isRight || parseIcmpv4(view, transport, end, message) !== OK) {
      this.counters.errors++;
      return packet.release();
    }
    switch (message.type) {
      case ICMPV4_ECHO:
        return this.#echo(packet, ip);
      case ICMPV4_ECHO_REPLY:
        return this.#ping.deliver(packet, ip, message.identifier);
      case ICMPV4_TIMESTAMP:
        return this.#timestamp(packet, ip);
      case ICMPV4_REDIRECT:
        this.#redirects.redirected4(packet, ip, message);
        break;
      default:
        this.#deliverError(packet, ip);
    }
    packet.release();
  }

  error(error: IcmpError, ip: IpHeader, packet: Packet): void {
    this.#ping.error(error, ip, packet);
  }

  #deliverError(packet: Packet, ip: IpHeader): void {
    const message = this.#message;
    const info = message.nextHopMtu || message.pointer;
    if (!explainIcmpv4(message.type, message.code, info, this.#error)) return;
    // RFC 4884 §5: what follows the quoted packet is not of it.
    const quotedBytes = message.quotedWords * 4 || Infinity;
    const end = Math.min(message.payloadEnd, message.payloadStart + quotedBytes);
    this.#delivery.deliver(this.#error, packet, message.payloadStart, end, ip);
  }

  /** RFC 1122 §3.2.2.6: the request becomes the reply. Those to everybody are not answered, as Linux has it. */
  #echo(packet: Packet, ip: IpHeader): void {
    const path = packet.packetType === PACKET_FOR_HOST ? this.#ip.replyPath(ip, packet) : undefined;
    if (path === undefined) return packet.release();
    this.counters.echoes++;
    const { view, transport } = packet;
    const before = view.getUint16(transport);
    view.setUint8(transport, ICMPV4_ECHO_REPLY);
    const sum = updateChecksum(view.getUint16(transport + CHECKSUM_OFFSET), before, view.getUint16(transport));
    view.setUint16(transport + CHECKSUM_OFFSET, sum);
    this.#answer(packet, path, ip);
  }

  /** RFC 1122 §3.2.2.8. The stack does not know what time of day it is, and says so. */
  #timestamp(packet: Packet, ip: IpHeader): void {
    const path = packet.packetType === PACKET_FOR_HOST ? this.#ip.replyPath(ip, packet) : undefined;
    if (path === undefined) return packet.release();
    const message = this.#message;
    message.type = ICMPV4_TIMESTAMP_REPLY;
    message.receive = ((Math.floor(this.#context.nowUs / 1000) % OTHER_TIME) + OTHER_TIME) >>> 0;
    message.transmit = message.receive;
    packet.end = emitIcmpv4(packet.view, packet.start, message);
    sealIcmpv4(packet.view, packet.start, packet.end);
    this.#answer(packet, path, ip);
  }

  #answer(packet: Packet, path: NonNullable<ReturnType<IpOutput["replyPath"]>>, ip: IpHeader): void {
    packet.checksum = CHECKSUM_NONE;
    this.#options.trafficClass = ip.trafficClass;
    this.#ip.send(packet, path, this.#options);
  }
}
