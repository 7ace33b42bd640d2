import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  FIONREAD,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SHUT_RDWR,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type SocketAddress,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { checkError, errorCases, type Attempt, type ErrorCase } from "./errors.ts";
import { ANY_PORT, ANY_PORT6, datagramSocket, listener, tcpPair } from "./sockets.ts";

const UNREACHABLE: SocketAddress = { family: AF_INET, address: "192.0.2.1", port: 0 };

function closedNumber(t: Context): number {
  const fd = t.socket(AF_INET, SOCK_STREAM);
  t.kernel.close(fd);
  return fd;
}

/** A descriptor that is no socket. */
function noSocket(t: Context): number {
  const fd = openSync(t.directory(), "r");
  t.after(() => closeSync(fd));
  return fd;
}

const tcp = (t: Context): number => t.socket(AF_INET, SOCK_STREAM);

/** The two errors that every call of a socket has. */
function descriptorCases(calls: Readonly<Record<string, (t: Context, fd: number) => Attempt>>): ErrorCase[] {
  return Object.entries(calls).flatMap(([syscall, call]): ErrorCase[] => [
    { syscall, code: "EBADF", when: "a closed descriptor", make: (t) => call(t, closedNumber(t)) },
    { syscall, code: "ENOTSOCK", when: "a folder", needs: ["files"], make: (t) => call(t, noSocket(t)) },
  ]);
}

conformance("errors of socket and socketpair", (test) => {
  const socket =
    (family: number, type: number, protocol = 0) =>
    (): Attempt => ({
      call: (kernel) => kernel.socket(family, type, protocol),
    });
  const socketpair =
    (family: number, type: number, protocol = 0) =>
    (): Attempt => ({
      call: (kernel) => kernel.socketpair(family, type, protocol),
    });
  errorCases(test, [
    { syscall: "socket", code: "EAFNOSUPPORT", when: "no such family", make: socket(255, SOCK_STREAM) },
    { syscall: "socket", code: "EAFNOSUPPORT", when: "a negative family", make: socket(-1, SOCK_STREAM) },
    { syscall: "socket", code: "EINVAL", when: "no such type", make: socket(AF_INET, 11) },
    { syscall: "socket", code: "EINVAL", when: "no such flag in the type", make: socket(AF_INET, SOCK_STREAM | 0x10) },
    { syscall: "socket", code: "ESOCKTNOSUPPORT", when: "a type that the family lacks", make: socket(AF_INET, 4) },
    {
      syscall: "socket",
      code: "EPROTONOSUPPORT",
      when: "a stream of UDP",
      make: socket(AF_INET, SOCK_STREAM, IPPROTO_UDP),
    },
    {
      syscall: "socket",
      code: "EPROTONOSUPPORT",
      when: "datagrams of TCP",
      make: socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP),
    },
    { syscall: "socket", code: "EINVAL", when: "a negative protocol", make: socket(AF_INET, SOCK_STREAM, -1) },
    {
      syscall: "socket",
      code: "EPROTONOSUPPORT",
      when: "a Unix protocol",
      needs: ["unix"],
      make: socket(AF_UNIX, SOCK_STREAM, 6),
    },
    { syscall: "socketpair", code: "EOPNOTSUPP", when: "AF_INET", make: socketpair(AF_INET, SOCK_STREAM) },
    { syscall: "socketpair", code: "EAFNOSUPPORT", when: "no such family", make: socketpair(255, SOCK_STREAM) },
    {
      syscall: "socketpair",
      code: "EPROTONOSUPPORT",
      when: "a Unix protocol",
      needs: ["unix"],
      make: socketpair(AF_UNIX, SOCK_STREAM, 6),
    },
    { syscall: "socketpair", code: "EINVAL", when: "no such type", needs: ["unix"], make: socketpair(AF_UNIX, 11) },
  ]);
});

conformance("errors of calls that need a socket", (test) => {
  errorCases(
    test,
    descriptorCases({
      listen: (_t, fd) => ({ call: (kernel) => kernel.listen(fd) }),
      getsockname: (_t, fd) => ({ call: (kernel) => kernel.getsockname(fd) }),
      getpeername: (_t, fd) => ({ call: (kernel) => kernel.getpeername(fd) }),
      shutdown: (_t, fd) => ({ call: (kernel) => kernel.shutdown(fd, SHUT_RDWR) }),
    }),
  );
  errorCases(test, [
    { syscall: "close", code: "EBADF", when: "a closed descriptor", make: (t) => ofFd(closedNumber(t), "close") },
    { syscall: "dup", code: "EBADF", when: "a closed descriptor", make: (t) => ofFd(closedNumber(t), "dup") },
    { syscall: "ioctl", code: "EBADF", when: "a closed descriptor", make: (t) => fionread(closedNumber(t)) },
    { syscall: "ioctl", code: "EINVAL", when: "FIONREAD of a listener", make: (t) => fionread(listener(t).fd) },
    { syscall: "getpeername", code: "ENOTCONN", when: "not connected", make: (t) => ofFd(tcp(t), "getpeername") },
    {
      syscall: "shutdown",
      code: "ENOTCONN",
      when: "not connected",
      make: (t) => ({ call: ({ shutdown }) => shutdown(tcp(t), 2) }),
    },
  ]);
});

const ofFd = (fd: number, call: "close" | "dup" | "getpeername" | "listen"): Attempt => ({
  call: (kernel) => kernel[call](fd),
});
const fionread = (fd: number): Attempt => ({ call: (kernel) => kernel.ioctl(fd, FIONREAD) });

