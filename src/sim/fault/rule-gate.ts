import type { Packet } from "../../stack/packet.ts";
import type { SimEvent } from "../event-queue.ts";
import type { Channel, Gate } from "../link/channel.ts";
import type { SimContext } from "../sim-context.ts";
import { completeChecksum } from "../trace/bytes-on-wire.ts";
import { PacketView } from "./packet-view.ts";
import { checkVerdict, type Rule } from "./rule.ts";

/** A rule in force, with what it keeps. */
export class ActiveRule {
  readonly rule: Rule;
  seen = 0;
  readonly held: { packet: Packet; channel: Channel }[] = [];

  constructor(rule: Rule) {
    this.rule = rule;
  }
}

/** The rules of a channel: each packet is shown to all, until one does not let it pass. */
export class RuleGate implements Gate {
  readonly #context: SimContext;
  #rules: readonly ActiveRule[] = [];

  constructor(context: SimContext) {
    this.#context = context;
  }

  /** The gate of a channel, which is made when it has none. */
  static of(channel: Channel, context: SimContext): RuleGate {
    if (channel.gate instanceof RuleGate) return channel.gate;
    const gate = new RuleGate(context);
    channel.gate = gate;
    return gate;
  }

  add(rule: ActiveRule): void {
    this.#rules = [...this.#rules, rule];
  }

  remove(rule: ActiveRule): void {
    this.#rules = this.#rules.filter((other) => other !== rule);
  }

  admit(packet: Packet, channel: Channel): boolean {
    for (const active of this.#rules) {
      active.seen += 1;
      const view = new PacketView(channel, packet, active.seen, this.#context.time.nowUs / 1000);
      const verdict = checkVerdict(active.rule(view));
      if (verdict === "pass") continue;
      if (verdict === "duplicate") {
        const copy = packet.clone();
        if (copy !== undefined) channel.carry(copy);
      } else if (verdict === "drop") {
        channel.drop(packet, "rule");
        return false;
      } else if (verdict === "hold") {
        active.held.push({ packet, channel });
        return false;
      } else if ("change" in verdict) {
        completeChecksum(packet);
        verdict.change(packet.bytes.subarray(packet.start, packet.end));
      } else {
        const { queue, time, census } = this.#context;
        census.packetsInFlight += 1;
        queue.schedule(new Delayed(this.#context, channel, packet), time.nowUs + verdict.delayMs * 1000);
        return false;
      }
    }
    return true;
  }
}

/** A packet that a rule sends on later. */
class Delayed implements SimEvent {
  place = -1;
  readonly #context: SimContext;
  readonly #channel: Channel;
  readonly #packet: Packet;

  constructor(context: SimContext, channel: Channel, packet: Packet) {
    this.#context = context;
    this.#channel = channel;
    this.#packet = packet;
  }

  fire(): void {
    this.#context.census.packetsInFlight -= 1;
    this.#channel.carry(this.#packet);
  }
}
