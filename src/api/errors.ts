import type { SocketAddress } from "./address.ts";
import { errno, errnoName, type ErrnoName } from "./errno.ts";

/**
 * The error of a call that the kernel refused, in the shape that Node's own network errors have:
 * `connect ECONNREFUSED 127.0.0.1:1`.
 */
export interface SystemError extends Error {
  /** The name of the error: "ECONNREFUSED"; "ERRNO_200" for a number without a name. */
  readonly code: string;
  /** The error's number, negative as Node has it: -111. */
  readonly errno: number;
  /** The call that failed: "connect". */
  readonly syscall: string;
  /** The address that the call was about, when there is one. */
  readonly address?: string;
  readonly port?: number;
}

/** The text of an address in an error's message: "127.0.0.1:80", "[::1]:80", a path, "@abstract". */
export function addressText(address: SocketAddress): string {
  if ("address" in address) {
    const host = address.address.includes(":") ? `[${address.address}]` : address.address;
    return `${host}:${address.port}`;
  }
  if ("path" in address) return pathText(address.path);
  if ("cid" in address) return `vsock:${address.cid}:${address.port}`;
  return `family ${address.family}`;
}

function pathText(path: string | Uint8Array): string {
  const text = typeof path === "string" ? path : new TextDecoder("latin1").decode(path);
  return text.startsWith("\0") ? `@${text.slice(1)}` : text;
}

/** The error of a system call: `number` is a positive errno or its name. */
export function systemError(
  syscall: string,
  number: number | ErrnoName,
  address?: SocketAddress,
  detail?: string,
): SystemError {
  const value = typeof number === "number" ? number : errno[number];
  const code = errnoName(value);
  const where = address === undefined ? "" : ` ${addressText(address)}`;
  const why = detail === undefined ? "" : ` (${detail})`;
  const fields: Record<string, unknown> = { errno: -value, code, syscall };
  if (address !== undefined) {
    if ("address" in address) {
      fields["address"] = address.address;
      fields["port"] = address.port;
    } else if ("path" in address) {
      fields["address"] = pathText(address.path);
    }
  }
  return Object.assign(new Error(`${syscall} ${code}${where}${why}`), fields) as unknown as SystemError;
}

/** True for an error that a system call made, with one of the codes when any are given. */
export function isSystemError(error: unknown, ...codes: string[]): error is SystemError {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return false;
  return codes.length === 0 || codes.includes(error.code as string);
}

/**
 * One error for attempts that have all failed: with the message and the fields of the one that tells most, and all of
 * them as `errors`.
 */
export function attemptsFailed(errors: readonly Error[], telling: Error): AggregateError {
  const others = errors.filter((error) => error !== telling).map(({ message }) => message);
  const failed = new AggregateError(errors, `${telling.message} (also failed: ${others.join("; ")})`);
  const { code, errno: number, syscall, address, port } = telling as Partial<SystemError>;
  const fields = Object.entries({ code, errno: number, syscall, address, port });
  return Object.assign(failed, Object.fromEntries(fields.filter(([, value]) => value !== undefined)));
}

/** A wrong type: names the argument, says what is accepted and what came. */
export function invalidType(argument: string, accepted: string, received: unknown): TypeError {
  const what = received === null ? "null" : typeof received === "object" ? className(received) : typeof received;
  const text = `The "${argument}" argument must be ${accepted}. Received ${what}`;
  return Object.assign(new TypeError(text), { code: "ERR_INVALID_ARG_TYPE" });
}

function className(value: object): string {
  return (value.constructor as { name?: string } | undefined)?.name ?? "object";
}

/** A value of the right type that is not accepted: names the argument, says what is and what came. */
export function invalidValue(argument: string, accepted: string, received: unknown): TypeError {
  const text = `The "${argument}" argument must be ${accepted}. Received ${inspect(received)}`;
  return Object.assign(new TypeError(text), { code: "ERR_INVALID_ARG_VALUE" });
}

/** A number outside its range. */
export function outOfRange(argument: string, accepted: string, received: unknown): RangeError {
  const text = `The value of "${argument}" is out of range. It must be ${accepted}. Received ${inspect(received)}`;
  return Object.assign(new RangeError(text), { code: "ERR_OUT_OF_RANGE" });
}

/**
 * The error of a name that could not be looked up, in the shape of Node's `dns`: "getaddrinfo ENOTFOUND name (reason)".
 */
export function lookupError(syscall: string, code: string, number: number, hostname: string, reason: string): Error {
  return Object.assign(new Error(`${syscall} ${code} ${hostname} (${reason})`), {
    code,
    errno: number,
    syscall,
    hostname,
  });
}

/** What this kernel, platform or build does not have. */
export function notSupported(what: string): Error {
  return Object.assign(new Error(what), { code: "ERR_NOT_SUPPORTED" });
}

/** Something that cannot happen did: a defect in dialtone, confined to the socket that met it. */
export function internalError(what: string): Error {
  return Object.assign(new Error(`dialtone: ${what}; this is a defect, please report it`), { code: "ERR_INTERNAL" });
}

/** The run of a simulation that did not end well. */
export function simulationError(code: string, text: string, cause: unknown): Error {
  const error = cause === undefined ? new Error(text) : new Error(text, { cause });
  return Object.assign(error, { code });
}

/** The rejection of a call whose signal was aborted: `name` is "AbortError", `cause` the signal's reason. */
export function abortError(signal: AbortSignal): Error {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  error.name = "AbortError";
  return Object.assign(error, { code: "ABORT_ERR" });
}

function inspect(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === "object" && value !== null) return className(value);
  return String(value);
}