conformance("errors of bind", (test) => {
  const bind =
    (address: SocketAddress | Uint8Array, make: (t: Context) => number = tcp) =>
    (t: Context): Attempt => {
      const fd = make(t);
      return { call: (kernel) => kernel.bind(fd, address) };
    };
  const bound = (t: Context): number => {
    const fd = tcp(t);
    t.kernel.bind(fd, ANY_PORT);
    return fd;
  };
  errorCases(test, [
    {
      syscall: "bind",
      code: "EBADF",
      when: "a closed descriptor",
      address: ANY_PORT,
      make: bind(ANY_PORT, closedNumber),
    },
    {
      syscall: "bind",
      code: "ENOTSOCK",
      when: "a folder",
      needs: ["files"],
      address: ANY_PORT,
      make: bind(ANY_PORT, noSocket),
    },
    { syscall: "bind", code: "EINVAL", when: "bound already", address: ANY_PORT, make: bind(ANY_PORT, bound) },
    {
      syscall: "bind",
      code: "EADDRNOTAVAIL",
      when: "another machine's address",
      address: UNREACHABLE,
      make: bind(UNREACHABLE),
    },
    { syscall: "bind", code: "EAFNOSUPPORT", when: "an IPv6 address", address: ANY_PORT6, make: bind(ANY_PORT6) },
    {
      syscall: "bind",
      code: "EINVAL",
      when: "too few bytes for the family",
      address: new Uint8Array([AF_INET, 0, 0, 80]),
      make: bind(new Uint8Array([AF_INET, 0, 0, 80])),
    },
    {
      syscall: "bind",
      code: "EINVAL",
      when: "an IPv4 address for an IPv6 socket",
      needs: ["ipv6"],
      address: ANY_PORT,
      make: bind(ANY_PORT, (t) => t.socket(AF_INET6, SOCK_STREAM)),
    },
    {
      syscall: "bind",
      code: "EINVAL",
      when: "an internet address for a Unix socket",
      needs: ["unix"],
      address: ANY_PORT,
      make: bind(ANY_PORT, (t) => t.socket(AF_UNIX, SOCK_STREAM)),
    },
  ]);
});

/** Paths at which no socket can be made, each in a folder of its own. */
const PATHS: readonly [ErrorCase["code"], string, (folder: string) => string][] = [
  ["ENOENT", "a folder that is not there", (folder) => join(folder, "nowhere", "socket")],
  ["EADDRINUSE", "a folder", (folder) => folder],
  [
    "EADDRINUSE",
    "a file",
    (folder) => {
      writeFileSync(join(folder, "file"), "");
      return join(folder, "file");
    },
  ],
  [
    "ENOTDIR",
    "a file as a folder",
    (folder) => {
      writeFileSync(join(folder, "file"), "");
      return join(folder, "file", "socket");
    },
  ],
  [
    "ELOOP",
    "links that go round",
    (folder) => {
      symlinkSync(join(folder, "a"), join(folder, "b"));
      symlinkSync(join(folder, "b"), join(folder, "a"));
      return join(folder, "a", "socket");
    },
  ],
  [
    "EADDRINUSE",
    "a link to nowhere",
    (folder) => {
      mkdirSync(join(folder, "deep"));
      symlinkSync(join(folder, "deep", "nowhere"), join(folder, "link"));
      return join(folder, "link");
    },
  ],
];

conformance("errors of bind: paths, and addresses in use", (test) => {
  for (const [code, when, makePath] of PATHS) {
    test(`bind ${code}: ${when}`, { needs: ["unix", "files"] }, (t) => {
      const address: SocketAddress = { family: AF_UNIX, path: makePath(t.directory()) };
      const fd = t.socket(AF_UNIX, SOCK_STREAM);
      check(() => t.kernel.bind(fd, address), { syscall: "bind", code, address });
    });
  }

  test("bind EADDRINUSE: another socket's port", {}, (t) => {
    for (const { address, type } of [
      { ...listener(t), type: SOCK_STREAM },
      { ...datagramSocket(t), type: SOCK_DGRAM },
    ]) {
      const fd = t.socket(AF_INET, type);
      check(() => t.kernel.bind(fd, address), { syscall: "bind", code: "EADDRINUSE", address });
    }
  });
});

conformance("errors of listen", (test) => {
  errorCases(test, [
    {
      syscall: "listen",
      code: "EOPNOTSUPP",
      when: "datagrams",
      make: (t) => ofFd(t.socket(AF_INET, SOCK_DGRAM), "listen"),
    },
    { syscall: "listen", code: "EINVAL", when: "connected", make: async (t) => ofFd((await tcpPair(t))[0], "listen") },
    {
      syscall: "listen",
      code: "EINVAL",
      when: "a Unix socket without a name",
      needs: ["unix"],
      make: (t) => ofFd(t.socket(AF_UNIX, SOCK_STREAM), "listen"),
    },
    {
      syscall: "listen",
      code: "EADDRINUSE",
      when: "another socket listens on the address that both may have",
      make(t) {
        const [one, other] = [tcp(t), tcp(t)];
        for (const fd of [one, other]) t.kernel.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, true);
        t.kernel.bind(one, ANY_PORT);
        t.kernel.bind(other, t.kernel.getsockname(one));
        t.kernel.listen(one);
        return ofFd(other, "listen");
      },
    },
  ]);
});

function check(work: () => unknown, expected: Pick<ErrorCase, "syscall" | "code" | "address">): void {
  assert.throws(work, (error) => checkError(error, expected));
}
