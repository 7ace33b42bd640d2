import type { AddressLike, SocketAddress } from "../address.ts";
import type { WaitOptions } from "./wait.ts";

/** What getaddrinfo(3) is to look for; constants AF_…, SOCK_…, IPPROTO_…, AI_…. */
export interface AddressHints extends WaitOptions {
  readonly family?: number | undefined;
  readonly type?: number | undefined;
  readonly protocol?: number | undefined;
  readonly flags?: number | undefined;
}

/** One answer of getaddrinfo(3): the arguments of `socket` and `connect`. */
export interface AddressInfo {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  readonly address: SocketAddress;
  /** With AI_CANONNAME, in the first answer. */
  readonly canonicalName?: string;
}

/** The answer of getnameinfo(3). */
export interface NameInfo {
  readonly node: string;
  readonly service: string;
}

/** A network interface: `struct if_nameindex`. */
export interface Interface {
  readonly index: number;
  readonly name: string;
}

/** Names and numbers of hosts, services and interfaces. */
export interface NameCalls {
  /**
   * Looks a name up, getaddrinfo(3): the addresses to try, in their order, as `socket` and `connect` take them. `node`:
   * a name or an address, null for this machine (with AI_PASSIVE for a server: every address); `service`: a name
   * ("http"), a port, or null; one of the two is given. Without `hints.type` each address comes once a type.
   *
   * Errors: coded as Node's `dns` has them:
   * - ENOTFOUND: no such name, or no address of it. EAI_AGAIN: the name server does not answer. EAI_FAIL: it cannot.
   * - EAI_SERVICE: no such service. EAI_FAMILY, EAI_ADDRFAMILY, EAI_SOCKTYPE, EAI_BADFLAGS: the hints.
   * - EAI_MEMORY: no memory.
   *
   * Aborting rejects with an AbortError at once; the question goes on in its thread until it is answered, and the
   * answer is dropped. At most four run at a time: they are on libuv's thread pool. Every kernel.
   *
   * @example
   * const [first] = await getaddrinfo("127.0.0.1", "http", { type: SOCK_STREAM });
   * first?.address; // { family: 2, address: '127.0.0.1', port: 80 }
   */
  readonly getaddrinfo: (
    node: string | null,
    service: string | number | null,
    hints?: AddressHints,
  ) => Promise<AddressInfo[]>;

  /**
   * Finds the names of an address and port, getnameinfo(3). `flags`: NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD,
   * NI_DGRAM … Resolves with the names; with the numbers as text where there is none.
   *
   * Errors: ENOTFOUND: no name, and NI_NAMEREQD. EAI_AGAIN, EAI_FAIL: the name server.
   * EAI_FAMILY, EAI_BADFLAGS: the arguments. EAI_OVERFLOW: the name is too long.
   *
   * Aborting as `getaddrinfo`. Every kernel.
   *
   * @example
   * const address = { family: AF_INET, address: "127.0.0.1", port: 80 } as const;
   * await getnameinfo(address, NI_NUMERICHOST | NI_NUMERICSERV); // { node: '127.0.0.1', service: '80' }
   */
  readonly getnameinfo: (address: AddressLike, flags?: number, options?: WaitOptions) => Promise<NameInfo>;

  /**
   * The index of an interface, if_nametoindex(3): what addresses and options take. Never waits.
   *
   * Errors: ENODEV: no such interface.
   *
   * Every kernel.
   *
   * @example
   * if_indextoname(if_nametoindex("lo")); // "lo"
   */
  readonly if_nametoindex: (name: string) => number;

  /**
   * The name of an interface, if_indextoname(3). Never waits.
   *
   * Errors: ENXIO: no such interface.
   *
   * Every kernel.
   *
   * @example
   * if_indextoname(0x7fffffff); // throws ENXIO
   */
  readonly if_indextoname: (index: number) => string;

  /**
   * All interfaces, if_nameindex(3). Never waits.
   *
   * Errors: ENOBUFS: no memory.
   *
   * Every kernel.
   *
   * @example
   * if_nameindex().some(({ name }) => name === "lo"); // true
   */
  readonly if_nameindex: () => Interface[];
}
