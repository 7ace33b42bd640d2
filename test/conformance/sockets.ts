import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SO_LINGER,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type Inet4Address,
  type Inet6Address,
  type SocketAddress,
  type SystemError,
} from "../../src/index.ts";
import type { Context } from "./conformance.ts";

/* Sockets in the states that tests begin with, and what they are compared by. */

export const ANY_PORT: Inet4Address = { family: AF_INET, address: "127.0.0.1", port: 0 };
export const ANY_PORT6: Inet6Address = { family: AF_INET6, address: "::1", port: 0 };

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(data: Uint8Array, length: number = data.length): string {
  return new TextDecoder().decode(data.subarray(0, length));
}

/** A socket that listens, and where. */
export function listener(
  t: Context,
  address: SocketAddress = ANY_PORT,
  backlog?: number,
  type: number = SOCK_STREAM,
): { fd: number; address: SocketAddress } {
  const fd = t.socket(address.family, type);
  t.kernel.bind(fd, address);
  t.kernel.listen(fd, backlog);
  return { fd, address: t.kernel.getsockname(fd) };
}

/** An address where nobody listens, and nobody else can: a socket has it that does not listen. */
export function nobody(t: Context, address: SocketAddress = ANY_PORT): SocketAddress {
  const fd = t.socket(address.family, SOCK_STREAM);
  t.kernel.bind(fd, address);
  return t.kernel.getsockname(fd);
}

/** Two ends of a TCP connection: the one that connected, the one that was accepted. The listener is closed. */
export async function tcpPair(t: Context, address: SocketAddress = ANY_PORT): Promise<[number, number]> {
  const { fd: listening, address: where } = listener(t, address);
  const client = t.socket(address.family, SOCK_STREAM);
  const [server] = await Promise.all([t.accept(listening), t.kernel.connect(client, where)]);
  t.kernel.close(listening);
  return [client, server];
}

/** Two ends of a Unix connection. */
export function unixPair(t: Context, type: number = SOCK_STREAM): [number, number] {
  return t.socketpair(AF_UNIX, type);
}

/** A bound datagram socket, and where. */
export function datagramSocket(t: Context, address: SocketAddress = ANY_PORT): { fd: number; address: SocketAddress } {
  const fd = t.socket(address.family, SOCK_DGRAM);
  t.kernel.bind(fd, address);
  return { fd, address: t.kernel.getsockname(fd) };
}

/** Closes so that the other end sees a reset. */
export function reset(t: Context, fd: number): void {
  t.kernel.setsockopt(fd, SOL_SOCKET, SO_LINGER, { onoff: true, linger: 0 });
  t.kernel.close(fd);
}

/** The port of an internet address. */
export function portOf(address: SocketAddress): number {
  assert.ok("port" in address, "an address with a port");
  return address.port;
}

/** Receives until so many bytes have come, or the end. */
export async function receiveAll(t: Context, fd: number, length: number = Infinity): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  while (received < length) {
    const buffer = new Uint8Array(Math.min(65536, length - received));
    const count = await t.kernel.recv(fd, buffer);
    if (count === 0) break;
    chunks.push(buffer.subarray(0, count));
    received += count;
  }
  return Buffer.concat(chunks);
}

/** The fields of a system error that a test names, and always: negative errno, and the message's shape. */
export function isError(error: unknown, syscall: string, code: string): true {
  assert.ok(error instanceof Error, `an Error, not ${String(error)}`);
  const { code: actual, errno, syscall: call, message } = error as SystemError;
  assert.equal(actual, code, message);
  assert.equal(call, syscall, message);
  assert.ok(errno < 0, "errno is negative");
  assert.ok(message.startsWith(`${syscall} ${code}`), `the message begins with call and code: ${message}`);
  return true;
}

/** The promise rejects with this error of this call. */
export async function rejectsWith(promise: Promise<unknown>, syscall: string, code: string): Promise<void> {
  await assert.rejects(promise, (error) => isError(error, syscall, code));
}

/** The function throws this error of this call. */
export function throwsWith(work: () => unknown, syscall: string, code: string): void {
  assert.throws(work, (error) => isError(error, syscall, code));
}

/** The event loop goes round some times: what is ready is seen. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** True while the promise is neither resolved nor rejected, after the event loop has gone round. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  const first = await Promise.race([
    promise.then(
      () => undefined,
      () => undefined,
    ),
    turns().then(() => pending),
  ]);
  return first === pending;
}
