import { systemError } from "../../api/errors.ts";
import type { EventTaker } from "../../kernel/descriptor.ts";
import type { Kernel } from "../../api/kernel.ts";
import type { OptionInput, OptionValue } from "../../api/options.ts";
import { checkDescriptor, checkHandler } from "../../kernel/arguments.ts";
import { isWaitedFor } from "../../kernel/descriptor.ts";
import { AcceptPushFlow } from "../../kernel/flow/accept-flow.ts";
import { DatagramPushFlow, DEFAULT_MAX_BYTES } from "../../kernel/flow/datagram-flow.ts";
import { StreamFlow } from "../../kernel/flow/stream-flow.ts";
import { pollAsync } from "../../kernel/poll-wait.ts";
import { SelectSet } from "../../kernel/select-set.ts";
import { makeSleep } from "../../kernel/sleep.ts";
import { Waits } from "../../kernel/waits.ts";
import { Accept, Connect } from "./calls/connection.ts";
import { dup, fcntl, ioctl } from "./calls/control.ts";
import { bind, getpeername, getsockname, listen, shutdown, socket, socketpair } from "./calls/endpoint.ts";
import { getsockopt, setsockopt } from "./calls/option.ts";
import { read, receive, receiveFrom, receiveMessage, ReceiveMessages } from "./calls/receive.ts";
import { SendCall, SendMessages } from "./calls/send.ts";
import type { Descriptor } from "./descriptor.ts";
import type { DescriptorTable } from "./descriptor-table.ts";
import type { SocketEvents } from "./events.ts";
import type { SocketFamilies } from "./families.ts";
import type { InterfaceRequests } from "./interface-requests.ts";
import { PollSet } from "./poll-set.ts";
import { StackAcceptPort, StackDatagramPort, StackStreamPort } from "./ports.ts";

/** Names and numbers of a stack's network. */
export type NetworkNames = Pick<
  Kernel,
  "getaddrinfo" | "getnameinfo" | "if_nametoindex" | "if_indextoname" | "if_nameindex"
>;

/** What the calls of a stack's kernel stand on. */
export interface KernelParts {
  readonly name: string;
  readonly table: DescriptorTable;
  readonly events: SocketEvents;
  readonly families: SocketFamilies;
  readonly interfaces: InterfaceRequests;
  readonly names: NetworkNames;
  /** Runs before each call of the program: brings the stack's time up to date. */
  readonly enter: () => void;
  /** Runs after each: what the call sent to this very machine arrives before it returns, as on Linux. */
  readonly leave: () => void;
}

/** The calls of a stack, as every kernel has them. */
export function createKernel(parts: KernelParts): Kernel {
  const calls = { ...endpointCalls(parts), ...waitingCalls(parts), ...flowCalls(parts) };
  return { name: parts.name, clock: clockOf(parts), ...parts.names, ...entered(calls, parts) };
}

function clockOf({ events }: KernelParts): Kernel["clock"] {
  return { now: () => events.surroundings.nowUs() / 1000, sleep: makeSleep(events) };
}

/** The same calls, each between `enter` and `leave`. */
function entered<Calls extends object>(calls: Calls, { enter, leave }: KernelParts): Calls {
  const wrapped = Object.entries(calls as Record<string, (...args: unknown[]) => unknown>).map(([name, call]) => {
    const inside = (...args: unknown[]): unknown => {
      enter();
      try {
        return call(...args);
      } finally {
        leave();
      }
    };
    return [name, inside];
  });
  return Object.fromEntries(wrapped) as Calls;
}

function endpointCalls({ table, families, interfaces }: KernelParts) {
  return {
    socket: (family: number, type: number, protocol = 0) => socket(table, families, family, type, protocol),
    socketpair: (family: number, type: number, protocol = 0) => socketpair(table, families, family, type, protocol),
    bind: (fd, address) => bind(table, fd, address),
    listen: (fd, backlog) => listen(table, fd, backlog),
    shutdown: (fd, how) => shutdown(table, fd, how),
    close(fd) {
      checkDescriptor(fd);
      table.close(fd);
    },
    getsockname: (fd) => getsockname(table, fd),
    getpeername: (fd) => getpeername(table, fd),
    getsockopt: <L extends number, N extends number>(fd: number, level: L, name: N) =>
      getsockopt(table, fd, level, name) as OptionValue<L, N>,
    setsockopt: <L extends number, N extends number>(fd: number, level: L, name: N, value: OptionInput<L, N>) =>
      setsockopt(table, fd, level, name, value),
    dup: (fd) => dup(table, fd),
    fcntl: (fd, command, argument = 0) => fcntl(table, fd, command, argument),
    ioctl: (fd, request, argument) => ioctl(table, interfaces, fd, request, argument),
    ref: (fd) => setReferenced(table, fd, true),
    unref: (fd) => setReferenced(table, fd, false),
  } satisfies Partial<Kernel>;
}

