import type { Connection } from "./connection.ts";
import { mtuOf, updateMss } from "./path-mtu.ts";
import { simpleRetransmit } from "./simple-retransmit.ts";

/** Has the network layer learnt of another MTU (RFC 1191 §6.4, RFC 8201 §5.4)? */
export function checkPathMtu(c: Connection): void {
  if (mtuOf(c) === c.pathMtu.knownMtu) return;
  const before = c.mss;
  updateMss(c);
  if (c.mss < before) simpleRetransmit(c);
}
