import { AF_UNIX } from "../../api/constants.ts";
import type { Kernel } from "../../api/kernel.ts";
import { DEFAULT_DESCRIPTOR_LIMIT, DescriptorTable } from "./descriptor-table.ts";
import { SocketEvents } from "./events.ts";
import { SocketFamilies } from "./families.ts";
import type { InterfaceRequests } from "./interface-requests.ts";
import { createKernel } from "./kernel.ts";
import { HostTable, type Hosts } from "./names/hosts.ts";
import { makeNames, type NameServer } from "./names/names.ts";
import type { Surroundings } from "./surroundings.ts";
import { UnixFamily } from "./unix/unix-family.ts";

/** An open descriptor, for people and for tests that look for leaks. */
export interface OpenDescriptor {
  readonly fd: number;
  /** What tells its description from all others that there were. */
  readonly cookie: bigint;
}

/** What only a stack's kernel has, beside the calls of every kernel. */
export interface StackKernel extends Kernel {
  /** Removes the path of a Unix socket, unlink(2): `close` leaves it. False when it is not there. */
  readonly unlink: (path: string) => boolean;
  /** The open descriptors, in their order. */
  readonly descriptors: () => OpenDescriptor[];
}

/** How the sockets of a stack are made. */
export interface SocketLayerOptions {
  /** What the kernel calls itself: "stack". */
  readonly name?: string | undefined;
  /** Descriptors at once. */
  readonly descriptorLimit?: number | undefined;
  /** Names that getaddrinfo knows without asking, as in hosts(5). */
  readonly hosts?: Hosts | undefined;
}

/** What the layers below give the sockets. */
export interface SocketLayerParts {
  readonly interfaces: InterfaceRequests;
  /** Asked for at the first name that the table does not have. */
  readonly nameServer: (kernel: Kernel) => NameServer | undefined;
  readonly enter: () => void;
  readonly leave: () => void;
}

/** The sockets of one stack: its descriptors, its families, and the kernel that programs call. */
export class SocketLayer {
  readonly events: SocketEvents;
  readonly table: DescriptorTable;
  readonly families: SocketFamilies = new SocketFamilies();
  readonly hosts: HostTable;
  readonly kernel: StackKernel;

  constructor(surroundings: Surroundings, parts: SocketLayerParts, options: SocketLayerOptions = {}) {
    this.events = new SocketEvents(surroundings);
    this.table = new DescriptorTable(options.descriptorLimit ?? DEFAULT_DESCRIPTOR_LIMIT);
    this.hosts = new HostTable(options.hosts ?? {});
    const unix = new UnixFamily(this.events, this.table);
    this.families.add(AF_UNIX, unix);
    const { table, events, families } = this;
    const kernel: Kernel = createKernel({
      name: options.name ?? "stack",
      table,
      events,
      families,
      interfaces: parts.interfaces,
      names: makeNames(this.hosts, surroundings.interfaces, () => parts.nameServer(kernel)),
      enter: parts.enter,
      leave: parts.leave,
    });
    this.kernel = {
      ...kernel,
      unlink: (path) => unix.names.unlink(String.fromCharCode(...new TextEncoder().encode(path))),
      descriptors: () => Array.from(table, ({ fd, description }) => ({ fd, cookie: description.socket.state.cookie })),
    };
  }
}
