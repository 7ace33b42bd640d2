import { decodeByteCode } from "../../wire/floating-code.ts";
import { IPV4_ADDRESS_BYTES, readAddresses } from "../../wire/group-record.ts";
import {
  emitIgmp,
  IGMP_BYTES,
  IGMP_QUERY,
  IgmpMessage,
  IGMPV1_REPORT,
  IGMPV2_LEAVE,
  IGMPV2_REPORT,
  IGMPV3_REPORT,
  parseIgmp,
  sealIgmp,
  verifyIgmp,
} from "../../wire/igmp.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_IGMP } from "../../wire/ip-protocol.ts";
import { routerAlertOption } from "../../wire/ipv4-option.ts";
import { OK } from "../../wire/reason.ts";
import type { StackContext } from "../context.ts";
import { ANY_V4, IpAddress } from "../ip/address.ts";
import type { IpOutput } from "../ip/ip-output.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import type { Transport } from "../ip/transport.ts";
import type { Interface } from "../link/interface.ts";
import { CHECKSUM_NONE, type Packet } from "../packet.ts";
import { type ListenerProtocol, NEWEST, OLDER, OLDEST } from "./listener.ts";
import type { ReportRecord } from "./pending-report.ts";
import { fitRecords, takeSources } from "./record-sources.ts";
import { RecordWriter } from "./record-writer.ts";
import type { Reporting } from "./reporting.ts";
import { MAX_SOURCES } from "./source-filter.ts";

/** 224.0.0.22, 224.0.0.2: who reports of version 3, and leaves, are for (RFC 3376 §4.2.14, RFC 2236 §9). */
const REPORT_ROUTERS: IpAddress = IpAddress.parse("224.0.0.22");
const ALL_ROUTERS: IpAddress = IpAddress.parse("224.0.0.2");
/** A report is at most so long; the rest goes into another one. */
const MAX_REPORT_BYTES = 1400;
/** RFC 1112 appendix I: a query of version 1 is answered within ten seconds. */
const VERSION1_RESPONSE_US = 10_000_000;
/** The unit of a response time: RFC 3376 §4.1.1. */
const TENTH_US = 100_000;
const INTERNETWORK_CONTROL = 0xc0;

/** IGMP, the host's side: RFC 1112, RFC 2236, RFC 3376. */
export class Igmp implements Transport, ListenerProtocol {
  readonly #context: StackContext;
  readonly #ip: IpOutput;
  readonly #reporting: Reporting;
  readonly #message: IgmpMessage = new IgmpMessage();
  readonly #records: RecordWriter = new RecordWriter(IPV4_ADDRESS_BYTES);
  readonly #sources: Int32Array = new Int32Array(4 * MAX_SOURCES);
  readonly #options: IpSendOptions = new IpSendOptions();

  constructor(context: StackContext, ip: IpOutput, reporting: Reporting) {
    this.#context = context;
    this.#ip = ip;
    this.#reporting = reporting;
    this.#options.hopLimit = 1;
    this.#options.trafficClass = INTERNETWORK_CONTROL;
    this.#options.ipv4Options = routerAlertOption();
    this.#options.multicastLoop = false;
  }

  input(packet: Packet, ip: IpHeader): void {
    this.#receive(packet, ip);
    packet.release();
  }

  error(): void {
    // Reports are not missed.
  }

  sendReport(iface: Interface, records: readonly ReportRecord[]): void {
    const fitting = fitRecords(records);
    for (let next = 0; next < fitting.length;) next = this.#sendSome(iface, fitting, next);
  }

  sendOlderReport(iface: Interface, group: IpAddress, version: number): void {
    this.#sendOne(version === OLDEST ? IGMPV1_REPORT : IGMPV2_REPORT, iface, group, group);
  }

  sendLeave(iface: Interface, group: IpAddress): void {
    this.#sendOne(IGMPV2_LEAVE, iface, group, ALL_ROUTERS);
  }

  #receive(packet: Packet, ip: IpHeader): void {
    const message = this.#message;
    const { view, transport, end } = packet;
    const isRight = packet.checksum !== CHECKSUM_NONE || verifyIgmp(view, transport, end);
    if (!isRight || parseIgmp(view, transport, end, message) !== OK) return;
    // RFC 3376 §9.1: what a router passed on is forged.
    const listener = ip.hopLimit === 1 ? this.#reporting.listener(packet.iface, 4) : undefined;
    if (listener === undefined) return;
    const group = message.group === 0 ? undefined : IpAddress.v4(message.group);
    if (message.type === IGMPV1_REPORT || message.type === IGMPV2_REPORT) {
      if (group !== undefined) listener.heardReport(group);
    } else if (message.type === IGMP_QUERY) {
      const count = Math.min(message.sourceCount, MAX_SOURCES);
      readAddresses(view, message.itemsStart, IPV4_ADDRESS_BYTES, count, this.#sources);
      const sources = takeSources(this.#sources, count);
      const version = message.version === 3 ? NEWEST : message.version === 2 ? OLDER : OLDEST;
      listener.queried({ version, group, sources, maxResponseUs: responseUs(message) });
    }
  }

  /** Sends as many records as fit into one report, and returns the first that did not. */
  #sendSome(iface: Interface, records: readonly ReportRecord[], first: number): number {
    const packet = this.#context.pool.allocate(MAX_REPORT_BYTES);
    if (packet === undefined) return records.length;
    const next = this.#records.put(packet, IGMP_BYTES, MAX_REPORT_BYTES, records, first);
    const message = this.#message;
    message.type = IGMPV3_REPORT;
    message.responseCode = 0;
    message.recordCount = next - first;
    emitIgmp(packet.view, packet.start, message);
    this.#send(packet, iface, REPORT_ROUTERS);
    return next;
  }

  #sendOne(type: number, iface: Interface, group: IpAddress, to: IpAddress): void {
    const packet = this.#context.pool.allocate(IGMP_BYTES);
    if (packet === undefined) return;
    const message = this.#message;
    message.type = type;
    message.responseCode = 0;
    message.group = group.w3;
    packet.end = emitIgmp(packet.view, packet.start, message);
    this.#send(packet, iface, to);
  }

  #send(packet: Packet, iface: Interface, destination: IpAddress): void {
    sealIgmp(packet.view, packet.start, packet.end);
    const own = iface.addresses.find(({ address, isAssigned }) => isAssigned && address.version === 4);
    const source = own?.address ?? ANY_V4;
    const path = this.#ip.route({ destination, source, iface: iface.index, protocol: PROTOCOL_IGMP });
    if (typeof path === "number") packet.release();
    else this.#ip.send(packet, path, this.#options);
  }
}

function responseUs({ version, responseCode }: IgmpMessage): number {
  if (version === 1) return VERSION1_RESPONSE_US;
  return (version === 2 ? responseCode : decodeByteCode(responseCode)) * TENTH_US;
}
