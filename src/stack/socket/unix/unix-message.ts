import type { Credentials } from "../../../api/options.ts";
import { Rights } from "../control-room.ts";
import type { UnixSocket } from "./unix-socket.ts";

/** What a message costs of the send buffer besides its bytes, as Linux counts its `struct sk_buff`. */
const OVERHEAD_BYTES = 768;

/** Bytes on their way from one Unix socket to another: a datagram, or a part of a stream. */
export class UnixMessage {
  readonly sender: UnixSocket;
  readonly data: Uint8Array;
  /** Where what is unread begins. */
  offset = 0;
  readonly credentials: Credentials;
  #rights: Rights | undefined;
  /** The message passes descriptors: a receive of a stream ends with it. */
  readonly passesRights: boolean;
  /** The sender's name, when it had one. */
  readonly address: Uint8Array | undefined;
  /** It counts against the sender's send buffer. */
  readonly chargedBytes: number;

  constructor(
    sender: UnixSocket,
    data: Uint8Array,
    credentials: Credentials,
    rights: Rights | undefined,
    address: Uint8Array | undefined,
  ) {
    this.sender = sender;
    this.data = data;
    this.credentials = credentials;
    this.#rights = rights;
    this.passesRights = rights !== undefined;
    this.address = address;
    this.chargedBytes = data.length + OVERHEAD_BYTES;
  }

  get unread(): number {
    return this.data.length - this.offset;
  }

  /** The descriptors, once; a look at them has its own. */
  takeRights(peeks: boolean): Rights | undefined {
    const rights = this.#rights;
    if (peeks) return rights && new Rights(rights.descriptions);
    this.#rights = undefined;
    return rights;
  }

  /** Nobody receives it: its descriptors are closed. */
  drop(): void {
    this.takeRights(false)?.drop();
  }

  /** Whether a stream gives both in one receive. */
  isFollowedBy(next: UnixMessage, passCredentials: boolean): boolean {
    if (this.passesRights) return false;
    if (!passCredentials) return true;
    const [mine, its] = [this.credentials, next.credentials];
    return mine.pid === its.pid && mine.uid === its.uid && mine.gid === its.gid;
  }
}

/** What was asked to be sent beside the bytes. */
export interface Passed {
  readonly credentials: Credentials | undefined;
  readonly rights: Rights | undefined;
}
