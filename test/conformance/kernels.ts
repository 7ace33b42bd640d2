import type { BlockingCalls, Kernel } from "../../src/index.ts";
import { hostUnderTest } from "./host.ts";
import { stackUnderTest } from "./stack.ts";

/** What a test may need of a kernel beyond the plain calls on IPv4. */
export type Capability =
  | "blocking" // the …Sync twins
  | "threads" // kernel.workers.thread
  | "processes" // child processes on the same network
  | "files" // descriptors that are no sockets: pipes, files
  | "ipv6"
  | "unix"
  | "raw"
  | "ping" // ICMP over datagram sockets, without root
  | "packet"
  | "netlink"
  | "vsock"
  | "alg" // AF_ALG, a family that is reached with raw address bytes
  | "root"
  | "fast open" // listeners may ask for TCP Fast Open
  | "namespaces"; // network namespaces can be made

/** A kernel that was made for the tests of one file. */
export interface MadeKernel {
  readonly kernel: Kernel & Partial<BlockingCalls>;
  /** Its open descriptors: the number, and what tells this opening from a later one of the same number. */
  openDescriptors(): ReadonlyMap<number, string>;
  /** What tells this opening of the number from a later one; undefined when it is not open. */
  identity(fd: number): string | undefined;
  close(): Promise<void>;
}

/** A kernel that the conformance tests are run on. A new one is a file like host.ts and a line in the list below. */
export interface KernelUnderTest {
  readonly name: string;
  /** What it does not have, and why: the reason of each skipped test. */
  readonly lacks: Readonly<Partial<Record<Capability, string>>>;
  /** What it does otherwise than Linux, by the name of the test that shows it, and why. */
  readonly differs?: Readonly<Record<string, string>>;
  readonly make: () => Promise<MadeKernel>;
}

/** The second run of a test, on the host's other engine, has nothing new to say of a stack. */
const isSecondRun = process.env["DIALTONE_ENGINE"] === "epoll";

export const kernels: readonly KernelUnderTest[] = isSecondRun ? [hostUnderTest] : [hostUnderTest, stackUnderTest];
