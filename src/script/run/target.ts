import type { Kernel } from "../../api/kernel.ts";
import type { Settings } from "./settings.ts";

/** A kernel that scripts are run on, with the wire that packets come and go by. Each script has one of its own. */
export interface Target {
  readonly kernel: Kernel;
  /** The time that events are at, in microseconds: the machine's, or a virtual one. */
  nowUs(): number;
  /** Lets time go by until then, or until `done` is true, whichever is first. */
  wait(untilUs: number, done: () => boolean): Promise<void>;
  /** Something that `done` may look at has changed. */
  wake(): void;
  /** A packet comes to the kernel. */
  inject(packet: Uint8Array): void;
  /** Sets a sysctl of the script's network; why it could not be, or undefined. */
  sysctl(name: string, value: string): string | undefined;
  /** Runs a command of the shell; why it failed, or undefined. */
  command(command: string): string | undefined;
  /** The time that a call may take which does not have to wait. */
  readonly promptUs: number;
  /** The longest time by which the machine was late so far: 0 where time is virtual. */
  readonly latenessUs: number;
  close(): Promise<void>;
}

/** What is told of a packet that the kernel sent. */
export type Sniffer = (packet: Uint8Array, atUs: number) => void;

/** A kind of kernel. */
export interface TargetKind {
  readonly name: "linux" | "stack";
  /** Time is the machine's, and what it is late by is in the times of packets. */
  readonly isRealTime: boolean;
  /** Why it cannot be used here; undefined when it can. */
  unavailable(): string | undefined;
  open(settings: Settings, sniffer: Sniffer): Promise<Target>;
}
