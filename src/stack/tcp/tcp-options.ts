import { invalidType, invalidValue, outOfRange } from "../../api/errors.ts";
import type { CongestionControlName } from "./congestion/control.ts";
import type { TcpSettings } from "./settings.ts";

/** The bytes of a buffer: what a socket begins with, and how far it grows by itself. */
export interface BufferBytes {
  readonly initial?: number | undefined;
  readonly most?: number | undefined;
}

/** What TCP's sockets of a stack begin with, as sysctl(8) sets it on Linux; without one, with Linux's own default. */
export interface TcpOptions {
  /** net.ipv4.tcp_congestion_control: "cubic" or "reno". */
  readonly congestionControl?: CongestionControlName | undefined;
  /** net.ipv4.tcp_rmem: 131072 and 6291456. Half of it is the window. */
  readonly receiveBuffer?: BufferBytes | undefined;
  /** net.ipv4.tcp_wmem: 16384 and 4194304. */
  readonly sendBuffer?: BufferBytes | undefined;
  /** net.ipv4.tcp_keepalive_time, _intvl and _probes: 7200, 75 and 9. They count where SO_KEEPALIVE is set. */
  readonly keepAliveIdleS?: number | undefined;
  readonly keepAliveIntervalS?: number | undefined;
  readonly keepAliveProbes?: number | undefined;
  /** net.ipv4.tcp_syn_retries and tcp_synack_retries: 6 and 5. */
  readonly synRetries?: number | undefined;
  readonly synAckRetries?: number | undefined;
  /** net.ipv4.tcp_retries2 and tcp_orphan_retries: 15 and 8. */
  readonly dataRetries?: number | undefined;
  readonly orphanRetries?: number | undefined;
  /** net.ipv4.tcp_fin_timeout: 60. */
  readonly finWait2S?: number | undefined;
  /** net.ipv4.tcp_rto_min_us and tcp_rto_max_ms, here in milliseconds: 200 and 120000. */
  readonly rtoMinMs?: number | undefined;
  readonly rtoMaxMs?: number | undefined;
  /** net.ipv4.tcp_ecn: 0 never, 1 asks and answers, 2 (the default) only answers. */
  readonly ecn?: 0 | 1 | 2 | undefined;
  /** net.ipv4.tcp_syncookies: 0 never, 1 (the default) when the SYN queue is full, 2 always. */
  readonly synCookies?: 0 | 1 | 2 | undefined;
  /** net.ipv4.tcp_mtu_probing: 0 never, 1 (the default here) after a black hole was found, 2 always. */
  readonly mtuProbing?: 0 | 1 | 2 | undefined;
  /** net.ipv4.tcp_window_scaling, tcp_timestamps, tcp_sack, tcp_dsack: true. */
  readonly windowScaling?: boolean | undefined;
  readonly timestamps?: boolean | undefined;
  readonly selectiveAcknowledgement?: boolean | undefined;
  readonly duplicateSack?: boolean | undefined;
  /** net.ipv4.tcp_slow_start_after_idle: true. */
  readonly slowStartAfterIdle?: boolean | undefined;
  /** net.ipv4.tcp_abort_on_overflow: false. */
  readonly abortOnOverflow?: boolean | undefined;
}

type NumberField = { [K in keyof TcpSettings]: number extends TcpSettings[K] ? K : never }[keyof TcpSettings];

interface Range {
  readonly field: NumberField;
  readonly least: number;
  readonly most: number;
  /** Of the setting's unit, one of the option's. */
  readonly unit: number;
}

const range = (field: NumberField, least: number, most: number, unit = 1): Range => ({ field, least, most, unit });

