import type { Interface } from "../stack/link/interface.ts";
import type { PacketHook } from "../stack/link/packet-hook.ts";
import type { Packet } from "../stack/packet.ts";

/** Several hooks of one interface: what enters passes them in their order, what leaves in the reverse. */
class HookChain implements PacketHook {
  readonly hooks: readonly PacketHook[];

  constructor(hooks: readonly PacketHook[]) {
    this.hooks = hooks;
  }

  entering(packet: Packet, iface: Interface): boolean {
    for (const hook of this.hooks) if (!hook.entering(packet, iface)) return false;
    return true;
  }

  leaving(packet: Packet, iface: Interface): boolean {
    for (let i = this.hooks.length - 1; i >= 0; i--) {
      if (this.hooks[i]?.leaving(packet, iface) === false) return false;
    }
    return true;
  }
}

/** Adds a hook behind those that an interface has. */
export function addHook(iface: Interface, hook: PacketHook): void {
  const { hook: before } = iface;
  if (before === undefined) iface.hook = hook;
  else iface.hook = new HookChain(before instanceof HookChain ? [...before.hooks, hook] : [before, hook]);
}
