import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { BlockingCalls, Kernel } from "../../src/index.ts";
import { kernels, type Capability, type MadeKernel } from "./kernels.ts";

/** What a test of the contract is given. */
export interface Context {
  readonly kernel: Kernel;
  /** The blocking twins, for tests that need "blocking". */
  readonly blocking: BlockingCalls;
  /** Has the descriptor closed at the end of the test, if it is still open then. Returns it. */
  own(fd: number): number;
  /** `kernel.socket` and `kernel.socketpair`, owned. */
  socket(family: number, type: number, protocol?: number): number;
  socketpair(family: number, type: number, protocol?: number): [number, number];
  /** `kernel.accept`, owned: the new descriptor. */
  accept(listener: number): Promise<number>;
  /** A folder for this test's files, removed at its end. */
  directory(): string;
  /** Runs at the end of the test, last added first, before the descriptors are closed. */
  after(work: () => unknown): void;
  openDescriptors(): ReadonlyMap<number, string>;
}

/** What a test needs: capabilities of the kernel, seconds (default 20). */
export interface Needs {
  readonly needs?: readonly Capability[];
  readonly timeoutMs?: number;
}

export type DefineTest = (name: string, needs: Needs, body: (context: Context) => Promise<void> | void) => void;

/**
 * Tests of one subject, run on each kernel. After each test its descriptors are closed, and it fails when the kernel
 * then has others open than before.
 */
export function conformance(subject: string, define: (test: DefineTest) => void): void {
  for (const { name: kernelName, lacks, differs = {}, make } of kernels) {
    describe(`${kernelName}: ${subject}`, () => {
      let made: MadeKernel;
      before(async () => {
        made = await make();
      });
      after(() => made.close());
      define((name, { needs = [], timeoutMs = 20_000 }, body) => {
        const missing = differs[name] ?? needs.map((need) => lacks[need]).find((reason) => reason !== undefined);
        const options = missing === undefined ? { timeout: timeoutMs } : { skip: missing };
        test(name, options, () => runOne(made, body));
      });
    });
  }
}

async function runOne(made: MadeKernel, body: (context: Context) => Promise<void> | void): Promise<void> {
  const open = made.openDescriptors();
  const cleanUp: (() => unknown)[] = [];
  const owned = new Map<number, string | undefined>();
  try {
    await body(makeContext(made, owned, cleanUp));
  } finally {
    for (const work of cleanUp.reverse()) await work();
    for (const [fd, identity] of owned) {
      if (identity !== undefined && made.identity(fd) === identity) made.kernel.close(fd);
    }
  }
  await isAsBefore(made, open);
}

/** Threads and child processes take their descriptors along a little after their end was told. */
const TURNS_UNTIL_GONE = 200;

async function isAsBefore(made: MadeKernel, open: ReadonlyMap<number, string>): Promise<void> {
  for (let turn = 0; turn < TURNS_UNTIL_GONE && made.openDescriptors().size !== open.size; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(made.openDescriptors(), open, "the open descriptors are those from before the test");
}

function makeContext(made: MadeKernel, owned: Map<number, string | undefined>, cleanUp: (() => unknown)[]): Context {
  const { kernel } = made;
  const own = (fd: number): number => {
    owned.set(fd, made.identity(fd));
    return fd;
  };
  return {
    kernel,
    blocking: kernel as Kernel & BlockingCalls,
    own,
    socket: (family, type, protocol) => own(kernel.socket(family, type, protocol)),
    socketpair(family, type, protocol) {
      const [one, other] = kernel.socketpair(family, type, protocol);
      return [own(one), own(other)];
    },
    accept: async (listener) => own((await kernel.accept(listener)).fd),
    directory() {
      const path = mkdtempSync(join(tmpdir(), "dialtone-"));
      cleanUp.push(() => rmSync(path, { recursive: true, force: true }));
      return path;
    },
    after: (work) => void cleanUp.push(work),
    openDescriptors: () => made.openDescriptors(),
  };
}
