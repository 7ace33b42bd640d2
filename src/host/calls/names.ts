import type { AddressLike, SocketAddress } from "../../api/address.ts";
import { EAI_SYSTEM } from "../../api/constants.ts";
import { abortError, systemError } from "../../api/errors.ts";
import type { AddressHints, AddressInfo, NameInfo } from "../../api/kernel.ts";
import { sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import { onAbort } from "../../kernel/abort.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { cString, memoryAt, nativeMemory, textAt } from "../ffi/memory.ts";
import { onThreadPool } from "../ffi/thread-pool.ts";
import { ADDRINFO } from "../../layout/addrinfo.ts";
import { checkInteger, checkSignal } from "../../kernel/arguments.ts";
import { addressQuestion, resolverError } from "../../kernel/lookup.ts";

/** `errno` is the one beside EAI_SYSTEM; 0 when the call was made on another thread, whose errno is not seen here. */
function errorOf(syscall: string, error: number, hostname: string, errno: number): Error {
  if (error === EAI_SYSTEM && errno !== 0) return systemError(syscall, errno);
  return resolverError(syscall, error, hostname, textAt(libc.gai_strerror(error)));
}

/** A question to getaddrinfo(3), with the memory that C reads and writes. */
class AddressQuestion {
  readonly #node: Uint8Array | null;
  readonly #service: Uint8Array | null;
  readonly #hints: Uint8Array = nativeMemory(ADDRINFO.size);
  readonly #result: Uint8Array = nativeMemory(8);
  readonly #text: string;

  constructor(node: string | null, service: string | number | null, hints: AddressHints) {
    const { family, type, protocol, flags, service: name, text } = addressQuestion(node, service, hints);
    this.#node = node === null ? null : cString(node);
    this.#service = name === null ? null : cString(name);
    this.#text = text;
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
    if (error !== 0) throw errorOf("getaddrinfo", error, this.#text, errno);
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
      address: sockaddrDecode(address),
      ...(canonical === 0n ? {} : { canonicalName: textAt(canonical) }),
    };
    at = view.getBigUint64(ADDRINFO.next, true);
  }
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
    if (error !== 0) throw errorOf("getnameinfo", error, addressOfName(this.#address), errno);
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
