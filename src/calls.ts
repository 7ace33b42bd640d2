import { createHost, type HostKernel } from "./host/host.ts";

/**
 * The machine's own Linux kernel, as a value: give it to a program that takes a kernel.
 * It opens nothing, and loads no native code, before the first call.
 */
export const host: HostKernel = createHost();

/* The same calls by their textbook names. */

/** Opens a socket: socket(2). See `Kernel.socket`. */
export const socket: HostKernel["socket"] = host.socket;
/** Opens two sockets that are connected with each other: socketpair(2). See `Kernel.socketpair`. */
export const socketpair: HostKernel["socketpair"] = host.socketpair;
/** Gives the socket its own address: bind(2). See `Kernel.bind`. */
export const bind: HostKernel["bind"] = host.bind;
/** Has the socket take connections: listen(2). See `Kernel.listen`. */
export const listen: HostKernel["listen"] = host.listen;
/** Ends one direction of a connection, or both: shutdown(2). See `Kernel.shutdown`. */
export const shutdown: HostKernel["shutdown"] = host.shutdown;
/** Closes the descriptor: close(2). See `Kernel.close`. */
export const close: HostKernel["close"] = host.close;
/** The socket's own address: getsockname(2). See `Kernel.getsockname`. */
export const getsockname: HostKernel["getsockname"] = host.getsockname;
/** The address of the other end: getpeername(2). See `Kernel.getpeername`. */
export const getpeername: HostKernel["getpeername"] = host.getpeername;
/** Reads an option: getsockopt(2). See `Kernel.getsockopt`. */
export const getsockopt: HostKernel["getsockopt"] = host.getsockopt;
/** Sets an option: setsockopt(2). See `Kernel.setsockopt`. */
export const setsockopt: HostKernel["setsockopt"] = host.setsockopt;
/** Waits for a connection and takes it: accept4(2). See `Kernel.accept`. */
export const accept: HostKernel["accept"] = host.accept;
/** Connects the socket: connect(2). See `Kernel.connect`. */
export const connect: HostKernel["connect"] = host.connect;
/** Sends bytes on a connected socket: send(2). See `Kernel.send`. */
export const send: HostKernel["send"] = host.send;
/** Receives into a buffer: recv(2). See `Kernel.recv`. */
export const recv: HostKernel["recv"] = host.recv;
/** Sends to an address: sendto(2). See `Kernel.sendto`. */
export const sendto: HostKernel["sendto"] = host.sendto;
/** Receives, and says from whom: recvfrom(2). See `Kernel.recvfrom`. */
export const recvfrom: HostKernel["recvfrom"] = host.recvfrom;
/** Sends buffers and control messages: sendmsg(2). See `Kernel.sendmsg`. */
export const sendmsg: HostKernel["sendmsg"] = host.sendmsg;
/** Receives buffers and control messages: recvmsg(2). See `Kernel.recvmsg`. */
export const recvmsg: HostKernel["recvmsg"] = host.recvmsg;
/** Sends many messages: sendmmsg(2). See `Kernel.sendmmsg`. */
export const sendmmsg: HostKernel["sendmmsg"] = host.sendmmsg;
/** Receives many messages: recvmmsg(2). See `Kernel.recvmmsg`. */
export const recvmmsg: HostKernel["recvmmsg"] = host.recvmmsg;
/** Reads from a descriptor: read(2). See `Kernel.read`. */
export const read: HostKernel["read"] = host.read;
/** Writes to a descriptor: write(2). See `Kernel.write`. */
export const write: HostKernel["write"] = host.write;
/** Reads into several buffers: readv(2). See `Kernel.readv`. */
export const readv: HostKernel["readv"] = host.readv;
/** Writes several buffers: writev(2). See `Kernel.writev`. */
export const writev: HostKernel["writev"] = host.writev;
/** Sends from a file to a socket: sendfile(2). See `Kernel.sendfile`. */
export const sendfile: HostKernel["sendfile"] = host.sendfile;
/** Waits until a descriptor has an event: poll(2). See `Kernel.poll`. */
export const poll: HostKernel["poll"] = host.poll;
/** Waits until a descriptor is ready: select(2). See `Kernel.select`. */
export const select: HostKernel["select"] = host.select;
/** Another descriptor of the same thing: dup(2). See `Kernel.dup`. */
export const dup: HostKernel["dup"] = host.dup;
/** Asks or changes a descriptor: fcntl(2). See `Kernel.fcntl`. */
export const fcntl: HostKernel["fcntl"] = host.fcntl;
/** Asks a device: ioctl(2). See `Kernel.ioctl`. */
export const ioctl: HostKernel["ioctl"] = host.ioctl;
/** Looks a name up: getaddrinfo(3). See `Kernel.getaddrinfo`. */
export const getaddrinfo: HostKernel["getaddrinfo"] = host.getaddrinfo;
/** Finds the names of an address: getnameinfo(3). See `Kernel.getnameinfo`. */
export const getnameinfo: HostKernel["getnameinfo"] = host.getnameinfo;
/** The index of an interface: if_nametoindex(3). See `Kernel.if_nametoindex`. */
export const if_nametoindex: HostKernel["if_nametoindex"] = host.if_nametoindex;
/** The name of an interface: if_indextoname(3). See `Kernel.if_indextoname`. */
export const if_indextoname: HostKernel["if_indextoname"] = host.if_indextoname;
/** All interfaces: if_nameindex(3). See `Kernel.if_nameindex`. */
export const if_nameindex: HostKernel["if_nameindex"] = host.if_nameindex;
/** Waits for a connection and takes it, blocking the thread: accept4(2). See `BlockingCalls.acceptSync`. */
export const acceptSync: HostKernel["acceptSync"] = host.acceptSync;
/** Connects the socket, blocking the thread: connect(2). See `BlockingCalls.connectSync`. */
export const connectSync: HostKernel["connectSync"] = host.connectSync;
/** Sends bytes on a connected socket, blocking the thread: send(2). See `BlockingCalls.sendSync`. */
export const sendSync: HostKernel["sendSync"] = host.sendSync;
/** Receives into a buffer, blocking the thread: recv(2). See `BlockingCalls.recvSync`. */
export const recvSync: HostKernel["recvSync"] = host.recvSync;
/** Sends to an address, blocking the thread: sendto(2). See `BlockingCalls.sendtoSync`. */
export const sendtoSync: HostKernel["sendtoSync"] = host.sendtoSync;
/** Receives, and says from whom, blocking the thread: recvfrom(2). See `BlockingCalls.recvfromSync`. */
export const recvfromSync: HostKernel["recvfromSync"] = host.recvfromSync;
/** Sends buffers and control messages, blocking the thread: sendmsg(2). See `BlockingCalls.sendmsgSync`. */
export const sendmsgSync: HostKernel["sendmsgSync"] = host.sendmsgSync;
/** Receives buffers and control messages, blocking the thread: recvmsg(2). See `BlockingCalls.recvmsgSync`. */
export const recvmsgSync: HostKernel["recvmsgSync"] = host.recvmsgSync;
/** Sends many messages, blocking the thread: sendmmsg(2). See `BlockingCalls.sendmmsgSync`. */
export const sendmmsgSync: HostKernel["sendmmsgSync"] = host.sendmmsgSync;
/** Receives many messages, blocking the thread: recvmmsg(2). See `BlockingCalls.recvmmsgSync`. */
export const recvmmsgSync: HostKernel["recvmmsgSync"] = host.recvmmsgSync;
/** Reads from a descriptor, blocking the thread: read(2). See `BlockingCalls.readSync`. */
export const readSync: HostKernel["readSync"] = host.readSync;
/** Writes to a descriptor, blocking the thread: write(2). See `BlockingCalls.writeSync`. */
export const writeSync: HostKernel["writeSync"] = host.writeSync;
/** Reads into several buffers, blocking the thread: readv(2). See `BlockingCalls.readvSync`. */
export const readvSync: HostKernel["readvSync"] = host.readvSync;
/** Sends from a file to a socket, blocking the thread: sendfile(2). See `BlockingCalls.sendfileSync`. */
export const sendfileSync: HostKernel["sendfileSync"] = host.sendfileSync;
/** Writes several buffers, blocking the thread: writev(2). See `BlockingCalls.writevSync`. */
export const writevSync: HostKernel["writevSync"] = host.writevSync;
/** Waits until a descriptor has an event, blocking the thread: poll(2). See `BlockingCalls.pollSync`. */
export const pollSync: HostKernel["pollSync"] = host.pollSync;
/** Waits until a descriptor is ready, blocking the thread: select(2). See `BlockingCalls.selectSync`. */
export const selectSync: HostKernel["selectSync"] = host.selectSync;
/** Looks a name up, blocking the thread: getaddrinfo(3). See `BlockingCalls.getaddrinfoSync`. */
export const getaddrinfoSync: HostKernel["getaddrinfoSync"] = host.getaddrinfoSync;
/** Finds the names of an address, blocking the thread: getnameinfo(3). See `BlockingCalls.getnameinfoSync`. */
export const getnameinfoSync: HostKernel["getnameinfoSync"] = host.getnameinfoSync;
