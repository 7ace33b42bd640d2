import type { Changes, Changing } from "../changes.ts";
import { ANY_V4, ANY_V6, type IpAddress } from "../ip/address.ts";
import type { Path } from "../ip/path.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import type { Groups } from "../multicast/groups.ts";
import { Memberships } from "../multicast/memberships.ts";
import { ErrorQueue } from "./error-queue.ts";
import { type EndpointOwner, FAILED } from "./owner.ts";
import { ReceiveQueue } from "./receive-queue.ts";

/**
 * What the ends of datagram sockets in the stack have in common: of UDP, of ping, and raw. Fields are options, which
 * the owner may change at any time, those of binding before `bind`; some are the stack's, and say so.
 */
export abstract class DatagramEndpoint implements Changing {
  readonly owner: EndpointOwner;
  /** 4 or 6: AF_INET or AF_INET6. */
  readonly version: number;
  /** SO_BINDTODEVICE (an index), SO_BROADCAST. */
  boundIface = 0;
  mayBroadcast = false;
  /** IP_RECVERR or IPV6_RECVERR: errors are queued, and all of them are told. */
  queuesErrors = false;
  readonly options: IpSendOptions = new IpSendOptions();
  /** Of each packet, `start` is where begins what the program reads. */
  readonly queue: ReceiveQueue = new ReceiveQueue();
  readonly errors: ErrorQueue = new ErrorQueue();
  readonly memberships: Memberships;
  /** shutdown(SHUT_RD) and shutdown(SHUT_WR). */
  isReceiveShut = false;
  isSendShut = false;
  // What follows is the stack's, to be read only.
  /** Where it is bound: the unspecified address for all. */
  local: IpAddress;
  /** Whom it is connected to. */
  remote: IpAddress | undefined = undefined;
  path: Path | undefined = undefined;
  isClosed = false;
  pendingEvents = 0;
  readonly #changes: Changes;
  #error = 0;

  constructor(owner: EndpointOwner, version: number, groups: Groups, changes: Changes) {
    this.owner = owner;
    this.version = version;
    this.local = version === 4 ? ANY_V4 : ANY_V6;
    this.memberships = new Memberships(groups);
    this.#changes = changes;
  }

  get hasError(): boolean {
    return this.#error !== 0;
  }

  /** The error that waits, a positive errno, once: SO_ERROR. */
  takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
  }

  /** The stack has an error for it. */
  fail(error: number): void {
    this.#error = error;
    this.#changes.add(this, FAILED);
  }

  tell(events: number): void {
    if (!this.isClosed) this.owner.changed(events);
  }
}
