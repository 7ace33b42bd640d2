import {
  IP_RECVERR,
  IP_TOS,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  SCM_RIGHTS,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOL_SOCKET,
} from "../../api/constants.ts";
import type { ControlMessage } from "../../api/message.ts";
import { cmsgLength, cmsgSpace, CMSGHDR } from "../../layout/cmsghdr.ts";
import { encodeControl } from "../../layout/control.ts";
import { SCM_TIMESTAMPING_TIMES } from "../../layout/scm-timestamping.ts";
import { SOCK_EXTENDED_ERR } from "../../layout/sock-extended-err.ts";
import { TIMESPEC } from "../../layout/timespec.ts";
import { TIMEVAL } from "../../layout/timeval.ts";
import { SOCKADDR_IN6_SIZE, SOCKADDR_IN_SIZE } from "../../netdb/sockaddr.ts";
import type { Description } from "./description.ts";
import type { DescriptorTable } from "./descriptor-table.ts";

/** Descriptors on their way: what SCM_RIGHTS is inside the stack, until they have numbers where they arrive. */
export class Rights {
  readonly descriptions: readonly Description[];

  constructor(descriptions: readonly Description[]) {
    this.descriptions = descriptions;
    for (const description of descriptions) description.hold();
  }

  /** The message is gone, and nobody received them. */
  drop(): void {
    for (const description of this.descriptions) description.release();
  }
}

/** A control message as a socket gives it: descriptors have no numbers yet. */
export type ReceivedControl = ControlMessage | Rights;

/** Kinds that are only received: times and errors have no encoding, and IP_TOS comes as one byte (ip(7)). */
const RECEIVED_BYTES: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  [SOL_SOCKET]: {
    [SO_TIMESTAMP]: TIMEVAL.size,
    [SO_TIMESTAMPNS]: TIMESPEC.size,
    [SO_TIMESTAMPING]: SCM_TIMESTAMPING_TIMES.size,
  },
  [IPPROTO_IP]: { [IP_TOS]: 1, [IP_RECVERR]: SOCK_EXTENDED_ERR.size + SOCKADDR_IN_SIZE },
  [IPPROTO_IPV6]: { [IPV6_RECVERR]: SOCK_EXTENDED_ERR.size + SOCKADDR_IN6_SIZE },
};

/** Bytes of a control message's data, as C has them. */
function dataBytes(message: ControlMessage): number {
  if (message.value instanceof Uint8Array) return message.value.length;
  const { level, type } = message;
  return RECEIVED_BYTES[level]?.[type] ?? encodeControl([message], "control").length - CMSGHDR.size;
}

/** What of the control messages fits in so many bytes: the rest is cut off (MSG_CTRUNC), as put_cmsg() does. */
export function fittingControl(
  table: DescriptorTable,
  messages: readonly ReceivedControl[],
  room: number,
): { control: ControlMessage[]; isCut: boolean } {
  const control: ControlMessage[] = [];
  let left = room;
  let isCut = false;
  for (const message of messages) {
    if (message instanceof Rights) {
      const { fds, wereAll } = takeRights(table, message, Math.floor((left - CMSGHDR.size) / 4));
      if (!wereAll) isCut = true;
      if (fds.length === 0) continue;
      control.push({ level: SOL_SOCKET, type: SCM_RIGHTS, value: fds });
      left -= cmsgSpace(fds.length * 4);
      continue;
    }
    const length = dataBytes(message);
    if (left < cmsgLength(length)) {
      isCut = true;
      continue;
    }
    control.push(message);
    left -= cmsgSpace(length);
  }
  return { control, isCut };
}

/** Gives as many of the descriptors numbers as there is room for; the others are closed. */
function takeRights(table: DescriptorTable, rights: Rights, room: number): { fds: number[]; wereAll: boolean } {
  const fds: number[] = [];
  for (const description of rights.descriptions) {
    if (fds.length < room && table.hasRoom(1)) fds.push(table.enter(description, 0));
    description.release();
  }
  return { fds, wereAll: fds.length === rights.descriptions.length };
}
