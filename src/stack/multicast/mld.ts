import { decodeShortCode } from "../../wire/floating-code.ts";
import { IPV6_ADDRESS_BYTES, readAddresses } from "../../wire/group-record.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_HOP_BY_HOP, PROTOCOL_ICMPV6 } from "../../wire/ip-protocol.ts";
import {
  emitMld,
  MLD_QUERY,
  MldMessage,
  MLDV1_BYTES,
  MLDV1_DONE,
  MLDV1_REPORT,
  MLDV2_REPORT,
  MLDV2_REPORT_BYTES,
  parseMld,
} from "../../wire/mld.ts";
import { OK } from "../../wire/reason.ts";
import type { StackContext } from "../context.ts";
import type { LinkMessages } from "../icmp/icmpv6.ts";
import { sealPacketIcmpv6 } from "../icmp/seal.ts";
import { ANY_V6, IpAddress } from "../ip/address.ts";
import type { IpOutput } from "../ip/ip-output.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import type { Interface } from "../link/interface.ts";
import type { Packet } from "../packet.ts";
import { type ListenerProtocol, NEWEST, OLDER } from "./listener.ts";
import type { ReportRecord } from "./pending-report.ts";
import { fitRecords, takeSources } from "./record-sources.ts";
import { RecordWriter } from "./record-writer.ts";
import type { Reporting } from "./reporting.ts";
import { MAX_SOURCES } from "./source-filter.ts";

/** ff02::16, ff02::2: who reports of version 2, and leaves, are for (RFC 3810 §5.2.14, RFC 2710 §5). */
const REPORT_ROUTERS: IpAddress = IpAddress.parse("ff02::16");
const ALL_ROUTERS: IpAddress = IpAddress.parse("ff02::2");
/** A report is at most so long, so that it fits the least MTU with its headers; the rest goes into another one. */
const MAX_REPORT_BYTES = 1200;
/**
 * The Hop-by-Hop Options header with a Router Alert of MLD and padding, before an ICMPv6 message: RFC 2711, RFC 3810
 * §5.
 */
const ROUTER_ALERT: Uint8Array = Uint8Array.of(PROTOCOL_ICMPV6, 0, 5, 2, 0, 0, 1, 0);

/** Multicast listener discovery, the host's side: RFC 2710, RFC 3810. */
export class Mld implements LinkMessages, ListenerProtocol {
  readonly #context: StackContext;
  readonly #ip: IpOutput;
  readonly #reporting: Reporting;
  readonly #message: MldMessage = new MldMessage();
  readonly #records: RecordWriter = new RecordWriter(IPV6_ADDRESS_BYTES);
  readonly #sources: Int32Array = new Int32Array(4 * MAX_SOURCES);
  readonly #options: IpSendOptions = new IpSendOptions();

  constructor(context: StackContext, ip: IpOutput, reporting: Reporting) {
    this.#context = context;
    this.#ip = ip;
    this.#reporting = reporting;
    this.#options.hopLimit = 1;
    this.#options.extensions = ROUTER_ALERT;
    this.#options.firstExtension = PROTOCOL_HOP_BY_HOP;
    this.#options.multicastLoop = false;
  }

  receive(packet: Packet, ip: IpHeader): void {
    const message = this.#message;
    // RFC 3810 §6.2: from a link-local address, with a hop limit of 1; else it is forged.
    const listener = ip.hopLimit === 1 ? this.#reporting.listener(packet.iface, 6) : undefined;
    if (listener === undefined || ip.source0 >>> 22 !== 0x3fa) return;
    if (parseMld(packet.view, packet.transport, packet.end, message) !== OK) return;
    const group = new IpAddress(message.group0, message.group1, message.group2, message.group3);
    if (message.type === MLDV1_REPORT) listener.heardReport(group);
    if (message.type !== MLD_QUERY) return;
    const count = Math.min(message.sourceCount, MAX_SOURCES);
    readAddresses(packet.view, message.itemsStart, IPV6_ADDRESS_BYTES, count, this.#sources);
    const isNewest = message.version === 2;
    listener.queried({
      version: isNewest ? NEWEST : OLDER,
      group: group.isUnspecified ? undefined : group,
      sources: takeSources(this.#sources, count),
      maxResponseUs: (isNewest ? decodeShortCode(message.responseCode) : message.responseCode) * 1000,
    });
  }

  sendReport(iface: Interface, records: readonly ReportRecord[]): void {
    const fitting = fitRecords(records);
    for (let next = 0; next < fitting.length;) next = this.#sendSome(iface, fitting, next);
  }

  sendOlderReport(iface: Interface, group: IpAddress): void {
    this.#sendOne(MLDV1_REPORT, iface, group, group);
  }

  sendLeave(iface: Interface, group: IpAddress): void {
    this.#sendOne(MLDV1_DONE, iface, group, ALL_ROUTERS);
  }

  #sendSome(iface: Interface, records: readonly ReportRecord[], first: number): number {
    const packet = this.#context.pool.allocate(MAX_REPORT_BYTES);
    if (packet === undefined) return records.length;
    const next = this.#records.put(packet, MLDV2_REPORT_BYTES, MAX_REPORT_BYTES, records, first);
    const message = this.#message;
    message.type = MLDV2_REPORT;
    message.recordCount = next - first;
    emitMld(packet.view, packet.start, message);
    this.#send(packet, iface, REPORT_ROUTERS);
    return next;
  }

  #sendOne(type: number, iface: Interface, group: IpAddress, to: IpAddress): void {
    const packet = this.#context.pool.allocate(MLDV1_BYTES);
    if (packet === undefined) return;
    const message = this.#message;
    message.type = type;
    message.responseCode = 0;
    message.group0 = group.w0;
    message.group1 = group.w1;
    message.group2 = group.w2;
    message.group3 = group.w3;
    packet.end = emitMld(packet.view, packet.start, message);
    this.#send(packet, iface, to);
  }

  #send(packet: Packet, iface: Interface, destination: IpAddress): void {
    const own = iface.addresses.find(({ address, isAssigned }) => isAssigned && address.isLinkLocal);
    // RFC 3590 §4: before there is an address of its own, an interface reports from none.
    const source = own?.address.version === 6 ? own.address : ANY_V6;
    const path = this.#ip.route({ destination, source, iface: iface.index, protocol: PROTOCOL_ICMPV6 });
    if (typeof path === "number") return packet.release();
    sealPacketIcmpv6(packet, path);
    this.#ip.send(packet, path, this.#options);
  }
}
