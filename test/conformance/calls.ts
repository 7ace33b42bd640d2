import { AF_INET, AF_UNIX, FIONREAD, SOCK_STREAM, type BlockingCalls, type Kernel } from "../../src/index.ts";
import { ANY_PORT, bytes } from "./sockets.ts";

/* The calls, by what they take: each with one argument that a test gives wrongly, and others that are right. */

/** A call with an argument of a type that TypeScript would refuse. */
export type Call = (kernel: Kernel & BlockingCalls, fd: number, ...wrong: never[]) => unknown;

/** The calls with a descriptor, each with arguments that are right otherwise. */
export const DESCRIPTOR_CALLS: Readonly<Record<string, (kernel: Kernel & BlockingCalls, fd: number) => unknown>> = {
  bind: (kernel, fd) => kernel.bind(fd, ANY_PORT),
  listen: (kernel, fd) => kernel.listen(fd),
  shutdown: (kernel, fd) => kernel.shutdown(fd, 2),
  close: (kernel, fd) => kernel.close(fd),
  getsockname: (kernel, fd) => kernel.getsockname(fd),
  getpeername: (kernel, fd) => kernel.getpeername(fd),
  getsockopt: (kernel, fd) => kernel.getsockopt(fd, 1, 3),
  setsockopt: (kernel, fd) => kernel.setsockopt(fd, 1, 2, true),
  dup: (kernel, fd) => kernel.dup(fd),
  fcntl: (kernel, fd) => kernel.fcntl(fd, 1),
  ioctl: (kernel, fd) => kernel.ioctl(fd, FIONREAD),
  ref: (kernel, fd) => kernel.ref(fd),
  unref: (kernel, fd) => kernel.unref(fd),
  flow: (kernel, fd) => kernel.flow(fd, { data() {} }),
  acceptFlow: (kernel, fd) => kernel.acceptFlow(fd, { connection() {} }),
  datagramFlow: (kernel, fd) => kernel.datagramFlow(fd, { datagram() {} }),
  accept: (kernel, fd) => kernel.accept(fd),
  connect: (kernel, fd) => kernel.connect(fd, ANY_PORT),
  send: (kernel, fd) => kernel.send(fd, bytes("x")),
  recv: (kernel, fd) => kernel.recv(fd, new Uint8Array(1)),
  sendto: (kernel, fd) => kernel.sendto(fd, bytes("x"), 0, ANY_PORT),
  recvfrom: (kernel, fd) => kernel.recvfrom(fd, new Uint8Array(1)),
  sendmsg: (kernel, fd) => kernel.sendmsg(fd, { data: bytes("x") }),
  recvmsg: (kernel, fd) => kernel.recvmsg(fd, { data: new Uint8Array(1) }),
  sendmmsg: (kernel, fd) => kernel.sendmmsg(fd, [{ data: bytes("x") }]),
  recvmmsg: (kernel, fd) => kernel.recvmmsg(fd, [{ data: new Uint8Array(1) }]),
  read: (kernel, fd) => kernel.read(fd, new Uint8Array(1)),
  write: (kernel, fd) => kernel.write(fd, bytes("x")),
  readv: (kernel, fd) => kernel.readv(fd, [new Uint8Array(1)]),
  writev: (kernel, fd) => kernel.writev(fd, [bytes("x")]),
  select: (kernel, fd) => kernel.select([fd], [], [], 0),
};

export const BLOCKING_CALLS: Readonly<Record<string, (kernel: Kernel & BlockingCalls, fd: number) => unknown>> = {
  acceptSync: (kernel, fd) => kernel.acceptSync(fd),
  connectSync: (kernel, fd) => kernel.connectSync(fd, ANY_PORT),
  sendSync: (kernel, fd) => kernel.sendSync(fd, bytes("x")),
  recvSync: (kernel, fd) => kernel.recvSync(fd, new Uint8Array(1)),
  sendtoSync: (kernel, fd) => kernel.sendtoSync(fd, bytes("x"), 0, ANY_PORT),
  recvfromSync: (kernel, fd) => kernel.recvfromSync(fd, new Uint8Array(1)),
  sendmsgSync: (kernel, fd) => kernel.sendmsgSync(fd, { data: bytes("x") }),
  recvmsgSync: (kernel, fd) => kernel.recvmsgSync(fd, { data: new Uint8Array(1) }),
  sendmmsgSync: (kernel, fd) => kernel.sendmmsgSync(fd, [{ data: bytes("x") }]),
  recvmmsgSync: (kernel, fd) => kernel.recvmmsgSync(fd, [{ data: new Uint8Array(1) }]),
  readSync: (kernel, fd) => kernel.readSync(fd, new Uint8Array(1)),
  writeSync: (kernel, fd) => kernel.writeSync(fd, bytes("x")),
  readvSync: (kernel, fd) => kernel.readvSync(fd, [new Uint8Array(1)]),
  writevSync: (kernel, fd) => kernel.writevSync(fd, [bytes("x")]),
  selectSync: (kernel, fd) => kernel.selectSync([fd], [], [], 0),
};

