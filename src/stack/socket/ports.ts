import type { AddressLike, SocketAddress } from "../../api/address.ts";
import { MSG_DONTWAIT, MSG_TRUNC, SHUT_WR } from "../../api/constants.ts";
import type { AcceptPort, DatagramPort, StreamPort } from "../../kernel/flow/port.ts";
import { sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import { acceptNow } from "./calls/connection.ts";
import type { DescriptorTable } from "./descriptor-table.ts";
import type { Incoming, Outgoing, StackSocket } from "./socket.ts";

/* What the flows do with a socket of the stack. */

/** One receive of a flow takes at most this much. */
const RECEIVE_BYTES = 64 * 1024;
/** What all flows receive into: a chunk is valid during its handler's call alone. */
let shared: Uint8Array = new Uint8Array(0);

function sharedMemory(bytes: number): Uint8Array {
  // Anew when a program has transferred it, or needs more.
  if (shared.length < bytes) shared = new Uint8Array(bytes);
  return shared;
}

function incoming(memory: Uint8Array, flags: number, wantsAddress: boolean): Incoming {
  return {
    buffers: [memory],
    length: memory.length,
    flags,
    wantsAddress,
    wantsControl: false,
    address: undefined,
    control: [],
    resultFlags: 0,
  };
}

function outgoing(data: Uint8Array, address: Uint8Array | undefined): Outgoing {
  return { buffers: [data], length: data.length, flags: MSG_DONTWAIT, address, control: [] };
}

export class StackStreamPort implements StreamPort {
  drained = false;
  readonly #socket: StackSocket;

  constructor(socket: StackSocket) {
    this.#socket = socket;
  }

  receive(given: Uint8Array | undefined): Uint8Array | number {
    const memory = given ?? sharedMemory(RECEIVE_BYTES);
    const bytes = this.#socket.receive(incoming(memory, MSG_DONTWAIT, false));
    if (bytes <= 0) return bytes;
    // A receive may stop before the end of what is there: at the urgent mark, at other credentials.
    this.drained = false;
    return bytes === memory.length ? memory : memory.subarray(0, bytes);
  }

  taken(): void {}

  send(data: Uint8Array): number {
    return this.#socket.send(outgoing(data, undefined));
  }

  shutdown(): void {
    this.#socket.shutdown(SHUT_WR);
  }

  takeError(): number {
    return this.#socket.state.takeError();
  }

  linger(): void {
    this.#socket.state.linger = { onoff: true, linger: 0 };
  }
}

export class StackAcceptPort implements AcceptPort {
  readonly #table: DescriptorTable;
  readonly #socket: StackSocket;

  constructor(table: DescriptorTable, socket: StackSocket) {
    this.#table = table;
    this.#socket = socket;
  }

  accept(): number {
    return acceptNow(this.#table, this.#socket, 0);
  }
}

export class StackDatagramPort implements DatagramPort {
  data: Uint8Array = new Uint8Array(0);
  readonly #socket: StackSocket;
  readonly #maxBytes: number;
  #address: Uint8Array | undefined;

  constructor(socket: StackSocket, maxBytes: number) {
    this.#socket = socket;
    this.#maxBytes = maxBytes;
  }

  receive(): number {
    const message = incoming(sharedMemory(this.#maxBytes).subarray(0, this.#maxBytes), MSG_DONTWAIT | MSG_TRUNC, true);
    const bytes = this.#socket.receive(message);
    if (bytes < 0) return bytes;
    this.data = shared.subarray(0, Math.min(bytes, this.#maxBytes));
    this.#address = message.address;
    return bytes;
  }

  get address(): SocketAddress | undefined {
    return this.#address && sockaddrDecode(this.#address);
  }

  encode(address: AddressLike): Uint8Array {
    return sockaddrEncode(address);
  }

  send(data: Uint8Array, to: Uint8Array | null): number {
    return this.#socket.send(outgoing(data, to ?? undefined));
  }
}
