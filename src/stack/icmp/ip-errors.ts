import type { IpHeader } from "../../wire/ip-header.ts";
import type { Packet } from "../packet.ts";

/** What went wrong with a packet; the version of IP says which message reports it. */
export const PROTOCOL_UNREACHABLE = 1;
export const PORT_UNREACHABLE = 2;
/** `info` is the parser's reason. */
export const HEADER_PROBLEM = 3;
export const NO_ROUTE = 4;
/** The next hop, or the destination on its link, does not answer. */
export const HOST_UNREACHABLE = 5;
export const PROHIBITED = 6;
/** `info` is the MTU of the link that it does not fit. */
export const TOO_BIG = 7;
export const HOPS_EXCEEDED = 8;
export const REASSEMBLY_EXCEEDED = 9;
/** The source address's scope ends before the link that it would leave by. */
export const BEYOND_SCOPE = 10;

/** Tells senders that their packets came to nothing: RFC 792, RFC 4443. */
export interface IpErrors {
  /**
   * Reports to the sender of a packet, unless it is one of which no error is to be sent, or too many were.
   * `packet.network` is where the packet begins; it stays the caller's.
   */
  report(what: number, packet: Packet, ip: IpHeader, info: number): void;
}
