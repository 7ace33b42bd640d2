import type { IpHeader } from "../../wire/ip-header.ts";
import type { UdpHeader } from "../../wire/udp.ts";
import { IpAddress } from "../ip/address.ts";
import type { RandomSource } from "../random.ts";
import { speaks } from "../datagram/sender.ts";
import { Bindings, score } from "./bindings.ts";
import { ConnectedTable } from "./connected-table.ts";
import type { UdpEndpoint } from "./udp-endpoint.ts";

/** Finds whom a datagram is for: RFC 1122 §4.1.3.5, in the order in which Linux looks. */
export class Demultiplexer {
  readonly bindings: Bindings;
  readonly connected: ConnectedTable;

  constructor(random: RandomSource) {
    this.bindings = new Bindings(random);
    this.connected = new ConnectedTable(random.uint32());
  }

  /** The one endpoint that a unicast datagram is for. */
  receiver(ip: IpHeader, header: UdpHeader, iface: number): UdpEndpoint | undefined {
    const { destination0: d0, destination1: d1, destination2: d2, destination3: d3 } = ip;
    const { source0: s0, source1: s1, source2: s2, source3: s3 } = ip;
    const { sourcePort, destinationPort } = header;
    const connected = this.connected.find(d0, d1, d2, d3, destinationPort, s0, s1, s2, s3, sourcePort, iface);
    if (connected !== undefined) return connected;
    let best: UdpEndpoint | undefined;
    let bestScore = -1;
    let sharing = 0;
    for (const endpoint of this.bindings.at(destinationPort)) {
      if (endpoint.remote !== undefined) continue;
      const points = score(endpoint, ip, iface);
      if (points > bestScore) {
        best = endpoint;
        bestScore = points;
        sharing = endpoint.reusesPort ? 1 : 0;
      } else if (points === bestScore && points >= 0 && endpoint.reusesPort) sharing++;
    }
    return sharing > 1 ? this.#share(ip, header, iface, bestScore, sharing) : best;
  }

  /** Who sent the datagram that an error quotes: `ip` and `header` are its own. */
  sender(ip: IpHeader, header: UdpHeader, iface: number): UdpEndpoint | undefined {
    const { destination0: r0, destination1: r1, destination2: r2, destination3: r3 } = ip;
    const { source0: l0, source1: l1, source2: l2, source3: l3 } = ip;
    const { sourcePort: local, destinationPort: remote } = header;
    const connected = this.connected.find(l0, l1, l2, l3, local, r0, r1, r2, r3, remote, iface);
    if (connected !== undefined) return connected;
    const source = IpAddress.sourceOf(ip);
    return this.bindings.at(local).find((endpoint) => {
      if (endpoint.remote !== undefined) return false;
      return endpoint.local.isUnspecified ? speaks(endpoint, source) : endpoint.local.equals(source);
    });
  }

  /** SO_REUSEPORT: a sender always comes to the same of those that share a port. */
  #share(ip: IpHeader, header: UdpHeader, iface: number, best: number, count: number): UdpEndpoint | undefined {
    const mixed = Math.imul(ip.source3 ^ ip.source1 ^ (header.sourcePort << 16) ^ ip.destination3, 0x9e3779b1);
    let left = (mixed >>> 16) % count;
    for (const endpoint of this.bindings.at(header.destinationPort)) {
      if (endpoint.remote !== undefined || !endpoint.reusesPort || score(endpoint, ip, iface) !== best) continue;
      if (left-- === 0) return endpoint;
    }
    return undefined;
  }
}
