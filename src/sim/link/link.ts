import { invalidValue } from "../../api/errors.ts";
import type { Port } from "../port.ts";
import type { SimContext } from "../sim-context.ts";
import { Channel } from "./channel.ts";
import type { ChannelSettings, LinkSettings } from "./settings.ts";

/** A cable between two ports: a channel in each direction. */
export class Link {
  /** From the first to the second end. */
  readonly there: Channel;
  readonly back: Channel;

  constructor(context: SimContext, index: number, ends: readonly [Port, Port], settings: LinkSettings) {
    const [first, second] = ends;
    for (const { name, channel } of ends) {
      if (channel !== undefined) throw invalidValue("port", "a port without a cable", name);
    }
    if (first === second) throw invalidValue("port", "another port at the other end", first.name);
    const { there = {}, back = {}, ...both } = settings;
    this.there = new Channel(context, 2 * index, first, second, { ...both, ...there });
    this.back = new Channel(context, 2 * index + 1, second, first, { ...both, ...back });
    first.channel = this.there;
    second.channel = this.back;
    for (const { from, settings: own } of this.channels) if (own.mtu !== undefined) from.plugged?.(own.mtu);
  }

  /** "client.eth0-server.eth0". */
  get name(): string {
    return `${this.there.from.name}-${this.there.to.name}`;
  }

  get channels(): readonly [Channel, Channel] {
    return [this.there, this.back];
  }

  /** Changes some settings, from the next packet on. Errors: those of a link's settings. */
  set(settings: LinkSettings): void {
    const { there = {}, back = {}, ...both } = settings;
    const given = (own: ChannelSettings): ChannelSettings => ({ ...both, ...own });
    this.there.set(given(there));
    this.back.set(given(back));
  }

  get isUp(): boolean {
    return this.there.isUp && this.back.isUp;
  }

  /** Cuts the cable: what is on its way is lost, too. */
  cut(): void {
    for (const channel of this.channels) channel.isUp = false;
  }

  /** Mends it. */
  mend(): void {
    for (const channel of this.channels) channel.isUp = true;
  }
}
