import {
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_LAST_ACK,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
} from "../../api/constants/tcp-option.ts";
import type { Connection } from "./connection.ts";
import { sendReset } from "./segment.ts";

/** No more is sent: a FIN follows what is queued (RFC 9293 §3.10.4). */
export function closeSending(c: Connection): void {
  if (c.isClosed) return;
  c.sendEnded = true;
  c.moreFollows = false;
  switch (c.state) {
    case TCP_SYN_RECV:
      // RFC 9293 §3.10.4: queued until the handshake is done.
      return;
    case TCP_ESTABLISHED:
      c.state = TCP_FIN_WAIT1;
      break;
    case TCP_CLOSE_WAIT:
      c.state = TCP_LAST_ACK;
      break;
    default:
      return;
  }
  c.push();
}

/** The program is done with it: RFC 9293 §3.10.4, RFC 2525 §2.17 for what it has not read. */
export function closeConnection(c: Connection): void {
  c.isOrphan = true;
  c.owner = undefined;
  if (c.isClosed) {
    c.receive.clear();
    return;
  }
  if (c.state === TCP_SYN_SENT) {
    c.ended(0);
    return;
  }
  if (c.receive.length > 0) {
    abortConnection(c, 0);
    return;
  }
  closeSending(c);
  if (!c.isClosed && c.state === TCP_FIN_WAIT2) c.startFinWait2();
}

/** RFC 9293 §3.10.5: a reset in the states that need one. */
export function abortConnection(c: Connection, error: number): void {
  if (c.isClosed) return;
  switch (c.state) {
    case TCP_SYN_RECV:
    case TCP_ESTABLISHED:
    case TCP_FIN_WAIT1:
    case TCP_FIN_WAIT2:
    case TCP_CLOSE_WAIT:
      sendReset(c);
      break;
    default:
  }
  c.ended(error);
}
