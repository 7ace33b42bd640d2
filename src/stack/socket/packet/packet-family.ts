import { PACKET_HOST, PACKET_OUTGOING, SOCK_DGRAM, SOCK_RAW } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { ETHERNET_HEADER_BYTES, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "../../../wire/ethernet.ts";
import type { Interface } from "../../link/interface.ts";
import type { Taps } from "../../link/tap.ts";
import type { Stack } from "../../stack.ts";
import type { SocketEvents } from "../events.ts";
import type { SocketFamily } from "../families.ts";
import { hardwareOf } from "./link-address.ts";
import { type Frame, PacketSocket } from "./packet-socket.ts";

/** Where Ethernet's header has its type. */
const TYPE_AT = 12;

type FrameBytes = Pick<Frame, "bytes" | "start" | "network" | "end">;

/** AF_PACKET: the frames of a stack's interfaces. */
export class PacketFamily implements SocketFamily {
  readonly events: SocketEvents;
  readonly #stack: Stack;
  /** All sockets, in the order in which they were opened. */
  readonly #sockets: Set<PacketSocket> = new Set();

  constructor(events: SocketEvents, stack: Stack) {
    this.events = events;
    this.#stack = stack;
  }

  get taps(): Taps {
    return this.#stack.taps;
  }

  interface(index: number): Interface | undefined {
    return this.#stack.interfaces.get(index);
  }

  /** The protocol is an EtherType in network order. */
  socket(type: number, protocol: number): PacketSocket | number {
    if (type !== SOCK_RAW && type !== SOCK_DGRAM) return -errno.ESOCKTNOSUPPORT;
    if (this.events.surroundings.credentials.uid !== 0) return -errno.EPERM;
    const etherType = ((protocol & 0xff) << 8) | ((protocol >>> 8) & 0xff);
    const socket = new PacketSocket(this, type, protocol & 0xffff, etherType);
    this.#sockets.add(socket);
    return socket;
  }

  socketpair(): number {
    return -errno.EOPNOTSUPP;
  }

  closed(socket: PacketSocket): void {
    this.#sockets.delete(socket);
  }

  /** An IP packet of the loopback with the header that Linux's loopback has: Ethernet's, without addresses. */
  loopbackFrame(data: Uint8Array, protocol: number): FrameBytes {
    const bytes = new Uint8Array(ETHERNET_HEADER_BYTES + data.length);
    new DataView(bytes.buffer).setUint16(TYPE_AT, protocol);
    bytes.set(data, ETHERNET_HEADER_BYTES);
    return { bytes, start: 0, network: ETHERNET_HEADER_BYTES, end: bytes.length };
  }

  /** SOCK_DGRAM: the link's header is written here. */
  sendPacket(data: Uint8Array, iface: Interface, protocol: number, to: Uint8Array): number {
    const { hasHeader, address } = hardwareOf(iface);
    if (!hasHeader) return this.#transmit(data, iface);
    const frame = new Uint8Array(ETHERNET_HEADER_BYTES + data.length);
    frame.set(to.subarray(0, 6));
    frame.set(address, 6);
    new DataView(frame.buffer).setUint16(TYPE_AT, protocol);
    frame.set(data, ETHERNET_HEADER_BYTES);
    return this.sendFrame(frame, iface, protocol);
  }

  /** SOCK_RAW: a frame as it is. */
  sendFrame(frame: Uint8Array, iface: Interface, protocol: number): number {
    const { hasHeader } = hardwareOf(iface);
    if (hasHeader && frame.length < ETHERNET_HEADER_BYTES) return -errno.EINVAL;
    if (frame.length > iface.mtu + (hasHeader ? ETHERNET_HEADER_BYTES : 0)) return -errno.EMSGSIZE;
    if (!iface.isLoopback) return this.#transmit(frame, iface);
    const type = new DataView(frame.buffer, frame.byteOffset).getUint16(TYPE_AT);
    const carried = protocol || type;
    if (carried === ETHERTYPE_IPV4 || carried === ETHERTYPE_IPV6) {
      return this.#transmit(frame.subarray(ETHERNET_HEADER_BYTES), iface);
    }
    this.#loop(frame, iface, carried);
    return 0;
  }

  /** The stack's loopback carries IP alone: any other frame goes from here to the sockets that hear it. */
  #loop(frame: Uint8Array, iface: Interface, protocol: number): void {
    const receivedUs = this.events.surroundings.nowUs();
    const parts = { bytes: frame, start: 0, network: ETHERNET_HEADER_BYTES, end: frame.length, protocol, receivedUs };
    for (const packetType of [PACKET_OUTGOING, PACKET_HOST]) {
      for (const socket of this.#sockets) {
        if (socket.hears(protocol, iface)) socket.take({ ...parts, packetType }, iface);
      }
    }
  }

  #transmit(bytes: Uint8Array, iface: Interface): number {
    const packet = this.#stack.context.pool.allocate(bytes.length);
    if (packet === undefined) return -errno.ENOBUFS;
    packet.bytes.set(bytes, packet.start);
    packet.end = packet.start + bytes.length;
    iface.device.transmit(packet);
    return 0;
  }
}
