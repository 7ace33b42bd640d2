import {
  TCP_CLOSE_WAIT,
  TCP_CLOSING,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_LAST_ACK,
  TCP_SYN_RECV,
} from "../../api/constants/tcp-option.ts";
import type { Connection } from "./connection.ts";
import { DRAINED, ENDED, READABLE } from "./connection-owner.ts";
import { acknowledgeAtOnce } from "./delayed-ack.ts";

/** RFC 9293 §3.10.7.4, eighth check: the peer's FIN is next. */
export function finArrived(c: Connection): void {
  if (c.finReceived) return;
  c.finReceived = true;
  c.pendingFin = false;
  c.rcvNxt = (c.rcvNxt + 1) | 0;
  // Linux counts it as a byte.
  c.statistics.bytesReceived++;
  c.receive.ranges.clear();
  acknowledgeAtOnce(c);
  c.tell(READABLE | ENDED);
  switch (c.state) {
    case TCP_SYN_RECV:
    case TCP_ESTABLISHED:
      c.state = TCP_CLOSE_WAIT;
      // No more comes, so an acknowledgement has only data to travel with.
      c.ack.isInteractive = true;
      break;
    case TCP_FIN_WAIT1:
      // Its acknowledgement, when it came in the same segment, has made this FIN-WAIT-2 before.
      c.state = TCP_CLOSING;
      break;
    case TCP_FIN_WAIT2:
      c.tcp.flushAck(c);
      c.toTimeWait();
      break;
    default:
  }
}

/** RFC 9293 §3.10.7.4, fifth check, in the states that wait for our FIN's acknowledgement. */
export function finWasAcknowledged(c: Connection): void {
  switch (c.state) {
    case TCP_FIN_WAIT1:
      c.state = TCP_FIN_WAIT2;
      c.tell(DRAINED);
      if (c.isOrphan) c.startFinWait2();
      break;
    case TCP_CLOSING:
      c.tell(DRAINED);
      c.toTimeWait();
      break;
    case TCP_LAST_ACK:
      c.tell(DRAINED);
      c.ended(0);
      break;
    default:
  }
}
