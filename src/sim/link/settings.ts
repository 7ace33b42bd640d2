import { invalidType, invalidValue, outOfRange } from "../../api/errors.ts";
import { BandwidthTrace } from "./bandwidth-trace.ts";
import { checkDelay, type DelaySettings } from "./delay.ts";
import { checkLoss, checkProbability, type LossSettings } from "./loss.ts";

/** RFC 791 §3.2: every link carries 68 bytes. */
const MIN_MTU = 68;
const MAX_MTU = 65535;
/** Packets that wait before a link with a bandwidth, unless its settings say how many. */
const DEFAULT_QUEUE_PACKETS = 100;

/** One direction of a link. What is left out costs nothing: no delay, no limit, no loss. */
export interface ChannelSettings {
  /** The time on the way, in milliseconds: one for all packets, or one that is drawn for each. */
  readonly delayMs?: DelaySettings | undefined;
  /** By how much more or less a packet is on the way, at most: each time between is as likely. */
  readonly jitterMs?: number | undefined;
  /** Whether a packet may overtake others when its time on the way is shorter. False unless given. */
  readonly reordering?: boolean | undefined;
  /** The rate, in millions of bits per second of whole frames: one for ever, or as it was measured. */
  readonly bandwidthMbps?: number | BandwidthTrace | undefined;
  /** How many frames may wait for the bandwidth: 100 unless given, or unlimited when only bytes are. */
  readonly queuePackets?: number | undefined;
  /** How many bytes may wait for it. */
  readonly queueBytes?: number | undefined;
  /** The probability that a frame is lost on the way: of each by itself, or in bursts. */
  readonly loss?: LossSettings | undefined;
  /** The probability that a frame arrives twice. */
  readonly duplication?: number | undefined;
  /** The probability that a bit of a frame is turned over on the way. */
  readonly corruption?: number | undefined;
  /** The longest IP packet. The interfaces at both ends take it for theirs, unless they have one of their own. */
  readonly mtu?: number | undefined;
}

/** A link: the same in both directions, but for what `there` and `back` say. */
export interface LinkSettings extends ChannelSettings {
  /** From the first to the second end. */
  readonly there?: ChannelSettings | undefined;
  /** From the second end to the first. */
  readonly back?: ChannelSettings | undefined;
}

function checkNumber(name: string, value: unknown, least: number, most: number, accepted: string): void {
  if (typeof value !== "number") throw invalidType(name, "a number", value);
  if (!(value >= least && value <= most)) throw outOfRange(name, accepted, value);
}

/** Every setting of a channel, and what is no setting is refused: a wrong name would go unseen. */
const CHECKS: { readonly [Name in keyof Required<ChannelSettings>]: (value: never) => void } = {
  delayMs: checkDelay,
  jitterMs: (value) => checkNumber("jitterMs", value, 0, 1e9, "a number of milliseconds, at least 0"),
  reordering: (value) => {
    if (typeof value !== "boolean") throw invalidType("reordering", "true or false", value);
  },
  bandwidthMbps: (value: unknown) => {
    if (value instanceof BandwidthTrace) return;
    checkNumber("bandwidthMbps", value, 1e-6, Infinity, "a number of megabits, at least 0.000001");
  },
  queuePackets: (value) => checkNumber("queuePackets", value, 0, Infinity, "a number of packets, at least 0"),
  queueBytes: (value) => checkNumber("queueBytes", value, 0, Infinity, "a number of bytes, at least 0"),
  loss: checkLoss,
  duplication: (value) => checkProbability("duplication", value),
  corruption: (value) => checkProbability("corruption", value),
  mtu: (value) => checkNumber("mtu", value, MIN_MTU, MAX_MTU, `a number of bytes from ${MIN_MTU} to ${MAX_MTU}`),
};

/** Refuses what no link can be. Errors: ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE. */
export function checkChannelSettings(settings: ChannelSettings): void {
  for (const [name, value] of Object.entries(settings)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof ChannelSettings] : undefined;
    if (check === undefined) throw invalidValue("settings", Object.keys(CHECKS).join(", "), name);
    if (value !== undefined) check(value as never);
  }
}

export function queueLimits({ queuePackets, queueBytes }: ChannelSettings): { packets: number; bytes: number } {
  const packets = queuePackets ?? (queueBytes === undefined ? DEFAULT_QUEUE_PACKETS : Infinity);
  return { packets, bytes: queueBytes ?? Infinity };
}
