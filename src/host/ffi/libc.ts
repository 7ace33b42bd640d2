import { library, type NativeFunction, type Pointer } from "./library.ts";

/**
 * The C library's functions that dialtone calls: the whole list. Each returns what C returns; on -1 `lastErrno()` says
 * why, to be read before any other call.
 */
export interface Libc {
  accept4(fd: number, address: Pointer, length: Pointer, flags: number): number;
  bind(fd: number, address: Pointer, length: number): number;
  close(fd: number): number;
  connect(fd: number, address: Pointer, length: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epfd: number, operation: number, fd: number, event: Pointer): number;
  epoll_wait(epfd: number, events: Pointer, most: number, timeoutMs: number): number;
  eventfd(count: number, flags: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  freeaddrinfo(list: bigint): void;
  gai_strerror(error: number): bigint;
  getaddrinfo(node: Pointer, service: Pointer, hints: Pointer, result: Pointer): number;
  getnameinfo(
    address: Pointer,
    length: number,
    node: Pointer,
    nodeBytes: number,
    service: Pointer,
    serviceBytes: number,
    flags: number,
  ): number;
  getpeername(fd: number, address: Pointer, length: Pointer): number;
  getsockname(fd: number, address: Pointer, length: Pointer): number;
  getsockopt(fd: number, level: number, name: number, value: Pointer, length: Pointer): number;
  if_freenameindex(list: bigint): void;
  if_indextoname(index: number, name: Pointer): bigint | null;
  if_nameindex(): bigint | null;
  if_nametoindex(name: Pointer): number;
  // By syscall(2): the C library has no functions for them. The first argument is the call's number.
  io_uring_enter(
    call: number,
    ring: number,
    submit: number,
    complete: number,
    flags: number,
    argument: null,
    bytes: number,
  ): number;
  io_uring_register(call: number, ring: number, operation: number, argument: Pointer, count: number): number;
  io_uring_setup(call: number, entries: number, params: Pointer): number;
  ioctl(fd: number, request: number, argument: Pointer): number;
  listen(fd: number, backlog: number): number;
  lseek(fd: number, offset: number, whence: number): number;
  memcpy(to: Pointer, from: Pointer, bytes: number): bigint | number;
  open(path: Pointer, flags: number, mode: number): number;
  mmap(at: null, bytes: number, protection: number, flags: number, fd: number, offset: bigint): bigint | number;
  poll(entries: Pointer, count: number, timeoutMs: number): number;
  read(fd: number, buffer: Pointer, bytes: number): number;
  readv(fd: number, vectors: Pointer, count: number): number;
  recv(fd: number, buffer: Pointer, bytes: number, flags: number): number;
  recvfrom(fd: number, buffer: Pointer, bytes: number, flags: number, address: Pointer, length: Pointer): number;
  recvmmsg(fd: number, messages: Pointer, count: number, flags: number, timeout: null): number;
  recvmsg(fd: number, message: Pointer, flags: number): number;
  send(fd: number, data: Pointer, bytes: number, flags: number): number;
  sendfile(fd: number, file: number, offset: Pointer, bytes: number): number;
  sendmmsg(fd: number, messages: Pointer, count: number, flags: number): number;
  sendmsg(fd: number, message: Pointer, flags: number): number;
  sendto(fd: number, data: Pointer, bytes: number, flags: number, address: Pointer, length: number): number;
  setns(fd: number, kind: number): number;
  setsockopt(fd: number, level: number, name: number, value: Pointer, length: number): number;
  shmat(id: number, at: null, flags: number): bigint | number;
  shmctl(id: number, command: number, argument: null): number;
  shmget(key: number, bytes: number, flags: number): number;
  shutdown(fd: number, how: number): number;
  socket(family: number, type: number, protocol: number): number;
  socketpair(family: number, type: number, protocol: number, fds: Pointer): number;
  strlen(text: Pointer): number;
  unshare(flags: number): number;
  write(fd: number, data: Pointer, bytes: number): number;
  writev(fd: number, vectors: Pointer, count: number): number;
}

// `intptr_t` stands for ssize_t; `ioctl`, `fcntl` and `open` are variadic in C, their last argument is passed in a
// register all the same on the architectures that are supported (x64, arm64 Linux).
const declarations: Record<keyof Libc, string> = {
  accept4: "int accept4(int, void *, void *, int)",
  bind: "int bind(int, void *, uint32_t)",
  close: "int close(int)",
  connect: "int connect(int, void *, uint32_t)",
  epoll_create1: "int epoll_create1(int)",
  epoll_ctl: "int epoll_ctl(int, int, int, void *)",
  epoll_wait: "int epoll_wait(int, void *, int, int)",
  eventfd: "int eventfd(uint32_t, int)",
  fcntl: "int fcntl(int, int, intptr_t)",
  freeaddrinfo: "void freeaddrinfo(void *)",
  gai_strerror: "void *gai_strerror(int)",
  getaddrinfo: "int getaddrinfo(void *, void *, void *, void *)",
  getnameinfo: "int getnameinfo(void *, uint32_t, void *, uint32_t, void *, uint32_t, int)",
  getpeername: "int getpeername(int, void *, void *)",
  getsockname: "int getsockname(int, void *, void *)",
  getsockopt: "int getsockopt(int, int, int, void *, void *)",
  if_freenameindex: "void if_freenameindex(void *)",
  if_indextoname: "void *if_indextoname(uint32_t, void *)",
  if_nameindex: "void *if_nameindex()",
  if_nametoindex: "uint32_t if_nametoindex(void *)",
  io_uring_enter: "int syscall(long, uint32_t, uint32_t, uint32_t, uint32_t, void *, uintptr_t)",
  io_uring_register: "int syscall(long, uint32_t, uint32_t, void *, uint32_t)",
  io_uring_setup: "int syscall(long, uint32_t, void *)",
  ioctl: "int ioctl(int, uintptr_t, void *)",
  listen: "int listen(int, int)",
  lseek: "int64_t lseek(int, int64_t, int)",
  memcpy: "uintptr_t memcpy(void *, void *, uintptr_t)",
  open: "int open(void *, int, int)",
  mmap: "uintptr_t mmap(void *, uintptr_t, int, int, int, int64_t)",
  poll: "int poll(void *, uintptr_t, int)",
  read: "intptr_t read(int, void *, uintptr_t)",
  readv: "intptr_t readv(int, void *, int)",
  recv: "intptr_t recv(int, void *, uintptr_t, int)",
  recvfrom: "intptr_t recvfrom(int, void *, uintptr_t, int, void *, void *)",
  recvmmsg: "int recvmmsg(int, void *, uint32_t, int, void *)",
  recvmsg: "intptr_t recvmsg(int, void *, int)",
  send: "intptr_t send(int, void *, uintptr_t, int)",
  sendfile: "intptr_t sendfile(int, int, void *, uintptr_t)",
  sendmmsg: "int sendmmsg(int, void *, uint32_t, int)",
  sendmsg: "intptr_t sendmsg(int, void *, int)",
  sendto: "intptr_t sendto(int, void *, uintptr_t, int, void *, uint32_t)",
  setns: "int setns(int, int)",
  setsockopt: "int setsockopt(int, int, int, void *, uint32_t)",
  shmat: "uintptr_t shmat(int, void *, int)",
  shmctl: "int shmctl(int, int, void *)",
  shmget: "int shmget(int, uintptr_t, int)",
  shutdown: "int shutdown(int, int)",
  socket: "int socket(int, int, int)",
  socketpair: "int socketpair(int, int, int, void *)",
  strlen: "uintptr_t strlen(void *)",
  unshare: "int unshare(int)",
  write: "intptr_t write(int, void *, uintptr_t)",
  writev: "intptr_t writev(int, void *, int)",
};

type Functions = Record<string, (...args: unknown[]) => unknown>;

/** Binds every function; until the first call of any of them, each is a stand-in that does this and calls again. */
function bindAll(target: Functions): void {
  const { ffi, library: c } = library();
  for (const [name, declaration] of Object.entries(declarations)) target[name] = c.func(declaration);
  // errno's address is constant for a thread: reading it there costs a fifth of asking the FFI for it.
  const location = (c.func("void *__errno_location()") as () => bigint)();
  errnoCell = new Int32Array(ffi.view(location, 4));
}

let errnoCell: Int32Array = new Int32Array(1);

/** `errno` of the call just made. */
export function lastErrno(): number {
  return errnoCell[0] as number;
}

function standIns(): Libc {
  // A spread keeps V8's fast properties; properties that are added one by one make a slow dictionary of them.
  const target = { ...declarations } as unknown as Functions;
  for (const name of Object.keys(declarations)) {
    target[name] = (...args) => {
      bindAll(target);
      return (target[name] as NativeFunction)(...args);
    };
  }
  return target as unknown as Libc;
}

export const libc: Libc = standIns();

/** The function as the FFI gives it, for ffi/thread-pool.ts: its `.async` makes the call on another thread. */
export function boundFunction(name: keyof Libc): NativeFunction {
  if (!("async" in libc[name])) bindAll(libc as unknown as Functions);
  return libc[name] as unknown as NativeFunction;
}
