import { errno } from "../../../api/errno.ts";
import { INT_MAX } from "../../../layout/argument.ts";
import { viewOf } from "../../../layout/codec.ts";
import { decodeOption } from "../../../layout/option.ts";
import type { OptionKind } from "../../../api/options.ts";
import type { StackSocket } from "../socket.ts";

/** What an option does on a stack: it has its effect, or is kept for whoever reads it. */
export type Effect = "effective" | "stored";

/** An option cannot be read: a positive errno says why. */
export class Refusal {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

/** An option of a stack's sockets. One without `get` cannot be read, one without `set` cannot be set. */
export interface StackOption<S extends StackSocket = StackSocket> {
  readonly effect: Effect;
  /** The value by the option's kind, or why there is none. */
  readonly get?: (socket: S) => unknown;
  /** `bytes` are C's: 0, or an errno, negated. */
  readonly set?: (socket: S, bytes: Uint8Array) => number;
}

/** Options by name. */
export type OptionTable<S extends StackSocket = StackSocket> = Readonly<Record<string, StackOption<S>>>;

/** An `int`; undefined when the bytes are too few for one. */
export function intOf(bytes: Uint8Array): number | undefined {
  return bytes.length < 4 ? undefined : viewOf(bytes).getInt32(0, true);
}

/** An option of one `int`. `set` gives 0 or an errno, negated. */
export function integer<S extends StackSocket>(
  get: (socket: S) => number | Refusal,
  set: (socket: S, value: number) => number,
): StackOption<S> {
  return {
    effect: "effective",
    get,
    set(socket, bytes) {
      const value = intOf(bytes);
      return value === undefined ? -errno.EINVAL : set(socket, value);
    },
  };
}

/** An `int` within a range. */
export function ranged<S extends StackSocket>(
  least: number,
  most: number,
  get: (socket: S) => number,
  set: (socket: S, value: number) => void,
): StackOption<S> {
  return integer(get, (socket, value) => {
    if (value < least || value > most) return -errno.EINVAL;
    set(socket, value);
    return 0;
  });
}

/** An option that is on or off. */
export function flag<S extends StackSocket>(
  get: (socket: S) => boolean,
  set: (socket: S, on: boolean) => void,
): StackOption<S> {
  return {
    effect: "effective",
    get,
    set(socket, bytes) {
      const value = intOf(bytes);
      if (value === undefined) return -errno.EINVAL;
      set(socket, value !== 0);
      return 0;
    },
  };
}

/** An option that can only be read. */
export function readOnly<S extends StackSocket>(get: (socket: S) => unknown): StackOption<S> {
  return { effect: "effective", get };
}

/** Kept under its name, and without effect. */
function stored(name: string, initial: unknown, decode: (bytes: Uint8Array) => unknown): StackOption {
  return {
    effect: "stored",
    get: ({ state }) => (state.stored.has(name) ? state.stored.get(name) : initial),
    set({ state }, bytes) {
      const value = decode(bytes);
      if (value === undefined) return -errno.EINVAL;
      state.store(name, value);
      return 0;
    },
  };
}

export function storedFlag(name: string, initial = false): StackOption {
  return stored(name, initial, (bytes) => {
    const value = intOf(bytes);
    return value === undefined ? undefined : value !== 0;
  });
}

export function storedInteger(
  name: string,
  initial: number,
  least: number = -INT_MAX - 1,
  most: number = INT_MAX,
): StackOption {
  return stored(name, initial, (bytes) => {
    const value = intOf(bytes);
    return value === undefined || value < least || value > most ? undefined : value;
  });
}

/** A value of another kind. */
export function storedValue(name: string, kind: OptionKind, initial: unknown, leastBytes: number): StackOption {
  return stored(name, initial, (bytes) => (bytes.length < leastBytes ? undefined : decodeOption(kind, bytes)));
}

/** The same option for fewer sockets. */
export function only<S extends StackSocket>(
  isOne: (socket: StackSocket) => socket is S,
  option: StackOption<S>,
  otherwise: number = errno.EOPNOTSUPP,
): StackOption {
  const { get, set, effect } = option;
  return {
    effect,
    ...(get && { get: (socket: StackSocket) => (isOne(socket) ? get(socket) : new Refusal(otherwise)) }),
    ...(set && { set: (socket: StackSocket, bytes: Uint8Array) => (isOne(socket) ? set(socket, bytes) : -otherwise) }),
  };
}
