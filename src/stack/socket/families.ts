import {
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_PACKET,
  SOCK_RAW,
  SOCK_RDM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import type { StackSocket } from "./socket.ts";

/** The sockets of one family. */
export interface SocketFamily {
  /** A new socket, or an errno, negated. The type is one that Linux knows. */
  socket(type: number, protocol: number): StackSocket | number;
  /** Two that are connected; -EOPNOTSUPP where the family has no pairs. */
  socketpair(type: number, protocol: number): [StackSocket, StackSocket] | number;
}

const TYPES: readonly number[] = [SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET, SOCK_PACKET];
/** NPROTO: families have numbers below it. */
const FAMILIES = 46;
/** SOCK_MAX: types have numbers below it. */
const MOST_TYPES = 11;

/** The families that a stack has. */
export class SocketFamilies {
  readonly #families: Map<number, SocketFamily> = new Map();

  add(family: number, sockets: SocketFamily): void {
    this.#families.set(family, sockets);
  }

  /** socket(2), after the flags were taken out of the type. */
  socket(family: number, type: number, protocol: number): StackSocket | number {
    const found = this.#find(family, type);
    return typeof found === "number" ? found : found.socket(type, protocol);
  }

  socketpair(family: number, type: number, protocol: number): [StackSocket, StackSocket] | number {
    const found = this.#find(family, type);
    return typeof found === "number" ? found : found.socketpair(type, protocol);
  }

  #find(family: number, type: number): SocketFamily | number {
    if (family < 0 || family >= FAMILIES) return -errno.EAFNOSUPPORT;
    if (type < 0 || type >= MOST_TYPES) return -errno.EINVAL;
    const found = this.#families.get(family);
    if (found === undefined) return -errno.EAFNOSUPPORT;
    return TYPES.includes(type) || family === AF_UNIX ? found : -errno.ESOCKTNOSUPPORT;
  }
}
