import type { SocketAddress } from "../api/address.ts";
import { IPPROTO_TCP, SO_TYPE, SOCK_STREAM, SOL_SOCKET, TCP_INFO } from "../api/constants.ts";
import { addressText } from "../api/errors.ts";
import type { Kernel } from "../api/kernel.ts";
import { callBegunText } from "../trace/call-text.ts";
import type { Process } from "./process.ts";
import { TCP_STATE_NAMES } from "./seeing/socket-table.ts";
import type { SimCall } from "./sim-call.ts";

const RECEIVING: ReadonlySet<string> = new Set(["recv", "recvfrom", "recvmsg", "recvmmsg", "read", "readv"]);
const SENDING: ReadonlySet<string> = new Set(["send", "sendto", "sendmsg", "sendmmsg", "write", "writev"]);
/** Bytes of data that are shown of a call. */
const DATA_LIMIT = 16;

/** A socket that somebody waits on. */
interface WaitedSocket {
  readonly local: string;
  readonly peer: string;
  /** Of TCP: "ESTAB"; empty of others. */
  readonly state: string;
  readonly isStream: boolean;
}

/** A call that a process waits in. */
interface Wait {
  readonly call: SimCall;
  readonly socket: WaitedSocket | undefined;
}

/**
 * Who waits, in which call, on which socket, in what TCP state, since when, a line each; and behind them each pair of
 * calls that wait for each other.
 */
export function explainWaits(processes: readonly Process[]): string[] {
  const waits = processes.flatMap(({ waits: calls, kernel }) =>
    Array.from(calls, (call): Wait => ({
      call,
      socket: call.fd === undefined ? undefined : socketOf(kernel, call.fd),
    })),
  );
  return [...waits.map(waitText), ...deadlocks(waits)];
}

function waitText({ call, socket }: Wait): string {
  const { process, name, args, beganUs } = call;
  const on = socket === undefined ? "" : ` on ${socketText(socket)}`;
  const text = callBegunText(name, args, DATA_LIMIT);
  return `${process.host.name}: ${process.name}[${process.pid}] waits in ${text}${on} since ${beganUs / 1000} ms`;
}

function socketText({ local, peer, state }: WaitedSocket): string {
  return [peer === "" ? local : `${local} > ${peer}`, state].filter((word) => word !== "").join(" ");
}

/** Both ends of a stream receive, or both send: neither will ever go on. */
function deadlocks(waits: readonly Wait[]): string[] {
  const lines: string[] = [];
  for (const [i, one] of waits.entries()) {
    for (const other of waits.slice(i + 1)) {
      if (!isPair(one.socket, other.socket)) continue;
      const ends = `${one.call.process.host.name} and ${other.call.process.host.name}`;
      const where = `${one.socket?.local} and ${one.socket?.peer}`;
      if (RECEIVING.has(one.call.name) && RECEIVING.has(other.call.name)) {
        lines.push(`deadlock: ${ends} each wait for the other to speak first, ${where}`);
      } else if (SENDING.has(one.call.name) && SENDING.has(other.call.name)) {
        lines.push(`deadlock: ${ends} each send and neither receives, so that all buffers are full, ${where}`);
      }
    }
  }
  return lines;
}

function isPair(one: WaitedSocket | undefined, other: WaitedSocket | undefined): boolean {
  if (one?.isStream !== true || other?.isStream !== true || one.peer === "") return false;
  return one.local === other.peer && one.peer === other.local;
}

function socketOf(kernel: Kernel, fd: number): WaitedSocket | undefined {
  const isStream = known(() => kernel.getsockopt(fd, SOL_SOCKET, SO_TYPE)) === SOCK_STREAM;
  const local = known(() => kernel.getsockname(fd));
  if (local === undefined) return undefined;
  const info = isStream ? known(() => kernel.getsockopt(fd, IPPROTO_TCP, TCP_INFO)) : undefined;
  const state = info === undefined ? "" : (TCP_STATE_NAMES[info.state] ?? "");
  return { local: textOf(local), peer: textOf(known(() => kernel.getpeername(fd))), state, isStream };
}

function textOf(address: SocketAddress | undefined): string {
  return address === undefined ? "" : addressText(address);
}

/** What a socket does not have, such as a peer, is an error of the call. */
function known<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
