import type { IpAddress } from "../ip/address.ts";
import type { Packet } from "../packet.ts";
import type { Device } from "./device.ts";
import type { InterfaceAddress } from "./interface-address.ts";
import type { Neighbour } from "./neighbour.ts";
import type { PacketHook } from "./packet-hook.ts";

/** What stands between IP and a device: it finds out who is meant, and puts the link's header on. */
export interface LinkLayer {
  /**
   * The entry of a next hop, made when there is none; of everybody on the link for a broadcast. Undefined on a link
   * that needs no resolution.
   */
  neighbour(nextHop: IpAddress, isBroadcast: boolean): Neighbour | undefined;
  /** Sends an IP packet, `etherType` set, to a neighbour of this link. */
  send(packet: Packet, neighbour: Neighbour | undefined): void;
  /** Packets to a neighbour are known to arrive: RFC 4861 §7.3.1. */
  confirm(neighbour: Neighbour): void;
  /** Takes a frame from the device: `packet.start` is where it begins. */
  receive(packet: Packet): void;
}

/** What has passed an interface, as `ip -s link` counts. */
export class InterfaceCounters {
  receivedPackets = 0;
  receivedBytes = 0;
  receiveErrors = 0;
  receiveDropped = 0;
  multicast = 0;
  sentPackets = 0;
  sentBytes = 0;
  sendDropped = 0;
}

/** A device in use: its number, its addresses, what the stack knows about its link. */
export class Interface {
  readonly index: number;
  readonly name: string;
  readonly device: Device;
  /** The longest IP packet for it; at most the device's. */
  mtu: number;
  /** The same for IPv6 alone, when a router says so (RFC 4861 §4.6.4); 0 for none. */
  ipv6Mtu = 0;
  /** The hardware address: its first two bytes and the other four, signed; 0 without one. */
  readonly hardwareHigh: number;
  readonly hardwareLow: number;
  readonly addresses: InterfaceAddress[] = [];
  readonly counters: InterfaceCounters = new InterfaceCounters();
  readonly link: LinkLayer;
  /** Who looks at what enters and leaves. */
  hook: PacketHook | undefined = undefined;

  constructor(index: number, name: string, device: Device, makeLink: (iface: Interface) => LinkLayer) {
    this.index = index;
    this.name = name;
    this.device = device;
    this.mtu = device.mtu;
    const hardware = device.hardwareAddress;
    if (hardware === undefined) {
      this.hardwareHigh = 0;
      this.hardwareLow = 0;
    } else {
      const view = new DataView(hardware.buffer, hardware.byteOffset, hardware.byteLength);
      this.hardwareHigh = view.getUint16(0);
      this.hardwareLow = view.getInt32(2);
    }
    this.link = makeLink(this);
  }

  get isLoopback(): boolean {
    return this.device.kind === "loopback";
  }
}
