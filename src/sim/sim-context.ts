import type { PacketPool } from "../stack/packet.ts";
import type { HostTable } from "../stack/socket/names/hosts.ts";
import type { EventQueue } from "./event-queue.ts";
import type { SeededRandom } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import type { VirtualTime } from "./time.ts";
import type { Tracer } from "./trace/tracer.ts";

/** What a run goes on for. */
export class Census {
  /** Processes that have not ended, and do not serve. */
  busyProcesses = 0;
  /** Packets in all channels. */
  packetsInFlight = 0;
}

/** What all parts of one internet share. */
export interface SimContext {
  readonly time: VirtualTime;
  readonly queue: EventQueue;
  readonly scheduler: Scheduler;
  readonly census: Census;
  readonly tracer: Tracer;
  /** The memory of all packets: they move from machine to machine without a copy. */
  readonly pool: PacketPool;
  /** The names of the hosts, which all hosts know: as in hosts(5). */
  readonly names: HostTable;
  /** A stream of chance for one part, by the part's name: what else there is does not change it. */
  readonly random: (label: string) => SeededRandom;
}
