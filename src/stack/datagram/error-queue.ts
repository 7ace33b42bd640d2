import type { IcmpError } from "../icmp/error.ts";
import { IpAddress } from "../ip/address.ts";

/** Errors that wait for one socket; newer ones are dropped. */
export const MAX_QUEUED_ERRORS = 64;
/** Linux's SO_EE_ORIGIN_LOCAL, and the two of ICMP. */
export const ORIGIN_LOCAL = 1;
export const ORIGIN_ICMP = 2;
export const ORIGIN_ICMP6 = 3;

/** An entry of a socket's error queue: `struct sock_extended_err`, and what came with it. IP_RECVERR in ip(7). */
export interface QueuedError {
  /** A positive errno. */
  readonly errno: number;
  readonly origin: number;
  readonly type: number;
  readonly code: number;
  readonly info: number;
  /** Who reported it; undefined for a local one. */
  readonly offender: IpAddress | undefined;
  /** Where the datagram was sent to. */
  readonly destination: IpAddress;
  readonly port: number;
  /** The interface that the report came in by; 0 for a local one. */
  readonly iface: number;
  readonly receivedUs: number;
  /** As much of the datagram's payload as the report quoted. */
  readonly payload: Uint8Array;
}

/** The errors that MSG_ERRQUEUE reads. */
export class ErrorQueue {
  readonly #errors: QueuedError[] = [];

  get isEmpty(): boolean {
    return this.#errors.length === 0;
  }

  get first(): QueuedError | undefined {
    return this.#errors[0];
  }

  add(error: QueuedError): void {
    if (this.#errors.length < MAX_QUEUED_ERRORS) this.#errors.push(error);
  }

  take(): QueuedError | undefined {
    return this.#errors.shift();
  }

  clear(): void {
    this.#errors.length = 0;
  }
}

/** An entry for an error that came by ICMP. */
export function icmpQueuedError(
  error: IcmpError,
  destination: IpAddress,
  port: number,
  receivedUs: number,
  payload: Uint8Array,
): QueuedError {
  return {
    errno: error.errno,
    origin: error.version === 4 ? ORIGIN_ICMP : ORIGIN_ICMP6,
    type: error.type,
    code: error.code,
    info: error.info,
    offender: new IpAddress(error.reporter0, error.reporter1, error.reporter2, error.reporter3),
    destination,
    port,
    iface: error.iface,
    receivedUs,
    payload: payload.slice(),
  };
}
