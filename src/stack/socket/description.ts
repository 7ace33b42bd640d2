import { O_NONBLOCK, O_RDWR } from "../../api/constants.ts";
import type { Descriptor } from "./descriptor.ts";
import type { StackSocket } from "./socket.ts";

/** An open file description, open(2): what the descriptors of one socket share. */
export class Description {
  readonly socket: StackSocket;
  /** F_GETFL. */
  flags: number;
  /** F_GETOWN. */
  owner = 0;
  /** Its descriptors, in the order in which they were opened. */
  readonly descriptors: Descriptor[] = [];
  /** How often it is on its way in a message (SCM_RIGHTS). */
  inFlight = 0;
  /** It stands in the queue of those that have changed. */
  isChanged = false;

  constructor(socket: StackSocket, nonBlocking: boolean) {
    this.socket = socket;
    this.flags = O_RDWR | (nonBlocking ? O_NONBLOCK : 0);
    socket.state.description = this;
  }

  get nonBlocking(): boolean {
    return (this.flags & O_NONBLOCK) !== 0;
  }

  /** Closes the socket when nobody has it any more. */
  closeIfUnused(): void {
    if (this.descriptors.length === 0 && this.inFlight === 0) this.socket.close();
  }

  /** It is in a message, and stays open there. */
  hold(): void {
    this.inFlight += 1;
  }

  /** The message was received, or dropped. */
  release(): void {
    this.inFlight -= 1;
    this.closeIfUnused();
  }
}
