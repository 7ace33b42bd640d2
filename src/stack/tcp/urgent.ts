import type { TcpHeader } from "../../wire/tcp-header.ts";
import type { Connection } from "./connection.ts";
import { URGENT } from "./connection-owner.ts";
import { isAfter, isBefore } from "./sequence.ts";

/** Urgent data, both ways: RFC 9293 §3.8.5, RFC 6093. The urgent byte is the one before where the pointer points. */
export class UrgentData {
  /** Urgent mode: the end of urgent data is not acknowledged yet. */
  isSending = false;
  sendEnd = 0;
  /** The peer has announced an urgent byte that is not read or passed yet, and where it is in the stream. */
  isMarked = false;
  mark = 0;
  /** Out of line, the byte was read already. */
  isTaken = false;
}

/** RFC 9293 §3.10.7.4, sixth check: the peer's urgent pointer, when it is news. */
export function noteUrgent(c: Connection, header: TcpHeader): void {
  const { urgent } = c;
  if (header.urgentPointer === 0) return;
  const mark = (header.sequence + header.urgentPointer - 1) | 0;
  if (isBefore(mark, c.receive.start) || isBefore(mark, c.rcvNxt)) return;
  if (urgent.isMarked && !isAfter(mark, urgent.mark)) return;
  urgent.isMarked = true;
  urgent.isTaken = false;
  urgent.mark = mark;
  c.tell(URGENT);
}

/** Whether the urgent byte itself has come. */
export function hasUrgentByte(c: Connection): boolean {
  return c.urgent.isMarked && !c.urgent.isTaken && isBefore(c.urgent.mark, c.receive.next);
}
