import { AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import type { Credentials } from "../../../api/options.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import type { SocketEvents } from "../events.ts";
import type { SocketFamily } from "../families.ts";
import { UnixNames } from "./unix-names.ts";
import { UnixSocket } from "./unix-socket.ts";

/** AF_UNIX within one stack. */
export class UnixFamily implements SocketFamily {
  readonly events: SocketEvents;
  /** The descriptors of the process whose call it is. */
  table: DescriptorTable;
  readonly names: UnixNames = new UnixNames();
  readonly credentials: Credentials;

  constructor(events: SocketEvents, table: DescriptorTable) {
    this.events = events;
    this.table = table;
    this.credentials = events.surroundings.credentials;
  }

  socket(type: number, protocol: number): UnixSocket | number {
    if (protocol !== 0 && protocol !== AF_UNIX) return -errno.EPROTONOSUPPORT;
    // Linux makes a datagram socket of SOCK_RAW, as BSD has it.
    const made = type === SOCK_RAW ? SOCK_DGRAM : type;
    if (made !== SOCK_STREAM && made !== SOCK_DGRAM && made !== SOCK_SEQPACKET) return -errno.ESOCKTNOSUPPORT;
    return new UnixSocket(this, made);
  }

  socketpair(type: number, protocol: number): [UnixSocket, UnixSocket] | number {
    const one = this.socket(type, protocol);
    if (typeof one === "number") return one;
    const other = new UnixSocket(this, one.state.type);
    UnixSocket.pair(one, other);
    return [one, other];
  }
}
