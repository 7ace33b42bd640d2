import type { Interface } from "../../api/kernel.ts";
import type { Credentials } from "../../api/options.ts";
import type { IpAddress } from "../ip/address.ts";
import type { Pace } from "../pace.ts";
import type { TimerQueue } from "../timer/timer-queue.ts";

/** The interfaces of a stack by name and number. */
export interface InterfaceNames {
  indexOf(name: string): number | undefined;
  nameOf(index: number): string | undefined;
  /** The interface that has an address. */
  indexOfAddress(address: IpAddress): number | undefined;
  /** All of them, by number. */
  list(): Interface[];
}

/** What is around the sockets of a stack: who runs it, its time, its interfaces. */
export interface Surroundings extends Pace {
  readonly timers: TimerQueue;
  readonly interfaces: InterfaceNames;
  /** Who runs the programs of this stack, as SO_PEERCRED tells it. */
  readonly credentials: Credentials;
}
