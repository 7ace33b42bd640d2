import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { AF_INET, AF_UNIX, host, SOCK_STREAM, type Inet4Address, type SocketAddress } from "../../src/index.ts";

/* What the tests with other programs have in common. */

/** A test's clean-up. */
export interface Scope {
  after(work: () => unknown): void;
}

/** Why a test is skipped: the first of the programs that is not installed; false when all are. */
export function without(...programs: string[]): string | false {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const isThere = (program: string): boolean =>
    folders.some((folder) => {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  const missing = programs.find((program) => !isThere(program));
  return missing === undefined ? false : `${missing} is not installed`;
}

export const LOOPBACK: Inet4Address = { family: AF_INET, address: "127.0.0.1", port: 0 };

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array, length: number = data.length): string =>
  new TextDecoder().decode(data.subarray(0, length));

/** A descriptor that is closed with the test, unless it was before. */
export function owned(t: Scope, fd: number): number {
  t.after(() => {
    try {
      host.close(fd);
    } catch {
      // Closed by the test.
    }
  });
  return fd;
}

/** A socket that listens, or waits for datagrams, and where. */
export function bound<T extends SocketAddress = Inet4Address>(
  t: Scope,
  address: SocketAddress = LOOPBACK,
  type: number = SOCK_STREAM,
): { fd: number; address: T } {
  const fd = owned(t, host.socket(address.family, type));
  host.bind(fd, address);
  if (type !== 2) host.listen(fd);
  return { fd, address: host.getsockname(fd) as T };
}

/** Accepts connections until the listener is closed, and sends back what each sends. */
export async function echoStreams(listener: number): Promise<void> {
  for (;;) {
    const accepted = await host.accept(listener).catch(() => undefined);
    if (accepted === undefined) return;
    host.flow(accepted.fd, { data: (data, flow) => void flow.write(data) });
  }
}

/** Sends datagrams back to where they come from, until the socket is closed. */
export async function echoDatagrams(fd: number): Promise<void> {
  const buffer = new Uint8Array(65536);
  for (;;) {
    const received = await host.recvfrom(fd, buffer).catch(() => undefined);
    if (received === undefined) return;
    await host.sendto(fd, buffer.subarray(0, received.bytes), 0, received.address);
  }
}

/** Receives until so many bytes are there, or the end. */
export async function receive(fd: number, count: number = Infinity): Promise<string> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  while (received < count) {
    const buffer = new Uint8Array(65536);
    const length = await host.recv(fd, buffer);
    if (length === 0) break;
    received += length;
    chunks.push(buffer.subarray(0, length));
  }
  return text(Buffer.concat(chunks));
}

/** A folder for the test's files. */
export function folder(t: Scope): string {
  const path = mkdtempSync(join(tmpdir(), "dt-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export const unixAddress = (path: string): SocketAddress => ({ family: AF_UNIX, path });

/** A port that nobody has at the moment: for programs that cannot be given port 0. */
export function freePort(type: number = SOCK_STREAM): number {
  const fd = host.socket(AF_INET, type);
  try {
    host.bind(fd, LOOPBACK);
    return (host.getsockname(fd) as Inet4Address).port;
  } finally {
    host.close(fd);
  }
}
