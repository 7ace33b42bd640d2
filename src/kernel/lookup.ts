import { EAI_SYSTEM } from "../api/constants.ts";
import { errno as errnos } from "../api/errno.ts";
import { invalidType, invalidValue, lookupError, outOfRange } from "../api/errors.ts";
import type { AddressHints } from "../api/kernel.ts";
import { checkInteger, checkSignal } from "./arguments.ts";

/* What getaddrinfo(3), getnameinfo(3) and if_nametoindex(3) take and refuse. */

/** Errors of the resolver, with the codes and numbers that Node's `dns` gives them. */
const RESOLVER_ERRORS: Record<number, readonly [code: string, number: number]> = {
  [-1]: ["EAI_BADFLAGS", -3002],
  [-2]: ["ENOTFOUND", -3008],
  [-3]: ["EAI_AGAIN", -3001],
  [-4]: ["EAI_FAIL", -3004],
  [-5]: ["ENOTFOUND", -3007],
  [-6]: ["EAI_FAMILY", -3005],
  [-7]: ["EAI_SOCKTYPE", -3011],
  [-8]: ["EAI_SERVICE", -3010],
  [-9]: ["EAI_ADDRFAMILY", -3000],
  [-10]: ["EAI_MEMORY", -3006],
  [EAI_SYSTEM]: ["EAI_SYSTEM", -errnos.EIO],
  [-12]: ["EAI_OVERFLOW", -3009],
};

/** An error of the resolver by its EAI number, and the reason in words, as gai_strerror(3) has it. */
export function resolverError(syscall: string, error: number, hostname: string, reason: string): Error {
  const [code, number] = RESOLVER_ERRORS[error] ?? [`EAI_${error}`, error];
  return lookupError(syscall, code, number, hostname, reason);
}

/** What getaddrinfo was asked, all of it there. */
export interface AddressQuestionParts {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  readonly flags: number;
  /** The service as text; null where there is none. */
  readonly service: string | null;
  /** What the question was about, in words. */
  readonly text: string;
}

/** Refuses what getaddrinfo does not take. */
export function addressQuestion(
  node: string | null,
  service: string | number | null,
  hints: AddressHints,
): AddressQuestionParts {
  const { family = 0, type = 0, protocol = 0, flags = 0 } = hints;
  for (const [name, value] of Object.entries({ family, type, protocol, flags })) checkInteger(`hints.${name}`, value);
  checkName("node", node);
  if (typeof service === "number") checkPort(service);
  else checkName("service", service);
  checkSignal(hints.signal);
  const text = `${node ?? ""}${service === null ? "" : `:${service}`}`;
  return { family, type, protocol, flags, service: service === null ? null : String(service), text };
}

function checkName(argument: string, value: unknown): void {
  if (value === null) return;
  if (typeof value !== "string") throw invalidType(argument, "a string or null", value);
  if (value.includes("\0")) throw outOfRange(argument, "text without a NUL", value);
}

function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw outOfRange("service", "a port from 0 to 65535", port);
}

/** Refuses what is no name of an interface. */
export function checkInterfaceName(name: string): void {
  if (typeof name !== "string") throw invalidType("name", "an interface's name", name);
  if (name.includes("\0")) throw invalidValue("name", "a name without a NUL", name);
}

/** Refuses what is no number of an interface. */
export function checkInterfaceIndex(index: number): void {
  if (!Number.isInteger(index) || index < 0 || index > 0x7fffffff)
    throw outOfRange("index", "a positive integer", index);
}
