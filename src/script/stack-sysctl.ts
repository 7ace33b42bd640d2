import type { TcpSettings } from "../stack/tcp/settings.ts";

/** Puts a value into the settings. Returns whether it is one that the sysctl takes. */
type Setter = (settings: TcpSettings, values: readonly number[], text: string) => boolean;
type Numbers = { [K in keyof TcpSettings]: TcpSettings[K] extends number ? K : never }[keyof TcpSettings];
type Flags = { [K in keyof TcpSettings]: TcpSettings[K] extends boolean ? K : never }[keyof TcpSettings];

/** A number in the setting's unit, `unit` of which are one of the sysctl's. */
function number(field: Exclude<Numbers, "ecn" | "synCookies" | "mtuProbing">, unit = 1): Setter {
  return (settings, [value, ...more]) => {
    if (value === undefined || value < 0 || more.length > 0) return false;
    settings[field] = value * unit;
    return true;
  };
}

/** On unless 0. */
function flag(field: Flags): Setter {
  return (settings, [value, ...more]) => {
    if (value === undefined || more.length > 0) return false;
    settings[field] = value !== 0;
    return true;
  };
}

/** 0, 1 or 2. */
function choice(field: "ecn" | "synCookies" | "mtuProbing"): Setter {
  return (settings, [value, ...more]) => {
    if ((value !== 0 && value !== 1 && value !== 2) || more.length > 0) return false;
    settings[field] = value;
    return true;
  };
}

/** The least, the usual and the most of a buffer. The least is the stack's own. */
function buffer(usual: "sendBufferBytes" | "receiveBufferBytes", most: Numbers): Setter {
  return (settings, [least, middle, limit, ...more]) => {
    if (least === undefined || middle === undefined || limit === undefined || more.length > 0) return false;
    if (middle <= 0 || limit < middle) return false;
    settings[usual] = middle;
    Object.assign(settings, { [most]: limit });
    return true;
  };
}

const congestionControl: Setter = (settings, _values, text) => {
  if (text !== "cubic" && text !== "reno") return false;
  settings.congestion = text;
  return true;
};

/** Four words of 32 bits in hexadecimal, little-endian; another four for a second key. */
const fastOpenKey: Setter = (settings, _values, text) => {
  const words = text.split(/[-,]/);
  if ((words.length !== 4 && words.length !== 8) || !words.every((word) => /^[0-9a-f]{1,8}$/i.test(word))) return false;
  settings.fastOpenKey = new Uint8Array(Uint32Array.from(words, (word) => Number.parseInt(word, 16)).buffer);
  return true;
};

/** Linux's sysctls of TCP for which the stack has a setting. */
const SYSCTLS: Readonly<Record<string, Setter>> = {
  "net.ipv4.tcp_abort_on_overflow": flag("abortOnOverflow"),
  "net.ipv4.tcp_base_mss": number("baseMss"),
  "net.ipv4.tcp_congestion_control": congestionControl,
  "net.ipv4.tcp_dsack": flag("duplicateSack"),
  "net.ipv4.tcp_early_retrans": flag("tailLossProbe"),
  "net.ipv4.tcp_ecn": choice("ecn"),
  "net.ipv4.tcp_fastopen": number("fastOpen"),
  "net.ipv4.tcp_fastopen_key": fastOpenKey,
  "net.ipv4.tcp_fin_timeout": number("finWait2S"),
  "net.ipv4.tcp_frto": flag("forwardRto"),
  "net.ipv4.tcp_keepalive_intvl": number("keepAliveIntervalS"),
  "net.ipv4.tcp_keepalive_probes": number("keepAliveProbes"),
  "net.ipv4.tcp_keepalive_time": number("keepAliveIdleS"),
  "net.ipv4.tcp_mtu_probe_floor": number("mtuProbeFloorBytes"),
  "net.ipv4.tcp_mtu_probing": choice("mtuProbing"),
  "net.ipv4.tcp_notsent_lowat": number("notSentLowWaterBytes"),
  "net.ipv4.tcp_orphan_retries": number("orphanRetries"),
  "net.ipv4.tcp_probe_interval": number("mtuProbeIntervalS"),
  "net.ipv4.tcp_probe_threshold": number("mtuProbeThresholdBytes"),
  "net.ipv4.tcp_retries1": number("pathRetries"),
  "net.ipv4.tcp_retries2": number("dataRetries"),
  "net.ipv4.tcp_rmem": buffer("receiveBufferBytes", "receiveBufferLimitBytes"),
  "net.ipv4.tcp_rto_max_ms": number("rtoMaxUs", 1000),
  "net.ipv4.tcp_rto_min_us": number("rtoMinUs"),
  "net.ipv4.tcp_sack": flag("selectiveAcknowledgement"),
  "net.ipv4.tcp_slow_start_after_idle": flag("slowStartAfterIdle"),
  "net.ipv4.tcp_syn_linear_timeouts": number("synLinearTimeouts"),
  "net.ipv4.tcp_syn_retries": number("synRetries"),
  "net.ipv4.tcp_synack_retries": number("synAckRetries"),
  "net.ipv4.tcp_syncookies": choice("synCookies"),
  "net.ipv4.tcp_thin_linear_timeouts": flag("thinLinearTimeouts"),
  "net.ipv4.tcp_timestamps": flag("timestamps"),
  "net.ipv4.tcp_window_scaling": flag("windowScaling"),
  "net.ipv4.tcp_wmem": buffer("sendBufferBytes", "sendBufferLimitBytes"),
};

/** Sets what sockets begin with. Returns why it cannot be done, or undefined. */
export function setStackSysctl(settings: TcpSettings, name: string, value: string): string | undefined {
  const setter = SYSCTLS[name.replaceAll("/", ".")];
  if (setter === undefined) return `a stack has no sysctl ${name}`;
  const text = value.trim();
  const values = text.split(/\s+/).map(Number);
  const isTaken = setter(settings, values.every(Number.isInteger) ? values : [], text);
  return isTaken ? undefined : `the sysctl ${name} does not take "${value}"`;
}

/** The names and values that a command of sysctl(8) sets; undefined when it is another command. */
export function sysctlsOf(command: string): [name: string, value: string][] | undefined {
  const found: [string, string][] = [];
  for (const line of command.split(/;|\n|&&/)) {
    const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
    const [program, ...rest] = words;
    if (program === undefined) continue;
    if (!/^(?:\/sbin\/|\/usr\/sbin\/)?sysctl$/.test(program)) return undefined;
    for (const word of rest) {
      if (/^-[qw]+$/.test(word)) continue;
      const [, name, value] = /^([\w./]+)=(.*)$/s.exec(word.replaceAll(/["']/g, "")) ?? [];
      if (name === undefined || value === undefined) return undefined;
      found.push([name, value]);
    }
  }
  return found;
}
