import type { ControlMessage } from "../../api/message.ts";
import type { ReceivedControl } from "./control-room.ts";
import type { SocketState } from "./socket-state.ts";

/** A message to send: what the calls hand to a socket. */
export interface Outgoing {
  /** What is left to send. */
  buffers: readonly Uint8Array[];
  length: number;
  flags: number;
  /** The bytes of a sockaddr; undefined for none. */
  address: Uint8Array | undefined;
  control: readonly ControlMessage[];
}

/** Where a message is received into, and what came. */
export interface Incoming {
  readonly buffers: readonly Uint8Array[];
  readonly length: number;
  readonly flags: number;
  /** Whether the sender's address is asked for. */
  readonly wantsAddress: boolean;
  /** Whether control messages are asked for. */
  readonly wantsControl: boolean;
  /** The bytes of a sockaddr; undefined where there is none. */
  address: Uint8Array | undefined;
  readonly control: ReceivedControl[];
  /** MSG_TRUNC, MSG_EOR, MSG_OOB, MSG_ERRQUEUE of the message. */
  resultFlags: number;
}

/**
 * A socket of one family and type. Nothing in it waits, and nothing throws: a result below 0 is an errno, negated, and
 * -EAGAIN says that the call would wait. It tells `state` whenever one that waits may go on.
 */
export interface StackSocket {
  readonly state: SocketState;
  /** The events of poll(2) that it has at this moment. */
  poll(): number;
  bind(address: Uint8Array): number;
  /** Begins to connect: 0 when it is done, -EINPROGRESS when `connecting` will tell the end. */
  connect(address: Uint8Array): number;
  /** How the attempt that `connect` began stands: 0 connected, -EALREADY under way, else its error. */
  connecting(): number;
  /** Takes an attempt back that is under way. */
  cancelConnect(): void;
  listen(backlog: number): number;
  accept(): StackSocket | number;
  shutdown(how: number): number;
  /** Its last descriptor is gone. */
  close(): void;
  /** The bytes of a sockaddr. */
  localAddress(): Uint8Array;
  remoteAddress(): Uint8Array | number;
  /** How many bytes were taken. */
  send(message: Outgoing): number;
  /** How many bytes came; with MSG_TRUNC of the call, of the whole message. */
  receive(message: Incoming): number;
  /** An option of `state` was set. */
  optionsChanged(): void;
  /** FIONREAD, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK: an integer, or -ENOTTY. */
  query(request: number): number;
}
