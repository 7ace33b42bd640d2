import type { AddressLike } from "../api/address.ts";
import { outOfRange, systemError } from "../api/errors.ts";
import type { DatagramFlowOptions, FlowOptions } from "../api/flow.ts";
import type { BlockingCalls, Kernel, Workers } from "../api/kernel.ts";
import type { OptionInput, OptionValue } from "../api/options.ts";
import { checkDescriptor, checkHandler } from "../kernel/arguments.ts";
import { isWaitedFor } from "../kernel/descriptor.ts";
import { pollAsync } from "../kernel/poll-wait.ts";
import { SelectSet } from "../kernel/select-set.ts";
import { Waits } from "../kernel/waits.ts";
import { block } from "./block.ts";
import { Accept, Connect } from "./calls/connection.ts";
import { dup, fcntl, ioctl } from "./calls/control.ts";
import { bind, getpeername, getsockname, listen, shutdown, socket, socketpair } from "./calls/endpoint.ts";
import { Read, Write } from "./calls/file.ts";
import { if_indextoname, if_nameindex, if_nametoindex } from "./calls/interfaces.ts";
import { ReceiveMessage, ReceiveMessages, SendMessage, SendMessages } from "./calls/message.ts";
import { getaddrinfo, getaddrinfoSync, getnameinfo, getnameinfoSync } from "./calls/names.ts";
import { getsockopt, setsockopt } from "./calls/option.ts";
import { PollSet } from "./calls/poll.ts";
import { pollBlocking } from "./calls/poll-blocking.ts";
import { SendFile } from "./calls/send-file.ts";
import { PlainTransfers } from "./calls/plain-transfers.ts";
import { Receive, ReceiveFrom, Send } from "./calls/transfer.ts";
import { hostClock } from "./clock.ts";
import type { Descriptor } from "./descriptor.ts";
import { DescriptorTable } from "./descriptor-table.ts";
import type { Engine } from "./engine.ts";
import {
  checkEngineName,
  engineOfEnvironment,
  startEngine,
  type EngineName,
  type StartedEngine,
} from "./engine-choice.ts";
import { ringLimits, type RingLimits } from "./uring/limits.ts";
import { hostWorkers } from "./workers/workers.ts";
import { hostTurns } from "./turns.ts";

/** What only the host has, beside the calls of every kernel. */
export interface HostKernel extends Kernel, BlockingCalls {
  readonly workers: Workers;
  readonly detach: NonNullable<Kernel["detach"]>;
  readonly adopt: NonNullable<Kernel["adopt"]>;
  readonly sendfile: NonNullable<Kernel["sendfile"]>;
  /**
   * The state of this thread, for people: how many descriptors are known and calls wait, and the engine that serves
   * them. What is in it may change. The host alone.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_STREAM);
   * console.log(host.inspect()); // … descriptors: 1, waitingCalls: 0
   * close(fd);
   */
  readonly inspect: () => Record<string, unknown>;
}

/** How a host is made. */
export interface HostOptions {
  /**
   * How the thread waits for its descriptors. Without it: what the environment's DIALTONE_ENGINE says, else io_uring
   * where the kernel, its settings and the process's filters allow it, else epoll. Asked for and refused, the first
   * call that waits rejects with ERR_NOT_SUPPORTED.
   */
  readonly engine?: EngineName;
  /** The sizes of the io_uring, and of the memory that it works with. */
  readonly ring?: Partial<RingLimits>;
  /**
   * Microseconds for which the thread looks for more, before it sleeps, once something has come: from 0 (the default)
   * to 10,000. It makes a lone client's round trip two to three times as fast, and a core busy while clients are
   * active. On io_uring alone.
   */
  readonly busyPollUs?: number;
  /** Open what waiting takes now rather than at the first call that waits. */
  readonly start?: boolean;
}

const MOST_BUSY_POLL_US = 10_000;

/**
 * Another kernel over the machine's Linux kernel, for this thread, beside `host`: with options of its own. It knows the
 * descriptors that it opened; those of `host` are handed to it by `detach` and `adopt`. It opens nothing before the
 * first call that waits, unless `start` says so.
 *
 * Errors: ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE for options.
 *
 * @example
 * const quick = createHost({ engine: "epoll" });
 * const [near, far] = quick.socketpair(AF_UNIX, SOCK_STREAM);
 * const received = quick.recv(near, new Uint8Array(1));
 * await quick.send(far, new Uint8Array(1));
 * await received; // 1
 * quick.inspect()["engine"]; // "epoll"
 * quick.close(near);
 * quick.close(far);
 */
