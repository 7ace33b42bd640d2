import { checkUint } from "./uint.ts";

/** IANA's division of the port numbers, RFC 6335 §6; port 0 is reserved and never in use on the wire. */
export type PortRange = "reserved" | "well-known" | "registered" | "dynamic";

const FIRST_REGISTERED = 1024;
const FIRST_DYNAMIC = 49152;

/**
 * Says which of IANA's ranges a port is in: RFC 6335 §6.
 * `port` is an integer from 0 to 65535. Returns "reserved" (0), "well-known" (1–1023, the RFC's System Ports: binding
 * one takes a privilege), "registered" (1024–49151, User Ports) or "dynamic" (49152–65535, never assigned).
 * Which ports this kernel hands out by itself is another matter: net.ipv4.ip_local_port_range, ip(7).
 * Errors: ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. Needs no kernel.
 *
 * @example
 * portRange(7007); // "registered"
 */
export function portRange(port: number): PortRange {
  checkUint("port", port, 0xffff);
  if (port === 0) return "reserved";
  if (port < FIRST_REGISTERED) return "well-known";
  return port < FIRST_DYNAMIC ? "registered" : "dynamic";
}
