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
  /** Names that getaddrinfo knows without asking, as in hosts(5); stacks may share a table. */
  readonly hosts?: Hosts | HostTable | undefined;
}

/** What the layers below give the sockets. */
export interface SocketLayerParts {
  readonly interfaces: InterfaceRequests;
  /** Asked for at the first name that the table does not have. */
  readonly nameServer: () => NameServer | undefined;
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
  readonly #surroundings: Surroundings;
  readonly #parts: SocketLayerParts;
  readonly #options: SocketLayerOptions;
  readonly #unix: UnixFamily;

  constructor(surroundings: Surroundings, parts: SocketLayerParts, options: SocketLayerOptions = {}) {
    this.#surroundings = surroundings;
    this.#parts = parts;
    this.#options = options;
    this.events = new SocketEvents(surroundings);
    this.table = this.#makeTable();
    const { hosts = {} } = options;
    this.hosts = hosts instanceof HostTable ? hosts : new HostTable(hosts);
    this.#unix = new UnixFamily(this.events, this.table);
    this.families.add(AF_UNIX, this.#unix);
    this.kernel = this.#makeKernel(this.table);
  }

  /** One more process on this stack: a kernel with descriptors of its own. */
  newKernel(): StackKernel {
    return this.#makeKernel(this.#makeTable());
  }

  #makeTable(): DescriptorTable {
    return new DescriptorTable(this.#options.descriptorLimit ?? DEFAULT_DESCRIPTOR_LIMIT);
  }

  #makeKernel(table: DescriptorTable): StackKernel {
    const { events, families } = this;
    const unix = this.#unix;
    const parts = this.#parts;
    const kernel: Kernel = createKernel({
      name: this.#options.name ?? "stack",
      table,
      events,
      families,
      interfaces: parts.interfaces,
      names: makeNames(this.hosts, this.#surroundings.interfaces, parts.nameServer),
      enter: () => {
        // The numbers in a message are the caller's own.
        unix.table = table;
        parts.enter();
      },
      leave: parts.leave,
    });
    return {
      ...kernel,
      unlink: (path) => unix.names.unlink(String.fromCharCode(...new TextEncoder().encode(path))),
      descriptors: () => Array.from(table, ({ fd, description }) => ({ fd, cookie: description.socket.state.cookie })),
    };
  }
}
