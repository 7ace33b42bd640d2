import type { AddressLike, SocketAddress } from "../../api/address.ts";
import type { WaitingDescriptor, WaitingTable } from "../descriptor.ts";
import type { WaitEngine } from "../engine.ts";
import type { Turns } from "../turns.ts";

/*
 * What the flows need of a kernel: calls on one descriptor that never wait. A result below 0 is an errno, negated.
 */

/** A connection, or all of a kernel's: each call is told the descriptor. */
export interface StreamPort {
  /**
   * Receives, into `memory` or else into memory of the port's own. The bytes, valid until `taken`; 0 at the end of the
   * stream.
   */
  receive(memory: Uint8Array | undefined, fd: number): Uint8Array | number;
  /** The last receive left nothing behind: an event tells when more has come. */
  readonly drained: boolean;
  /** The bytes of the last receive were handled. */
  taken(): void;
  /** Sends what there is room for: how many bytes. The memory is the caller's again at return. */
  send(data: Uint8Array, fd: number): number;
  /** Receives ahead no more until `resume`, where a port does that. */
  pause?(): void;
  resume?(): void;
  /** Sends now what `send` has only collected, where a port does that; false when some of it came back. */
  flush?(): boolean;
  /** Sends what was collected, and receives no more: what has come already is still given by `receive`. */
  stop?(): void;
  /** Goes on after `stop` as it was before. */
  restart?(): void;
  /** Ends the direction of sending. */
  shutdown(fd: number): void;
  /** SO_ERROR: the error that is pending, which this clears; 0 for none. */
  takeError(fd: number): number;
  /** The next close resets the connection: SO_LINGER with 0. */
  linger(fd: number): void;
}

/** To whom a port that collects what it sends gives back what could not leave after all. */
export interface StreamSender {
  /** These bytes, the last that the port had taken, wait for room; they are copied. */
  unsent(data: Uint8Array): void;
  /** So many bytes were not sent, because of an error of the connection. */
  sendFailed(number: number, bytes: number): void;
}

/** A listener. */
export interface AcceptPort {
  /** Accepts: a descriptor. */
  accept(): number;
}

/** A datagram socket. */
export interface DatagramPort {
  /** Receives a datagram: its whole length. `data`, `address` are then its own, valid until the next. */
  receive(): number;
  readonly data: Uint8Array;
  readonly address: SocketAddress | undefined;
  /** An address as `send` takes it. Throws for what is none. */
  encode(address: AddressLike): Uint8Array;
  send(data: Uint8Array, to: Uint8Array | null): number;
  /** Sends now what `send` has only collected while datagrams were delivered, where a port does that. */
  flush?(): void;
  /** Datagrams were received ahead, and `receive` gives them. */
  readonly hasReceived?: boolean;
}

/** To whom a port that collects datagrams tells what became of them. */
export interface DatagramSender {
  /** Those that wait in the flow's own queue. */
  readonly datagramsQueued: number;
  /** There was no room for this one, nor for those behind it, which are told in their order; it is copied. */
  unsent(data: Uint8Array, to: Uint8Array | null): void;
  /** The kernel refused it, with this errno. */
  refused(number: number, to: Uint8Array | null): void;
}

/** What a flow is made with. */
export interface FlowKernel {
  readonly engine: WaitEngine;
  readonly table: WaitingTable;
  readonly turns: Turns;
  readonly descriptor: WaitingDescriptor;
}
