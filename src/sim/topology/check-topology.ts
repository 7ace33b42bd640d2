import { invalidValue } from "../../api/errors.ts";
import type { HostInterface } from "../host-interface.ts";
import type { Link } from "../link/link.ts";
import { InterfacePrefix } from "./prefix.ts";
import { segmentsOf } from "./segments.ts";

/** RFC 8200 §5. */
const MIN_IPV6_MTU = 1280;

/**
 * Refuses what no network can be: an address twice on one segment, IPv6 where too little fits (RFC 8200 §5). Errors:
 * ERR_INVALID_ARG_VALUE.
 */
export function checkTopology(links: readonly Link[], interfaces: readonly HostInterface[]): void {
  for (const iface of interfaces) {
    const sixth = (iface.options.addresses ?? []).find((text) => text.includes(":"));
    if (sixth !== undefined && iface.mtu < MIN_IPV6_MTU) {
      const accepted = `at least ${MIN_IPV6_MTU} on ${iface.name}, which has the IPv6 address ${sixth}`;
      throw invalidValue("mtu", accepted, iface.mtu);
    }
  }
  for (const segment of segmentsOf(links, interfaces)) {
    const owners = new Map<string, HostInterface>();
    for (const iface of segment) {
      for (const text of iface.options.addresses ?? []) {
        const address = new InterfacePrefix(text).address.toString();
        const other = owners.get(address);
        if (other !== undefined) {
          const accepted = `one that nobody else on the segment has; ${other.name} and ${iface.name} both have it`;
          throw invalidValue("address", accepted, address);
        }
        owners.set(address, iface);
      }
    }
  }
}