/** The ranges are Linux's; a day in milliseconds is more than any time-out. */
const NUMBERS: Readonly<Record<string, Range>> = {
  keepAliveIdleS: range("keepAliveIdleS", 1, 32_767),
  keepAliveIntervalS: range("keepAliveIntervalS", 1, 32_767),
  keepAliveProbes: range("keepAliveProbes", 1, 127),
  synRetries: range("synRetries", 1, 127),
  synAckRetries: range("synAckRetries", 0, 255),
  dataRetries: range("dataRetries", 0, 255),
  orphanRetries: range("orphanRetries", 0, 255),
  finWait2S: range("finWait2S", 0, 86_400),
  rtoMinMs: range("rtoMinUs", 1, 120_000, 1000),
  rtoMaxMs: range("rtoMaxUs", 1, 86_400_000, 1000),
};
const CHOICES = ["ecn", "synCookies", "mtuProbing"] as const;
const FLAGS = [
  "windowScaling",
  "timestamps",
  "selectiveAcknowledgement",
  "duplicateSack",
  "slowStartAfterIdle",
  "abortOnOverflow",
] as const;
const NAMES: readonly string[] = [
  "congestionControl",
  "receiveBuffer",
  "sendBuffer",
  ...Object.keys(NUMBERS),
  ...CHOICES,
  ...FLAGS,
];
/** SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF, and what a buffer may grow to at most: a GiB, the largest window there is. */
const LEAST_BUFFER_BYTES = { receive: 2304, send: 4608 } as const;
const MOST_BUFFER_BYTES: number = 2 ** 30;

/** Sets them. Errors: ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE name the option. */
export function applyTcpOptions(settings: TcpSettings, options: TcpOptions): void {
  if (typeof options !== "object" || options === null) throw invalidType("tcp", "an object", options);
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw invalidValue("tcp", `an object with ${NAMES.join(", ")}`, name);
  }
  const { congestionControl } = options;
  if (congestionControl !== undefined) {
    if (congestionControl !== "cubic" && congestionControl !== "reno") {
      throw invalidValue("tcp.congestionControl", '"cubic" or "reno"', congestionControl);
    }
    settings.congestion = congestionControl;
  }
  applyBuffers(settings, options);
  const given = options as Readonly<Record<string, unknown>>;
  for (const [name, { field, least, most, unit }] of Object.entries(NUMBERS)) {
    if (given[name] !== undefined) settings[field] = integer(`tcp.${name}`, given[name], least, most) * unit;
  }
  if (settings.rtoMinUs > settings.rtoMaxUs) {
    throw outOfRange("tcp.rtoMinMs", "at most tcp.rtoMaxMs", settings.rtoMinUs / 1000);
  }
  for (const name of CHOICES) {
    const value = options[name];
    if (value !== undefined) settings[name] = integer(`tcp.${name}`, value, 0, 2) as 0 | 1 | 2;
  }
  for (const name of FLAGS) {
    const value = options[name];
    if (value === undefined) continue;
    if (typeof value !== "boolean") throw invalidType(`tcp.${name}`, "true or false", value);
    settings[name] = value;
  }
}

function applyBuffers(settings: TcpSettings, { receiveBuffer, sendBuffer }: TcpOptions): void {
  if (receiveBuffer !== undefined) {
    const { receiveBufferBytes, receiveBufferLimitBytes } = settings;
    const usual = { initial: receiveBufferBytes, most: receiveBufferLimitBytes };
    const { initial, most } = buffer("tcp.receiveBuffer", receiveBuffer, usual, LEAST_BUFFER_BYTES.receive);
    settings.receiveBufferBytes = initial;
    settings.receiveBufferLimitBytes = most;
  }
  if (sendBuffer !== undefined) {
    const usual = { initial: settings.sendBufferBytes, most: settings.sendBufferLimitBytes };
    const { initial, most } = buffer("tcp.sendBuffer", sendBuffer, usual, LEAST_BUFFER_BYTES.send);
    settings.sendBufferBytes = initial;
    settings.sendBufferLimitBytes = most;
  }
}

/** One that is given alone takes the other with it where they would cross. */
function buffer(
  argument: string,
  given: BufferBytes,
  usual: Required<BufferBytes>,
  least: number,
): { initial: number; most: number } {
  if (typeof given !== "object" || given === null) throw invalidType(argument, "an object { initial, most }", given);
  const most = integer(
    `${argument}.most`,
    given.most ?? Math.max(usual.most ?? 0, given.initial ?? 0),
    least,
    MOST_BUFFER_BYTES,
  );
  const initial = integer(`${argument}.initial`, given.initial ?? Math.min(usual.initial ?? 0, most), least, most);
  return { initial, most };
}

function integer(argument: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number") throw invalidType(argument, "an integer", value);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw outOfRange(argument, `an integer from ${least} to ${most}`, value);
}
