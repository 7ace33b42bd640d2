import {
  AF_PACKET,
  FIONREAD,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  PACKET_AUXDATA,
  PACKET_HOST,
  PACKET_OUTGOING,
  POLLERR,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
  SIOCOUTQ,
  SOCK_RAW,
  SOL_PACKET,
} from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { sockaddrEncode } from "../../../netdb/sockaddr.ts";
import { ETHERNET_HEADER_BYTES } from "../../../wire/ethernet.ts";
import type { Interface } from "../../link/interface.ts";
import { EVERY_TYPE, type Tap } from "../../link/tap.ts";
import type { Packet } from "../../packet.ts";
import { copyOut, gather } from "../copy.ts";
import { runFilter } from "../filter/classic-bpf.ts";
import { socketControl } from "../inet/datagram-control.ts";
import type { Incoming, Outgoing, StackSocket } from "../socket.ts";
import { SocketState } from "../socket-state.ts";
import { auxiliaryData } from "./auxiliary-data.ts";
import { hardwareOf, LinkAddress } from "./link-address.ts";
import type { PacketFamily } from "./packet-family.ts";

/** What a captured packet costs of the receive buffer besides its bytes. */
const OVERHEAD_BYTES = 640;

/** A packet as it passed, in the view of one socket. */
interface Captured {
  /** From the link's header on for SOCK_RAW, from the network's for SOCK_DGRAM, cut by the filter. */
  readonly data: Uint8Array;
  readonly wholeBytes: number;
  /** Where the network's header is. */
  readonly networkAt: number;
  readonly address: Uint8Array;
  readonly receivedUs: number;
}

/** A frame on its way past a socket. */
export interface Frame {
  readonly bytes: Uint8Array;
  /** Where the link's header begins, and the network's. */
  readonly start: number;
  readonly network: number;
  readonly end: number;
  readonly protocol: number;
  readonly packetType: number;
  readonly receivedUs: number;
}

/** A packet socket, packet(7): whole frames of an interface. */
export class PacketSocket implements StackSocket {
  readonly state: SocketState;
  readonly #family: PacketFamily;
  /** The EtherType that is heard; 0 for none. */
  #protocol: number;
  #interfaceIndex = 0;
  #tap: Tap | undefined;
  #queue: Captured[] = [];
  #bytes = 0;
  /** PACKET_STATISTICS since it was last read. */
  #packets = 0;
  #drops = 0;
  ignoresOutgoing = false;
  tellsAuxiliaryData = false;

  constructor(family: PacketFamily, type: number, protocol: number, etherType: number) {
    this.#family = family;
    this.state = new SocketState(family.events, AF_PACKET, type, protocol);
    this.#protocol = etherType;
    this.#listen();
  }

