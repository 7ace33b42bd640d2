import { invalidType, outOfRange } from "../../api/errors.ts";

/** RFC 791 §3.2: every link carries 68 bytes. */
const MIN_MTU = 68;
const MAX_MTU = 65535;
/** Packets that wait before a link with a bandwidth, unless its settings say how many. */
const DEFAULT_QUEUE_PACKETS = 100;

/** One direction of a link. What is left out costs nothing: no delay, no limit, no loss. */
export interface ChannelSettings {
  /** The time on the way, in milliseconds. */
  readonly delayMs?: number | undefined;
  /** The rate, in millions of bits per second of whole frames. */
  readonly bandwidthMbps?: number | undefined;
  /** How many frames may wait for the bandwidth: 100 unless given, or unlimited when only bytes are. */
  readonly queuePackets?: number | undefined;
  /** How many bytes may wait for it. */
  readonly queueBytes?: number | undefined;
  /** The probability that a frame is lost on the way. */
  readonly loss?: number | undefined;
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
  if (value === undefined) return;
  if (typeof value !== "number") throw invalidType(name, "a number", value);
  if (!(value >= least && value <= most)) throw outOfRange(name, accepted, value);
}

/** Refuses what no link can be. Errors: ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. */
export function checkChannelSettings(settings: ChannelSettings): void {
  checkNumber("delayMs", settings.delayMs, 0, Number.MAX_SAFE_INTEGER / 1000, "a number of milliseconds, at least 0");
  checkNumber("bandwidthMbps", settings.bandwidthMbps, 1e-6, Infinity, "a number of megabits, at least 0.000001");
  checkNumber("queuePackets", settings.queuePackets, 0, Infinity, "a number of packets, at least 0");
  checkNumber("queueBytes", settings.queueBytes, 0, Infinity, "a number of bytes, at least 0");
  checkNumber("loss", settings.loss, 0, 1, "a probability from 0 to 1");
  checkNumber("mtu", settings.mtu, MIN_MTU, MAX_MTU, `a number of bytes from ${MIN_MTU} to ${MAX_MTU}`);
}

export function queueLimits({ queuePackets, queueBytes }: ChannelSettings): { packets: number; bytes: number } {
  const packets = queuePackets ?? (queueBytes === undefined ? DEFAULT_QUEUE_PACKETS : Infinity);
  return { packets, bytes: queueBytes ?? Infinity };
}
