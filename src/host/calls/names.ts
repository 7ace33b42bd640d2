import type { AddressLike, SocketAddress } from "../../api/address.ts";
import { abortError, invalidType, lookupError, outOfRange, systemError } from "../../api/errors.ts";
import { errno as errnos } from "../../api/errno.ts";
import type { AddressHints, AddressInfo, NameInfo } from "../../api/kernel.ts";
import { sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import { onAbort } from "../../kernel/abort.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { cString, memoryAt, nativeMemory, textAt } from "../ffi/memory.ts";
import { onThreadPool } from "../ffi/thread-pool.ts";
import { ADDRINFO } from "../../layout/addrinfo.ts";
import { checkInteger, checkSignal } from "../../kernel/arguments.ts";

const EAI_SYSTEM = -11;

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

/** `errno` is the one beside EAI_SYSTEM; 0 when the call was made on another thread, whose errno is not seen here. */
function resolverError(syscall: string, error: number, hostname: string, errno: number): Error {
  if (error === EAI_SYSTEM && errno !== 0) return systemError(syscall, errno);
  const [code, number] = RESOLVER_ERRORS[error] ?? [`EAI_${error}`, error];
  const reason = textAt(libc.gai_strerror(error));
  return lookupError(syscall, code, number, hostname, reason);
}

/** A question to getaddrinfo(3), with the memory that C reads and writes. */
class AddressQuestion {
  readonly #node: Uint8Array | null;
  readonly #service: Uint8Array | null;
  readonly #hints: Uint8Array = nativeMemory(ADDRINFO.size);
  readonly #result: Uint8Array = nativeMemory(8);
  readonly #text: string;

  constructor(node: string | null, service: string | number | null, hints: AddressHints) {
    const { family = 0, type = 0, protocol = 0, flags = 0 } = hints;
    for (const [name, value] of Object.entries({ family, type, protocol, flags })) checkInteger(`hints.${name}`, value);
    this.#node = checkName("node", node);
    this.#service = typeof service === "number" ? cString(String(checkPort(service))) : checkName("service", service);
    this.#text = `${node ?? ""}${service === null ? "" : `:${service}`}`;
    const view = new DataView(this.#hints.buffer);
    view.setInt32(ADDRINFO.flags, flags, true);
    view.setInt32(ADDRINFO.family, family, true);
    view.setInt32(ADDRINFO.socktype, type, true);
    view.setInt32(ADDRINFO.protocol, protocol, true);
  }

  ask(): AddressInfo[] {
    const error = libc.getaddrinfo(this.#node, this.#service, this.#hints, this.#result);
    return this.answer(error, lastErrno());
  }

  async askOnThreadPool(): Promise<() => AddressInfo[]> {
    const error = await onThreadPool("getaddrinfo", this.#node, this.#service, this.#hints, this.#result);
    return () => this.answer(error, 0);
  }

  /** Reads C's list and frees it. */
  answer(error: number, errno: number): AddressInfo[] {
    if (error !== 0) throw resolverError("getaddrinfo", error, this.#text, errno);
    const first = new DataView(this.#result.buffer).getBigUint64(0, true);
    try {
      return [...addressList(first)];
    } finally {
      libc.freeaddrinfo(first);
    }
  }
}

function* addressList(first: bigint): Generator<AddressInfo> {
  for (let at = first; at !== 0n;) {
    const memory = memoryAt(at, ADDRINFO.size);
    const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    const address = memoryAt(view.getBigUint64(ADDRINFO.addr, true), view.getUint32(ADDRINFO.addrlen, true));
    const canonical = view.getBigUint64(ADDRINFO.canonname, true);
    yield {
      family: view.getInt32(ADDRINFO.family, true),
      type: view.getInt32(ADDRINFO.socktype, true),
      protocol: view.getInt32(ADDRINFO.protocol, true),
      address: sockaddrDecode(address.slice()),
      ...(canonical === 0n ? {} : { canonicalName: textAt(canonical) }),
    };
    at = view.getBigUint64(ADDRINFO.next, true);
  }
}

function checkName(argument: string, value: unknown): Uint8Array | null {
  if (value === null) return null;
  if (typeof value !== "string") throw invalidType(argument, "a string or null", value);
  if (value.includes("\0")) throw outOfRange(argument, "text without a NUL", value);
  return cString(value);
}

function checkPort(port: number): number {
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw outOfRange("service", "a port from 0 to 65535", port);
  return port;
}

/** The answer of a call on the thread pool, or the abort; one that comes too late is taken, so that it is freed. */
async function unlessAborted<T>(signal: AbortSignal | undefined, asked: Promise<() => T>): Promise<T> {
  if (signal === undefined) return (await asked)();
  let forgetSignal = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    forgetSignal = onAbort(signal, () => resolve(undefined));
  });
  try {
    const take = await Promise.race([asked, aborted]);
    if (take !== undefined) return take();
  } finally {
    forgetSignal();
  }
  asked.then((take) => take()).catch(() => undefined);
  throw abortError(signal);
}

/** getaddrinfo(3) on libuv's thread pool. */
export async function getaddrinfo(
  node: string | null,
  service: string | number | null,
  hints: AddressHints,
): Promise<AddressInfo[]> {
  const question = new AddressQuestion(node, service, hints);
  checkSignal(hints.signal);
  if (hints.signal?.aborted) throw abortError(hints.signal);
  return unlessAborted(hints.signal, question.askOnThreadPool());
}

export function getaddrinfoSync(
  node: string | null,
  service: string | number | null,
  hints: AddressHints,
): AddressInfo[] {
  return new AddressQuestion(node, service, hints).ask();
}

/** NI_MAXHOST and NI_MAXSERV of netdb.h. */
const NODE_BYTES = 1025;
const SERVICE_BYTES = 32;

/** A question to getnameinfo(3), with the memory that C reads and writes. */
class NameQuestion {
  readonly #address: Uint8Array;
  readonly #flags: number;
  readonly #node: Uint8Array = nativeMemory(NODE_BYTES);
  readonly #service: Uint8Array = nativeMemory(SERVICE_BYTES);

  constructor(address: AddressLike, flags: number) {
    checkInteger("flags", flags);
    const encoded = sockaddrEncode(address);
    // A copy that does not move, whatever becomes of the program's bytes: another thread reads it.
    this.#address = nativeMemory(encoded.length);
    this.#address.set(encoded);
    this.#flags = flags;
  }

  get arguments(): [Uint8Array, number, Uint8Array, number, Uint8Array, number, number] {
    const { length } = this.#address;
    return [this.#address, length, this.#node, NODE_BYTES, this.#service, SERVICE_BYTES, this.#flags];
  }

  answer(error: number, errno: number): NameInfo {
    if (error !== 0) throw resolverError("getnameinfo", error, addressOfName(this.#address), errno);
    return { node: textIn(this.#node), service: textIn(this.#service) };
  }
}

function addressOfName(bytes: Uint8Array): string {
  const address: SocketAddress = sockaddrDecode(bytes);
  return "address" in address ? address.address : `family ${address.family}`;
}

function textIn(memory: Uint8Array): string {
  return new TextDecoder().decode(memory.subarray(0, memory.indexOf(0)));
}

/** getnameinfo(3) on libuv's thread pool. */
export async function getnameinfo(address: AddressLike, flags: number, signal?: AbortSignal): Promise<NameInfo> {
  const question = new NameQuestion(address, flags);
  checkSignal(signal);
  if (signal?.aborted) throw abortError(signal);
  const asked = onThreadPool("getnameinfo", ...question.arguments).then((error) => () => question.answer(error, 0));
  return unlessAborted(signal, asked);
}

export function getnameinfoSync(address: AddressLike, flags: number): NameInfo {
  const question = new NameQuestion(address, flags);
  const error = libc.getnameinfo(...question.arguments);
  return question.answer(error, lastErrno());
}
