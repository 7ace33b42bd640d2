import { AF_INET, AF_INET6 } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { ANY_V4, ANY_V6, type IpAddress } from "../../ip/address.ts";
import type { SocketState } from "../socket-state.ts";
import { isUnspecified, readEndpoint, type InetEndpoint, writeEndpoint } from "./inet-address.ts";
import { IpSettings } from "./ip-settings.ts";
import type { InetNetwork } from "./network.ts";
import type { Binding, Families, PortTable } from "./port-table.ts";

/** Ports below it are for the privileged: net.ipv4.ip_unprivileged_port_start. */
const FIRST_UNPRIVILEGED_PORT = 1024;

/** What the sockets of the internet have in common: an own address and port, and the settings of IP. */
export class InetBinding {
  readonly state: SocketState;
  readonly network: InetNetwork;
  readonly ports: PortTable;
  ip: IpSettings = new IpSettings();
  /** The address that the program bound; undefined for any. */
  address: IpAddress | undefined;
  port = 0;
  scopeId = 0;
  /** The port was chosen for a connection, and goes with it. */
  wasChosen = false;
  #binding: Binding | undefined;

  constructor(state: SocketState, network: InetNetwork, ports: PortTable) {
    this.state = state;
    this.network = network;
    this.ports = ports;
  }

  get isV6(): boolean {
    return this.state.family === AF_INET6;
  }

  get isBound(): boolean {
    return this.#binding !== undefined;
  }

  get families(): Families {
    if (!this.isV6) return "ipv4";
    return this.ip.v6Only ? "ipv6" : "both";
  }

  /** bind(2) of a stream. */
  bind(bytes: Uint8Array): number {
    const wanted = this.readBind(bytes, false);
    if (typeof wanted === "number") return wanted;
    if (this.isBound) return -errno.EINVAL;
    const { address, port, scopeId } = wanted;
    const own = address.isUnspecified ? undefined : address;
    if (port !== 0 || !this.ip.bindAddressOnly) return this.take(own, port, scopeId);
    this.address = own;
    this.scopeId = scopeId;
    return 0;
  }

  /**
   * Reads an address to bind, which is this machine's and allowed (of datagrams also a group or a broadcast address);
   * an errno, negated, for any other.
   */
  readBind(bytes: Uint8Array, isDatagram: boolean): InetEndpoint | number {
    const wanted = this.#readAddress(bytes);
    if (typeof wanted === "number") return wanted;
    const { address, port, scopeId } = wanted;
    const refused = this.#mayBind(address, scopeId, isDatagram);
    if (refused !== 0) return refused;
    const { uid } = this.state.events.surroundings.credentials;
    return port !== 0 && port < FIRST_UNPRIVILEGED_PORT && uid !== 0 ? -errno.EACCES : wanted;
  }

  #readAddress(bytes: Uint8Array): InetEndpoint | number {
    // Linux takes AF_UNSPEC for AF_INET when the address is the unspecified one.
    if (!this.isV6 && bytes.length >= 16 && isUnspecified(bytes) && bytes.subarray(4, 8).every((byte) => byte === 0)) {
      return { address: ANY_V4, port: ((bytes[2] as number) << 8) | (bytes[3] as number), scopeId: 0, flowInfo: 0 };
    }
    return readEndpoint(bytes, this.state.family, errno.EAFNOSUPPORT);
  }

  #mayBind(address: IpAddress, scopeId: number, isDatagram: boolean): number {
    const { ip, network, state } = this;
    if (address.isUnspecified || ip.freeBind || ip.transparent) return 0;
    if (this.isV6 && address.version === 4 && ip.v6Only) return -errno.EINVAL;
    if (address.version === 6 && address.isLinkLocal) {
      const index = scopeId || state.boundInterface;
      if (index === 0) return -errno.EINVAL;
      if (state.events.surroundings.interfaces.nameOf(index) === undefined) return -errno.ENODEV;
    }
    if (isDatagram && (address.isMulticast || address.isLimitedBroadcast || network.isBroadcast(address))) return 0;
    return network.isOwn(address) ? 0 : -errno.EADDRNOTAVAIL;
  }

  /** Takes a port, port 0 one that the system chooses: 0, or -EADDRINUSE. */
  take(address: IpAddress | undefined, port: number, scopeId: number, isListening = false): number {
    const wanted = this.#wanted(address, port, isListening);
    const { lower, upper } = this.#range();
    const suits = (candidate: number): boolean => !this.isTaken({ ...wanted, port: candidate });
    const found = port === 0 ? this.ports.choose(suits, lower, upper) : port;
    if (found === 0 || (port !== 0 && !suits(port))) return -errno.EADDRINUSE;
    this.enter({ ...wanted, port: found });
    this.address = address;
    this.scopeId = scopeId;
    return 0;
  }

  /** Whether a binding finds the port taken. TCP asks its connections, too. */
  isTaken(wanted: Binding): boolean {
    return this.ports.conflicts(wanted, this.#binding);
  }

  #wanted(address: IpAddress | undefined, port: number, isListening: boolean): Binding {
    const { state, families } = this;
    return {
      port,
      address,
      families,
      interfaceIndex: state.boundInterface,
      reuseAddress: state.reuseAddress,
      reusePort: state.reusePort,
      isListening,
    };
  }

  #range(): { lower: number | undefined; upper: number | undefined } {
    const { lower, upper } = this.ip.portRange;
    return { lower: lower === 0 ? undefined : lower, upper: upper === 0 ? undefined : upper };
  }

  /** A port for a connection, which only has to be free for its peer. 0 when there is none. */
  choose(isFree: (port: number) => boolean): number {
    const { lower, upper } = this.#range();
    return this.ports.choose(isFree, lower, upper);
  }

  /** Stands in the table of ports from now on. */
  enter(binding: Binding): void {
    this.release();
    this.wasChosen = false;
    this.#binding = binding;
    this.port = binding.port;
    this.ports.add(binding);
  }

  /** The same port, as one that listens or does not any more: 0, or -EADDRINUSE. */
  listens(isListening: boolean): number {
    const wanted = this.#wanted(this.address, this.port, isListening);
    if (isListening && this.ports.conflicts(wanted, this.#binding)) return -errno.EADDRINUSE;
    this.enter(wanted);
    return 0;
  }

  /** Shares the port of the listener that accepted it. */
  share(address: IpAddress, port: number): void {
    this.enter(this.#wanted(address, port, false));
  }

  /** Gives the port back. */
  release(): void {
    if (this.#binding !== undefined) this.ports.remove(this.#binding);
    this.#binding = undefined;
    this.wasChosen = false;
  }

  /** Reads the address of a peer. */
  readPeer(bytes: Uint8Array): InetEndpoint | number {
    const peer = readEndpoint(bytes, this.state.family, errno.EAFNOSUPPORT);
    if (typeof peer === "number") return peer;
    if (this.isV6 && peer.address.version === 4 && this.ip.v6Only) return -errno.ENETUNREACH;
    return peer;
  }

  /** The bytes of an address as this socket's family has it. */
  sockaddr(address: IpAddress | undefined, port: number, scopeId: number = this.scopeId): Uint8Array {
    const any = this.isV6 ? ANY_V6 : ANY_V4;
    return writeEndpoint(this.isV6 ? AF_INET6 : AF_INET, address ?? any, port, scopeId);
  }
}