  get #isRaw(): boolean {
    return this.state.type === SOCK_RAW;
  }

  /** Hears the frames of its protocol and interface from now on. */
  #listen(): void {
    const { taps } = this.#family;
    if (this.#tap !== undefined) taps.remove(this.#tap);
    this.#tap = undefined;
    if (this.#protocol === 0) return;
    const tap: Tap = {
      etherType: this.#protocol,
      iface: this.#interfaceIndex,
      captured: (packet, iface) => this.#captured(packet, iface),
    };
    if (taps.add(tap)) this.#tap = tap;
  }

  #captured(packet: Packet, iface: Interface): void {
    const { bytes, start, end, etherType, packetType, receivedUs } = packet;
    const network =
      packet.network >= 0 ? packet.network : start + (iface.device.kind === "ethernet" ? ETHERNET_HEADER_BYTES : 0);
    if (!iface.isLoopback) {
      this.take({ bytes, start, network, end, protocol: etherType, packetType, receivedUs }, iface);
      return;
    }
    // Linux's loopback has the header of Ethernet, without addresses.
    const frame = this.#family.loopbackFrame(bytes.subarray(network, end), etherType);
    const type = packetType === PACKET_OUTGOING ? PACKET_OUTGOING : PACKET_HOST;
    this.take({ ...frame, protocol: etherType, packetType: type, receivedUs }, iface);
  }

  /** Whether it hears a protocol on an interface. */
  hears(protocol: number, iface: Interface): boolean {
    if (this.#interfaceIndex !== 0 && this.#interfaceIndex !== iface.index) return false;
    return this.#protocol === EVERY_TYPE || (this.#protocol !== 0 && this.#protocol === protocol);
  }

  /** Takes a frame into its queue, unless the filter drops it or there is no room. */
  take({ bytes, start, network, end, protocol, packetType, receivedUs }: Frame, iface: Interface): void {
    if (packetType === PACKET_OUTGOING && (this.ignoresOutgoing || this.#protocol !== EVERY_TYPE)) return;
    const from = this.#isRaw ? start : network;
    const whole = end - from;
    let kept = whole;
    const { filter } = this.state;
    if (filter !== undefined) {
      const subject = { bytes, start: from, end, protocol, packetType, interfaceIndex: iface.index };
      kept = Math.min(whole, runFilter(filter, subject));
      if (kept === 0) return;
    }
    this.#packets += 1;
    if (this.#bytes >= this.state.receiveBufferBytes) {
      this.#drops += 1;
      return;
    }
    const data = bytes.slice(from, from + kept);
    const hardware = hardwareOf(iface);
    const source = hardware.hasHeader ? bytes.slice(start + 6, start + 12) : new Uint8Array();
    const address = sockaddrEncode({
      family: AF_PACKET,
      protocol,
      interfaceIndex: iface.index,
      hardwareType: hardware.type,
      packetType,
      hardwareAddress: source,
    });
    this.#queue.push({ data, wholeBytes: whole, networkAt: network - from, address, receivedUs });
    this.#bytes += kept + OVERHEAD_BYTES;
    this.state.changed();
  }

  /** PACKET_STATISTICS, which reading clears. */
  takeStatistics(): { packets: number; drops: number } {
    const statistics = { packets: this.#packets, drops: this.#drops };
    this.#packets = 0;
    this.#drops = 0;
    return statistics;
  }

  poll(): number {
    const failed = this.state.hasError ? POLLERR : 0;
    const readable = this.#queue.length > 0 ? POLLIN | POLLRDNORM : 0;
    return failed | readable | POLLOUT | POLLWRNORM | POLLWRBAND;
  }

  bind(address: Uint8Array): number {
    const wanted = LinkAddress.read(address);
    if (typeof wanted === "number") return wanted;
    const { interfaceIndex, protocol } = wanted;
    if (interfaceIndex !== 0 && this.#family.interface(interfaceIndex) === undefined) return -errno.ENODEV;
    this.#interfaceIndex = interfaceIndex;
    if (protocol !== 0) this.#protocol = protocol;
    this.#listen();
    return 0;
  }

  connect(): number {
    return -errno.EOPNOTSUPP;
  }

  connecting(): number {
    return -errno.EOPNOTSUPP;
  }

  cancelConnect(): void {}

  listen(): number {
    return -errno.EOPNOTSUPP;
  }

  accept(): number {
    return -errno.EOPNOTSUPP;
  }

  shutdown(): number {
    return -errno.EOPNOTSUPP;
  }

  close(): void {
    if (this.#tap !== undefined) this.#family.taps.remove(this.#tap);
    this.#tap = undefined;
    this.#queue = [];
    this.#family.closed(this);
  }

  localAddress(): Uint8Array {
    const iface = this.#family.interface(this.#interfaceIndex);
    const hardware = iface === undefined ? undefined : hardwareOf(iface);
    return sockaddrEncode({
      family: AF_PACKET,
      protocol: this.#protocol,
      interfaceIndex: this.#interfaceIndex,
      hardwareType: hardware?.type ?? 0,
      packetType: 0,
      hardwareAddress: hardware?.address ?? new Uint8Array(),
    });
  }

  remoteAddress(): number {
    return -errno.EOPNOTSUPP;
  }

  send(message: Outgoing): number {
    if (message.flags & MSG_OOB) return -errno.EOPNOTSUPP;
    const error = this.state.takeError();
    if (error !== 0) return -error;
    const to = message.address === undefined ? undefined : LinkAddress.read(message.address);
    if (typeof to === "number") return to;
    const iface = this.#family.interface(to?.interfaceIndex ?? this.#interfaceIndex);
    if (iface === undefined) return -errno.ENXIO;
    const data = gather(message.buffers, 0, message.length);
    const protocol = to?.protocol || this.#protocol;
    const result = this.#isRaw
      ? this.#family.sendFrame(data, iface, protocol)
      : this.#family.sendPacket(data, iface, protocol, to?.hardwareAddress ?? new Uint8Array());
    return result < 0 ? result : message.length;
  }

  receive(message: Incoming): number {
    if (message.flags & MSG_OOB) return -errno.EINVAL;
    if (message.flags & MSG_ERRQUEUE) return -errno.EAGAIN;
    const error = this.state.takeError();
    if (error !== 0) return -error;
    const packet = this.#queue[0];
    if (packet === undefined) return -errno.EAGAIN;
    const { data, wholeBytes, address, networkAt, receivedUs } = packet;
    const length = Math.min(data.length, message.length);
    copyOut(data, 0, length, message.buffers, 0);
    if (length < data.length) message.resultFlags |= MSG_TRUNC;
    if (message.wantsAddress) message.address = address;
    if (message.wantsControl) {
      message.control.push(...socketControl(this.state, receivedUs));
      if (this.tellsAuxiliaryData) {
        const value = auxiliaryData(wholeBytes, data.length, networkAt);
        message.control.push({ level: SOL_PACKET, type: PACKET_AUXDATA, value });
      }
    }
    if ((message.flags & MSG_PEEK) === 0) {
      this.#queue.shift();
      this.#bytes -= data.length + OVERHEAD_BYTES;
    }
    return message.flags & MSG_TRUNC ? data.length : length;
  }

  optionsChanged(): void {}

  query(request: number): number {
    if (request === SIOCOUTQ) return 0;
    return request === FIONREAD ? (this.#queue[0]?.data.length ?? 0) : -errno.ENOTTY;
  }
}
