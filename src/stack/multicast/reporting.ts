import type { StackContext } from "../context.ts";
import type { Interface } from "../link/interface.ts";
import { type Group, type GroupReporter, type Groups, isForEverybody } from "./groups.ts";
import { Listener, type ListenerProtocol } from "./listener.ts";
import type { SourceFilter } from "./source-filter.ts";

/** Scopes that end before any router: RFC 3810 §6, RFC 4291 §2.7. */
const INTERFACE_LOCAL = 1;

/** The listeners of all interfaces, for both versions of IP. */
export class Reporting implements GroupReporter {
  readonly #context: StackContext;
  readonly #v4: Map<number, Listener> = new Map();
  readonly #v6: Map<number, Listener> = new Map();

  constructor(context: StackContext) {
    this.#context = context;
  }

  /** Begins to tell the routers on an interface's link. */
  begin(iface: Interface, groups: Groups, igmp: ListenerProtocol, mld: ListenerProtocol): void {
    this.#v4.set(iface.index, new Listener(this.#context, iface, groups, igmp, 4));
    this.#v6.set(iface.index, new Listener(this.#context, iface, groups, mld, 6));
  }

  end(iface: Interface): void {
    for (const version of [4, 6]) {
      this.listener(iface.index, version)?.end();
      this.#of(version).delete(iface.index);
    }
  }

  listener(iface: number, version: number): Listener | undefined {
    return this.#of(version).get(iface);
  }

  changed(group: Group, before: SourceFilter): void {
    const { w0, w1, w2, w3, version } = group.address;
    if (isForEverybody(w0, w1, w2, w3)) return;
    if (version === 6 && ((w0 >>> 16) & 0xf) <= INTERFACE_LOCAL) return;
    this.listener(group.zone, version)?.changed(group, before);
  }

  #of(version: number): Map<number, Listener> {
    return version === 4 ? this.#v4 : this.#v6;
  }
}
