/* A script as it was read: what it says, not yet what it does. */

/** `--name=value` before the first event. */
export interface ScriptOption {
  readonly line: number;
  readonly name: string;
  readonly value: string | undefined;
}

/**
 * When an event happens: microseconds from the script's beginning, or from the event before; anywhere in a range of
 * either; or whenever it does.
 */
export type EventTime =
  | { readonly kind: "absolute" | "relative"; readonly us: number }
  | { readonly kind: "absolute range" | "relative range"; readonly us: number; readonly endUs: number }
  | { readonly kind: "any" };

export interface ScriptEvent {
  readonly line: number;
  /** The event as it stands in the script, without the blanks around it. */
  readonly text: string;
  readonly time: EventTime;
  readonly action: Action;
}

export type Action = PacketAction | CallAction | CommandAction | CodeAction;

/** A packet that comes in (`<`), or is expected to go out (`>`). */
export interface PacketAction {
  readonly kind: "packet";
  readonly direction: "in" | "out";
  readonly ip: IpInfo;
  readonly body: PacketBody;
}

/** What is said of the IP header; what is left out is usual, or not looked at. */
export interface IpInfo {
  /** The two bits of RFC 3168; "ect01" is either of the two that say that ECN is spoken. */
  readonly ecn?: "noecn" | "ect0" | "ect1" | "ect01" | "ce";
  readonly trafficClass?: number;
  readonly hopLimit?: number;
  readonly flowLabel?: number;
}

export interface Ports {
  readonly source: number;
  readonly destination: number;
}

export interface SequenceRange {
  readonly start: number;
  readonly end: number;
  readonly length: number;
}

export interface TcpBody {
  readonly kind: "tcp";
  readonly ports: Ports | undefined;
  /** Bits of the flags byte and, as 0x100, the one before it. */
  readonly flags: number;
  readonly sequence: SequenceRange;
  readonly acknowledgement: number | undefined;
  readonly window: number | undefined;
  readonly urgentPointer: number | undefined;
  /** Undefined for `<...>`: any will do. */
  readonly options: readonly TcpOption[] | undefined;
}

export interface UdpBody {
  readonly kind: "udp";
  readonly ports: Ports | undefined;
  readonly length: number;
}

export interface IcmpBody {
  readonly kind: "icmp";
  readonly type: string;
  readonly code: string | undefined;
  readonly mtu: number | undefined;
  /** Of an echo. */
  readonly id: number | undefined;
  /** The packet that the message is about, or the data of an echo. */
  readonly about: SequenceRange | { readonly udp: number } | { readonly raw: number } | undefined;
}

export type PacketBody = TcpBody | UdpBody | IcmpBody;

export interface SackBlock {
  readonly start: number;
  readonly end: number;
}

export type TcpOption =
  | { readonly kind: "nop" | "eol" | "sackOK" }
  | { readonly kind: "mss" | "wscale"; readonly value: number }
  | { readonly kind: "sack"; readonly blocks: readonly SackBlock[] }
  | { readonly kind: "TS"; readonly value: number; readonly echo: number }
  | { readonly kind: "FO" | "FOEXP" | "md5"; readonly bytes: Uint8Array }
  /** Only of a packet that was seen: the language has no word for it. */
  | { readonly kind: "unknown"; readonly number: number; readonly bytes: Uint8Array };

/** A system call, with what it is to return. */
export interface CallAction {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Expression[];
  readonly result: Expression;
  /** `EAGAIN` of `= -1 EAGAIN (Resource temporarily unavailable)`. */
  readonly errno: string | undefined;
  /** When it ends, counted as its beginning is; undefined for a call that does not wait. */
  readonly endUs: number | undefined;
}

/** A command of the shell, in backquotes. */
export interface CommandAction {
  readonly kind: "command";
  readonly command: string;
}

/** What is true of the connection's `struct tcp_info` at this time, in `%{ … }%`. */
export interface CodeAction {
  readonly kind: "code";
  readonly code: string;
}

export type Expression =
  | { readonly kind: "ellipsis" }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  /** `open` when it is followed by `...`: it is only how the value begins. */
  | { readonly kind: "string"; readonly text: string; readonly open: boolean }
  | { readonly kind: "or"; readonly parts: readonly Expression[] }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "tuple"; readonly items: readonly Expression[] }
  | { readonly kind: "structure"; readonly fields: readonly StructureField[] }
  | { readonly kind: "function"; readonly name: string; readonly argument: Expression }
  | { readonly kind: "assignment"; readonly name: string; readonly value: Expression };

/** `name=value`, or `name(count)=value`. */
export interface StructureField {
  readonly name: string;
  readonly count: Expression | undefined;
  readonly value: Expression;
}

export interface Script {
  readonly file: string;
  readonly options: readonly ScriptOption[];
  /** A command before the first event, run before time begins. */
  readonly initCommand: CommandAction | undefined;
  readonly events: readonly ScriptEvent[];
  /** A command behind the last event, run however the script ended. */
  readonly cleanupCommand: CommandAction | undefined;
}
