import { Firewall, type FirewallOptions } from "../firewall/firewall.ts";
import type { HostInterface } from "../host-interface.ts";
import type { SimContext } from "../sim-context.ts";

/** Puts a firewall on an interface of a host; it forgets its connections when the host starts anew. */
export function installFirewall({ tracer }: SimContext, iface: HostInterface, options: FirewallOptions): void {
  const { host, name } = iface;
  const dropped = (_packet: unknown, reason: string): void => tracer.note(name, reason);
  iface.addHook(() => new Firewall(host.stack.stack, dropped, options));
}