/** The calls that take memory; the memory is their second argument. */
export const BYTES_CALLS: Readonly<Record<string, Call>> = {
  send: (kernel, fd, data) => kernel.send(fd, data),
  recv: (kernel, fd, data) => kernel.recv(fd, data),
  sendto: (kernel, fd, data) => kernel.sendto(fd, data, 0, undefined),
  recvfrom: (kernel, fd, data) => kernel.recvfrom(fd, data),
  sendmsg: (kernel, fd, data) => kernel.sendmsg(fd, { data: [bytes("x"), data] }),
  recvmsg: (kernel, fd, data) => kernel.recvmsg(fd, { data: [new Uint8Array(1), data] }),
  sendmmsg: (kernel, fd, data) => kernel.sendmmsg(fd, [{ data: [data] }]),
  recvmmsg: (kernel, fd, data) => kernel.recvmmsg(fd, [{ data: [data] }]),
  read: (kernel, fd, data) => kernel.read(fd, data),
  write: (kernel, fd, data) => kernel.write(fd, data),
  readv: (kernel, fd, data) => kernel.readv(fd, [new Uint8Array(1), data]),
  writev: (kernel, fd, data) => kernel.writev(fd, [bytes("x"), data]),
};

export const BLOCKING_BYTES_CALLS: Readonly<Record<string, Call>> = {
  sendSync: (kernel, fd, data) => kernel.sendSync(fd, data),
  recvSync: (kernel, fd, data) => kernel.recvSync(fd, data),
  sendtoSync: (kernel, fd, data) => kernel.sendtoSync(fd, data, 0, undefined),
  recvfromSync: (kernel, fd, data) => kernel.recvfromSync(fd, data),
  sendmsgSync: (kernel, fd, data) => kernel.sendmsgSync(fd, { data: [data] }),
  recvmsgSync: (kernel, fd, data) => kernel.recvmsgSync(fd, { data: [data] }),
  readSync: (kernel, fd, data) => kernel.readSync(fd, data),
  writeSync: (kernel, fd, data) => kernel.writeSync(fd, data),
  readvSync: (kernel, fd, data) => kernel.readvSync(fd, [data]),
  writevSync: (kernel, fd, data) => kernel.writevSync(fd, [data]),
};

/** The calls that take flags, or another integer. */
export const INTEGER_CALLS: Readonly<Record<string, Call>> = {
  "send's flags": (kernel, fd, flags) => kernel.send(fd, bytes("x"), flags),
  "recv's flags": (kernel, fd, flags) => kernel.recv(fd, new Uint8Array(1), flags),
  "sendto's flags": (kernel, fd, flags) => kernel.sendto(fd, bytes("x"), flags, undefined),
  "recvfrom's flags": (kernel, fd, flags) => kernel.recvfrom(fd, new Uint8Array(1), flags),
  "sendmsg's flags": (kernel, fd, flags) => kernel.sendmsg(fd, { data: bytes("x") }, flags),
  "recvmsg's flags": (kernel, fd, flags) => kernel.recvmsg(fd, { data: new Uint8Array(1) }, flags),
  "sendmmsg's flags": (kernel, fd, flags) => kernel.sendmmsg(fd, [{ data: bytes("x") }], flags),
  "recvmmsg's flags": (kernel, fd, flags) => kernel.recvmmsg(fd, [{ data: new Uint8Array(1) }], flags),
  "accept's flags": (kernel, fd, flags) => kernel.accept(fd, { flags }),
  "listen's backlog": (kernel, fd, backlog) => kernel.listen(fd, backlog),
  "fcntl's command": (kernel, fd, command) => kernel.fcntl(fd, command),
  "fcntl's argument": (kernel, fd, argument) => kernel.fcntl(fd, 0, argument),
  "ioctl's request": (kernel, fd, request) => kernel.ioctl(fd, request),
  "socket's family": (kernel, _fd, family) => kernel.socket(family, SOCK_STREAM),
  "socket's type": (kernel, _fd, type) => kernel.socket(AF_INET, type),
  "socket's protocol": (kernel, _fd, protocol) => kernel.socket(AF_INET, SOCK_STREAM, protocol),
  "socketpair's family": (kernel, _fd, family) => kernel.socketpair(family, SOCK_STREAM),
  "socketpair's type": (kernel, _fd, type) => kernel.socketpair(AF_UNIX, type),
  "getsockopt's level": (kernel, fd, level) => kernel.getsockopt(fd, level, 1),
  "getsockopt's name": (kernel, fd, name) => kernel.getsockopt(fd, 1, name),
  "setsockopt's level": (kernel, fd, level) => kernel.setsockopt(fd, level, 2, true as never),
  "setsockopt's name": (kernel, fd, name) => kernel.setsockopt(fd, 1, name, true as never),
  "poll's events": (kernel, fd, events) => kernel.poll([{ fd, events }], 0),
};

export const ADDRESS_CALLS: Readonly<Record<string, Call>> = {
  bind: (kernel, fd, address) => kernel.bind(fd, address),
  connect: (kernel, fd, address) => kernel.connect(fd, address),
  sendto: (kernel, fd, address) => kernel.sendto(fd, bytes("x"), 0, address),
  sendmsg: (kernel, fd, address) => kernel.sendmsg(fd, { data: bytes("x"), address }),
  sendmmsg: (kernel, fd, address) => kernel.sendmmsg(fd, [{ data: bytes("x"), address }]),
};