export function createHost(options: HostOptions = {}): HostKernel {
  const { ring = {}, busyPollUs = 0, start = false } = options;
  const limits = ringLimits(ring);
  if (!(busyPollUs >= 0 && busyPollUs <= MOST_BUSY_POLL_US)) {
    throw outOfRange("options.busyPollUs", `a number from 0 to ${MOST_BUSY_POLL_US}`, busyPollUs);
  }
  const wish = checkEngineName("options.engine", options.engine);
  const table = new DescriptorTable();
  let started: StartedEngine | undefined;
  const engine = (): Engine => {
    if (started === undefined) {
      started = startEngine(table, wish ?? engineOfEnvironment(), limits, busyPollUs);
      table.engine = started.engine;
    }
    return started.engine;
  };
  const waits = new Waits(table, engine, hostTurns);
  if (start) engine();
  return {
    name: "host",
    clock: hostClock,
    ...endpointCalls(table),
    ...waitingCalls(table, waits, engine),
    ...blockingCalls(table, waits),
    ...nameCalls,
    ...flowCalls(table, engine),
    workers: hostWorkers(table),
    inspect: () => inspect(started, table),
  };
}

function inspect(started: StartedEngine | undefined, table: DescriptorTable): Record<string, unknown> {
  if (started === undefined) return { engine: "none yet", ...table.inspect() };
  const { engine, refused } = started;
  return { ...engine.inspect(), ...(refused === undefined ? {} : { ioUring: refused }), ...table.inspect() };
}

type Part<K extends keyof HostKernel> = Pick<HostKernel, K>;

function endpointCalls(
  table: DescriptorTable,
): Part<
  | "socket"
  | "socketpair"
  | "bind"
  | "listen"
  | "shutdown"
  | "close"
  | "detach"
  | "adopt"
  | "getsockname"
  | "getpeername"
  | "getsockopt"
  | "setsockopt"
  | "dup"
  | "fcntl"
  | "ioctl"
> {
  return {
    socket: (family, type, protocol = 0) => socket(table, family, type, protocol),
    socketpair: (family, type, protocol = 0) => socketpair(table, family, type, protocol),
    bind,
    listen,
    shutdown(fd, how) {
      shutdown(fd, how);
      table.retry(fd);
    },
    close(fd) {
      checkDescriptor(fd);
      table.close(fd);
    },
    detach(fd) {
      checkDescriptor(fd);
      table.detach(fd);
      return fd;
    },
    adopt(fd) {
      checkDescriptor(fd);
      table.open(fd);
      return fd;
    },
    getsockname,
    getpeername,
    getsockopt: <L extends number, N extends number>(fd: number, level: L, name: N) =>
      getsockopt(table, fd, level, name) as OptionValue<L, N>,
    setsockopt: <L extends number, N extends number>(fd: number, level: L, name: N, value: OptionInput<L, N>) =>
      setsockopt(table, fd, level, name, value),
    dup: (fd) => dup(table, fd),
    fcntl: (fd, command, argument = 0) => fcntl(table, fd, command, argument),
    ioctl: (fd, request, argument) => ioctl(table, fd, request, argument),
  };
}

function waitingCalls(
  table: DescriptorTable,
  waits: Waits,
  engine: () => Engine,
): Part<
  | "accept"
  | "connect"
  | "send"
  | "recv"
  | "sendto"
  | "recvfrom"
  | "sendmsg"
  | "recvmsg"
  | "sendmmsg"
  | "recvmmsg"
  | "read"
  | "write"
  | "readv"
  | "writev"
  | "sendfile"
  | "poll"
  | "select"
> {
  const polls = { table, engine, turns: hostTurns };
  const plain = new PlainTransfers(table, waits, engine);
  return {
    accept: (fd, options) => waits.start(() => new Accept(table, fd, options?.flags ?? 0), options?.signal),
    async connect(fd, address, options) {
      await waits.start(() => new Connect(fd, address), options?.signal);
    },
    send: (fd, data, flags = 0, options) =>
      (flags === 0 && options === undefined ? plain.send(fd, data) : undefined) ??
      waits.start(() => new Send(fd, data, flags, undefined, "send"), options?.signal),
    recv: (fd, buffer, flags = 0, options) =>
      (flags === 0 && options === undefined ? plain.receive(fd, buffer) : undefined) ??
      waits.start(() => new Receive(table, fd, buffer, flags), options?.signal),
    sendto: (fd, data, flags, address, options) =>
      waits.start(() => new Send(fd, data, flags, address, "sendto"), options?.signal),
    recvfrom: (fd, buffer, flags = 0, options) =>
      waits.start(() => new ReceiveFrom(fd, buffer, flags), options?.signal),
    sendmsg: (fd, message, flags = 0, options) =>
      waits.start(() => new SendMessage(fd, message, flags), options?.signal),
    recvmsg: (fd, message, flags = 0, options) =>
      waits.start(() => new ReceiveMessage(table, fd, message, flags), options?.signal),
    sendmmsg: (fd, messages, flags = 0, options) =>
      waits.start(() => new SendMessages(fd, messages, flags), options?.signal),
    recvmmsg: (fd, messages, flags = 0, options) =>
      waits.start(() => new ReceiveMessages(table, fd, messages, flags), options?.signal),
    read: (fd, buffer, options) => waits.start(() => new Read(fd, buffer, "read"), options?.signal),
    write: (fd, data, options) => waits.start(() => new Write(fd, data, "write"), options?.signal),
    readv: (fd, buffers, options) => waits.start(() => new Read(fd, buffers, "readv"), options?.signal),
    sendfile: (fd, file, offset, count, options) =>
      waits.start(() => new SendFile(fd, file, offset, count), options?.signal),
    writev: (fd, buffers, options) => waits.start(() => new Write(fd, buffers, "writev"), options?.signal),
    async poll(entries, timeoutMs = -1, options = {}) {
      const count = pollAsync(polls, () => new PollSet(entries), timeoutMs, options);
      return typeof count === "number" ? waits.inTurn(count) : count;
    },
    async select(read, write, except, timeoutMs = -1, options = {}) {
      const set = new SelectSet(read, write, except);
      const count = pollAsync(polls, () => new PollSet(set.entries), timeoutMs, options);
      await (typeof count === "number" ? waits.inTurn(count) : count);
      return set.selected();
    },
  };
}