/** A number without a descriptor is no error, as no system call is made. */
function setReferenced(table: DescriptorTable, fd: number, referenced: boolean): void {
  checkDescriptor(fd);
  const descriptor = table.find(fd);
  if (descriptor !== undefined) descriptor.referenced = referenced;
}

function waitingCalls({ table, events }: KernelParts) {
  const waits = new Waits(table, () => events, events);
  const polls = { table, engine: () => events, turns: events };
  return {
    accept: (fd, options) => waits.start(() => new Accept(table, fd, options?.flags ?? 0), options?.signal),
    async connect(fd, address, options) {
      await waits.start(() => new Connect(table, fd, address), options?.signal);
    },
    send: (fd, data, flags = 0, options) =>
      waits.start(() => SendCall.ofData(table, fd, data, flags, undefined, "send"), options?.signal),
    recv: (fd, buffer, flags = 0, options) => waits.start(() => receive(table, fd, buffer, flags), options?.signal),
    sendto: (fd, data, flags, address, options) =>
      waits.start(() => SendCall.ofData(table, fd, data, flags, address, "sendto"), options?.signal),
    recvfrom: (fd, buffer, flags = 0, options) =>
      waits.start(() => receiveFrom(table, fd, buffer, flags), options?.signal),
    sendmsg: (fd, message, flags = 0, options) =>
      waits.start(() => SendCall.ofMessage(table, fd, message, flags), options?.signal),
    recvmsg: (fd, message, flags = 0, options) =>
      waits.start(() => receiveMessage(table, fd, message, flags), options?.signal),
    sendmmsg: (fd, messages, flags = 0, options) =>
      waits.start(() => new SendMessages(table, fd, messages, flags), options?.signal),
    recvmmsg: (fd, messages, flags = 0, options) =>
      waits.start(() => new ReceiveMessages(table, fd, messages, flags), options?.signal),
    read: (fd, buffer, options) => waits.start(() => read(table, fd, buffer, "read"), options?.signal),
    write: (fd, data, options) => waits.start(() => SendCall.ofFile(table, fd, data, "write"), options?.signal),
    readv: (fd, buffers, options) => waits.start(() => read(table, fd, buffers, "readv"), options?.signal),
    writev: (fd, buffers, options) => waits.start(() => SendCall.ofFile(table, fd, buffers, "writev"), options?.signal),
    async poll(entries, timeoutMs = -1, options = {}) {
      const count = pollAsync(polls, () => new PollSet(table, entries), timeoutMs, options);
      return typeof count === "number" ? waits.inTurn(count) : count;
    },
    async select(read, write, except, timeoutMs = -1, options = {}) {
      const set = new SelectSet(read, write, except);
      const count = pollAsync(polls, () => new PollSet(table, set.entries), timeoutMs, options);
      await (typeof count === "number" ? waits.inTurn(count) : count);
      return set.selected();
    },
  } satisfies Partial<Kernel>;
}

function flowCalls({ table, events }: KernelParts) {
  const handOver = (syscall: string, fd: number): Descriptor => {
    checkDescriptor(fd);
    const descriptor = table.open(fd, syscall);
    if (descriptor.flow !== undefined || isWaitedFor(descriptor)) {
      throw systemError(syscall, "EBUSY", undefined, "calls wait on the descriptor, or a flow has it");
    }
    return descriptor;
  };
  /** What has come already is told in the next turn. */
  const handedOver = <Flow extends EventTaker>(descriptor: Descriptor, flow: Flow): Flow => {
    descriptor.flow = flow;
    events.changed(descriptor.description);
    return flow;
  };
  const made = (descriptor: Descriptor) => ({ engine: events, turns: events, table, descriptor });
  return {
    flow(fd, handler, options = {}) {
      checkHandler(handler, "data");
      const descriptor = handOver("flow", fd);
      const port = new StackStreamPort(descriptor.description.socket);
      return handedOver(descriptor, new StreamFlow(made(descriptor), port, handler, options));
    },
    acceptFlow(fd, handler) {
      checkHandler(handler, "connection");
      const descriptor = handOver("acceptFlow", fd);
      const port = new StackAcceptPort(table, descriptor.description.socket);
      return handedOver(descriptor, new AcceptPushFlow(made(descriptor), port, handler));
    },
    datagramFlow(fd, handler, options = {}) {
      checkHandler(handler, "datagram");
      const descriptor = handOver("datagramFlow", fd);
      const port = new StackDatagramPort(descriptor.description.socket, options.maxBytes ?? DEFAULT_MAX_BYTES);
      return handedOver(descriptor, new DatagramPushFlow(made(descriptor), port, handler, options));
    },
  } satisfies Partial<Kernel>;
}
