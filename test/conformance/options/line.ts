import assert from "node:assert/strict";
import { release } from "node:os";
import { test } from "node:test";
import * as constants from "../../../src/api/constants.ts";
import { isSystemError } from "../../../src/api/errors.ts";
import type { Kernel } from "../../../src/api/kernel.ts";
import { options, type SocketOption } from "../../../src/api/options.ts";
import type { MakeSocket } from "./sockets.ts";

/** Where a line may be left out. */
export interface Allowance {
  /** The kernel version that brought it: "6.3". */
  readonly since?: string;
  /** It needs a privilege. */
  readonly root?: true;
  /** A kernel may be built or started without: why. */
  readonly mayLack?: string;
  /** The level, where an option is at more than one. */
  readonly level?: number;
}

/** A value, or what must be true of it. */
type Expected = unknown;
export type Value = unknown;
type FromKernel = (kernel: Kernel) => unknown;

/** One line of the table: an option on a socket, and what happens. */
export interface Line extends Allowance {
  readonly name: string;
  readonly make: MakeSocket;
  readonly run: (kernel: Kernel, fd: number, option: SocketOption) => void;
}

/** A value that depends on the kernel: an interface's index. */
function valueOf(kernel: Kernel, value: unknown): unknown {
  return typeof value === "function" ? (value as FromKernel)(kernel) : value;
}

function get(kernel: Kernel, fd: number, { level, number }: SocketOption): unknown {
  return kernel.getsockopt(fd, level, number);
}

function set(kernel: Kernel, fd: number, { level, number }: SocketOption, value: unknown): void {
  kernel.setsockopt(fd, level, number, value as Uint8Array);
}

/** What is set is read back, or what Linux makes of it. */
export function both(
  name: string,
  make: MakeSocket,
  value: Value,
  read: Expected = value,
  allow: Allowance = {},
): Line {
  return {
    ...allow,
    name,
    make,
    run(kernel, fd, option) {
      set(kernel, fd, option, valueOf(kernel, value));
      assert.deepEqual(get(kernel, fd, option), valueOf(kernel, read));
    },
  };
}

/** On and off. */
export function flag(name: string, make: MakeSocket, allow: Allowance = {}): Line {
  return {
    ...allow,
    name,
    make,
    run(kernel, fd, option) {
      for (const value of [true, false]) {
        set(kernel, fd, option, value);
        assert.equal(get(kernel, fd, option), value);
      }
    },
  };
}

/** What is read is this, or passes this check. */
export function read(name: string, make: MakeSocket, expected: Expected, allow: Allowance = {}): Line {
  return {
    ...allow,
    name,
    make,
    run(kernel, fd, option) {
      const value = get(kernel, fd, option);
      if (typeof expected === "function") assert.ok((expected as (value: unknown) => boolean)(value), String(value));
      else assert.deepEqual(value, expected);
    },
  };
}

/** What can only be set; `effect` says how it shows. */
export function write(
  name: string,
  make: MakeSocket,
  value: Value,
  effect: (kernel: Kernel, fd: number) => void = () => undefined,
  allow: Allowance = {},
): Line {
  return {
    ...allow,
    name,
    make,
    run(kernel, fd, option) {
      set(kernel, fd, option, valueOf(kernel, value));
      effect(kernel, fd);
    },
  };
}

/** The kernel refuses the value: it was asked, and understood. */
export function refused(name: string, make: MakeSocket, value: Value, code: string, allow: Allowance = {}): Line {
  return {
    ...allow,
    name,
    make,
    run(kernel, fd, option) {
      try {
        if (value === undefined) get(kernel, fd, option);
        else set(kernel, fd, option, valueOf(kernel, value));
      } catch (error) {
        if (isSystemError(error, code)) return;
        throw error;
      }
      assert.fail(`${name} was not refused with ${code}`);
    },
  };
}

/** The option that a line is about. */
export function optionOf({ name, level }: Line): SocketOption {
  const found = options.find((option) => option.name === name && (level === undefined || option.level === level));
  if (found === undefined) throw new Error(`no option is called ${name}`);
  return found;
}

const lacking = [
  "EAFNOSUPPORT",
  "EPROTONOSUPPORT",
  "ESOCKTNOSUPPORT",
  "ENOPROTOOPT",
  "EOPNOTSUPP",
  "ENOENT",
  "EADDRNOTAVAIL",
  "ENODEV",
];

/** Why a failure is no failure here; undefined when it is one. */
function excuse({ since, root, mayLack }: Allowance, error: unknown): string | undefined {
  if (!isSystemError(error)) return undefined;
  if (since !== undefined && isOlder(since)) return `since Linux ${since}, this is ${release()}`;
  if (root && isSystemError(error, "EPERM", "EACCES")) return "needs a privilege";
  if (mayLack !== undefined && isSystemError(error, ...lacking)) return `${mayLack}: ${error.message}`;
  return undefined;
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = version.split(".").map(Number);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

/** Runs a line against a kernel; closes what it opened. */
export function testLine(kernel: Kernel, line: Line): void {
  const option = optionOf(line);
  const level = levelName(option.level);
  test(`${kernel.name}: ${level} ${line.name}`, async (t) => {
    const opened: number[] = [];
    try {
      line.run(kernel, await line.make(kernel, opened), option);
    } catch (error) {
      const why = excuse(line, error);
      if (why === undefined) throw error;
      t.skip(why);
    } finally {
      for (const fd of opened) kernel.close(fd);
    }
  });
}

function levelName(level: number): string {
  const names = Object.entries(constants).filter(([name]) => name.startsWith("SOL_") || name === "AF_VSOCK");
  return names.find(([, number]) => number === level)?.[0] ?? String(level);
}