function blockingCalls(table: DescriptorTable, waits: Waits): Omit<BlockingCalls, keyof typeof nameCalls> {
  return {
    sendfileSync: (fd, file, offset, count) => block(table, waits, new SendFile(fd, file, offset, count)),
    acceptSync: (fd, options) => block(table, waits, new Accept(table, fd, options?.flags ?? 0)),
    connectSync(fd, address) {
      block(table, waits, new Connect(fd, address));
    },
    sendSync: (fd, data, flags = 0) => block(table, waits, new Send(fd, data, flags, undefined, "send")),
    recvSync: (fd, buffer, flags = 0) => block(table, waits, new Receive(table, fd, buffer, flags)),
    sendtoSync: (fd, data, flags, address: AddressLike | undefined) =>
      block(table, waits, new Send(fd, data, flags, address, "sendto")),
    recvfromSync: (fd, buffer, flags = 0) => block(table, waits, new ReceiveFrom(fd, buffer, flags)),
    sendmsgSync: (fd, message, flags = 0) => block(table, waits, new SendMessage(fd, message, flags)),
    recvmsgSync: (fd, message, flags = 0) => block(table, waits, new ReceiveMessage(table, fd, message, flags)),
    sendmmsgSync: (fd, messages, flags = 0) => block(table, waits, new SendMessages(fd, messages, flags)),
    recvmmsgSync: (fd, messages, flags = 0) => block(table, waits, new ReceiveMessages(table, fd, messages, flags)),
    readSync: (fd, buffer) => block(table, waits, new Read(fd, buffer, "read")),
    writeSync: (fd, data) => block(table, waits, new Write(fd, data, "write")),
    readvSync: (fd, buffers) => block(table, waits, new Read(fd, buffers, "readv")),
    writevSync: (fd, buffers) => block(table, waits, new Write(fd, buffers, "writev")),
    pollSync(entries, timeoutMs = -1) {
      table.beforeBlocking();
      return pollBlocking(entries, timeoutMs);
    },
    selectSync(read, write, except, timeoutMs = -1) {
      const set = new SelectSet(read, write, except);
      table.beforeBlocking();
      pollBlocking(set.entries, timeoutMs);
      return set.selected();
    },
  };
}

const nameCalls: Part<
  | "getaddrinfo"
  | "getnameinfo"
  | "getaddrinfoSync"
  | "getnameinfoSync"
  | "if_nametoindex"
  | "if_indextoname"
  | "if_nameindex"
> = {
  getaddrinfo: (node, service, hints = {}) => getaddrinfo(node, service, hints),
  getnameinfo: (address, flags = 0, options = {}) => getnameinfo(address, flags, options.signal),
  getaddrinfoSync: (node, service, hints = {}) => getaddrinfoSync(node, service, hints),
  getnameinfoSync: (address, flags = 0) => getnameinfoSync(address, flags),
  if_nametoindex,
  if_indextoname,
  if_nameindex,
};

function flowCalls(
  table: DescriptorTable,
  engine: () => Engine,
): Part<"flow" | "acceptFlow" | "datagramFlow" | "ref" | "unref"> {
  const handOver = (syscall: string, fd: number): Descriptor => {
    checkDescriptor(fd);
    const descriptor = table.get(fd);
    if (descriptor.flow !== undefined || isWaitedFor(descriptor)) {
      throw systemError(syscall, "EBUSY", undefined, "calls wait on the descriptor, or a flow has it");
    }
    return descriptor;
  };
  return {
    flow(fd, handler, options: FlowOptions = {}) {
      checkHandler(handler, "data");
      return engine().flow(handOver("flow", fd), handler, options);
    },
    acceptFlow(fd, handler) {
      checkHandler(handler, "connection");
      return engine().acceptFlow(handOver("acceptFlow", fd), handler);
    },
    datagramFlow(fd, handler, options: DatagramFlowOptions = {}) {
      checkHandler(handler, "datagram");
      return engine().datagramFlow(handOver("datagramFlow", fd), handler, options);
    },
    ref(fd) {
      checkDescriptor(fd);
      table.get(fd).referenced = true;
    },
    unref(fd) {
      checkDescriptor(fd);
      table.get(fd).referenced = false;
    },
  };
}
