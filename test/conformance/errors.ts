import assert from "node:assert/strict";
import {
  errno,
  sockaddrDecode,
  type BlockingCalls,
  type Kernel,
  type SocketAddress,
  type SystemError,
} from "../../src/index.ts";
import type { Context, DefineTest } from "./conformance.ts";
import type { Capability } from "./kernels.ts";

/* Error cases as rows of a table: a call, its error, and what provokes it. Calls that wait are made in both forms. */

/** What is called: the promise form, or a call that never waits; and the blocking twin where there is one. */
export interface Attempt {
  readonly call: (kernel: Kernel) => unknown;
  readonly blocking?: (kernel: BlockingCalls) => unknown;
}

export interface ErrorCase {
  readonly syscall: string;
  readonly code: keyof typeof errno;
  /** What provokes it. */
  readonly when: string;
  readonly needs?: readonly Capability[];
  /** The call may wait: its promise rejects, its blocking twin throws. */
  readonly waits?: boolean;
  /** The address that the error names. */
  readonly address?: SocketAddress | Uint8Array;
  /** Makes the sockets; everything anew for each form, as some errors are told once. */
  readonly make: (t: Context) => Attempt | Promise<Attempt>;
}

export function errorCases(test: DefineTest, cases: readonly ErrorCase[]): void {
  for (const one of cases) {
    test(`${one.syscall} ${one.code}: ${one.when}`, { needs: one.needs ?? [] }, async (t) => {
      const attempt = await one.make(t);
      if (one.waits === true) {
        await assert.rejects(attempt.call(t.kernel) as Promise<unknown>, (error) => checkError(error, one));
      } else {
        assert.throws(
          () => attempt.call(t.kernel),
          (error) => checkError(error, one),
        );
      }
    });
    if (one.waits !== true) continue;
    test(`${one.syscall}Sync ${one.code}: ${one.when}`, { needs: ["blocking", ...(one.needs ?? [])] }, async (t) => {
      const attempt = await one.make(t);
      assert.throws(
        () => attempt.blocking?.(t.blocking),
        (error) => checkError(error, one),
      );
    });
  }
}

/** The one shape of errors: code, number, call, address, and the message that says all of it. */
export function checkError(
  error: unknown,
  { syscall, code, address }: Pick<ErrorCase, "syscall" | "code" | "address">,
): true {
  assert.ok(error instanceof Error, String(error));
  const { message, ...fields } = { ...(error as SystemError), message: error.message };
  const where = address instanceof Uint8Array ? sockaddrDecode(address) : address;
  assert.deepEqual(fields, { code, errno: -errno[code], syscall, ...addressFields(where) }, message);
  const said = `${syscall} ${code}${where === undefined ? "" : ` ${addressText(where)}`}`;
  assert.ok(message === said || message.startsWith(`${said} (`), `${message}, not ${said}`);
  return true;
}

function addressFields(address: SocketAddress | undefined): { address?: string; port?: number } {
  if (address === undefined) return {};
  if ("address" in address) return { address: address.address, port: address.port };
  return "path" in address ? { address: pathText(address.path) } : {};
}

function addressText(address: SocketAddress): string {
  if ("address" in address) {
    return address.address.includes(":")
      ? `[${address.address}]:${address.port}`
      : `${address.address}:${address.port}`;
  }
  return "path" in address ? pathText(address.path) : `family ${address.family}`;
}

function pathText(path: string | Uint8Array): string {
  const text = typeof path === "string" ? path : Buffer.from(path).toString("latin1");
  return text.startsWith("\0") ? `@${text.slice(1)}` : text;
}
