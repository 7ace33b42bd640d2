import * as argument from "./argument-text.ts";
import type { ArgumentText } from "./argument-text.ts";
import * as result from "./result-text.ts";
import type { ResultText } from "./result-text.ts";

/** How a call is told: its arguments in their order, and its result. */
export interface CallShape {
  readonly arguments: readonly ArgumentText[];
  readonly result: ResultText;
  /** The call is about the descriptor that is its first argument. */
  readonly onDescriptor: boolean;
}

const { any } = argument;

/** A call whose first argument is a descriptor. */
const on = (texts: readonly ArgumentText[], text: ResultText = result.zero): CallShape => ({
  arguments: [any, ...texts],
  result: text,
  onDescriptor: true,
});
const free = (texts: readonly ArgumentText[], text: ResultText): CallShape => ({
  arguments: texts,
  result: text,
  onDescriptor: false,
});

const waiting: Readonly<Record<string, CallShape>> = {
  accept: on([argument.acceptOptions], result.accepted),
  connect: on([argument.address]),
  send: on([argument.data, argument.lastFlags], result.value),
  recv: on([argument.buffer, argument.lastFlags], result.received),
  sendto: on([argument.data, argument.flags, argument.address], result.value),
  recvfrom: on([argument.buffer, argument.lastFlags], result.receivedFrom),
  sendmsg: on([argument.message, argument.lastFlags], result.value),
  recvmsg: on([argument.messageBuffers, argument.lastFlags], result.receivedMessage),
  sendmmsg: on([argument.messages, argument.lastFlags], result.value),
  recvmmsg: on([argument.messagesBuffers, argument.lastFlags], result.receivedMessages),
  read: on([argument.buffer], result.received),
  write: on([argument.data], result.value),
  readv: on([argument.bufferParts], result.received),
  writev: on([argument.dataParts], result.value),
  sendfile: on([any, any, any], result.value),
  poll: free([argument.pollEntries, any], result.polled),
  select: free([argument.descriptors, argument.descriptors, argument.descriptors, any], result.selected),
  getaddrinfo: free([any, any, argument.hints], result.addresses),
  getnameinfo: free([argument.address, any], result.value),
};

const plain: Readonly<Record<string, CallShape>> = {
  socket: free([argument.family, argument.type, argument.protocol], result.value),
  socketpair: free([argument.family, argument.type, argument.protocol], result.pair),
  bind: on([argument.address]),
  listen: on([any]),
  shutdown: on([argument.how]),
  close: on([]),
  getsockname: on([], result.address),
  getpeername: on([], result.address),
  getsockopt: on([argument.level, argument.option], result.value),
  setsockopt: on([argument.level, argument.option, argument.optionInput]),
  dup: on([], result.value),
  adopt: on([], result.value),
  detach: on([], result.value),
  fcntl: on([argument.command, any], result.value),
  ioctl: on([argument.request, any], result.value),
  if_nametoindex: free([any], result.value),
  if_indextoname: free([any], result.value),
  if_nameindex: free([], result.value),
};

/** Every call that is traced, by name; the blocking twins are told as the calls that they are. */
export const callShapes: ReadonlyMap<string, CallShape> = new Map<string, CallShape>([
  ...Object.entries(plain),
  ...Object.entries(waiting),
  ...Object.entries(waiting).map(([name, shape]): [string, CallShape] => [`${name}Sync`, shape]),
]);
