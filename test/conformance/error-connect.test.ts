import assert from "node:assert/strict";
import { closeSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AF_INET,
  AF_UNIX,
  IPPROTO_TCP,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  TCP_SYNCNT,
  TCP_USER_TIMEOUT,
  type SocketAddress,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { checkError, errorCases, type Attempt, type ErrorCase } from "./errors.ts";
import { fullListener } from "./full-listener.ts";
import { ANY_PORT, ANY_PORT6, listener, tcpPair, unixPair, nobody } from "./sockets.ts";

function closedNumber(t: Context): number {
  const fd = t.socket(AF_INET, SOCK_STREAM);
  t.kernel.close(fd);
  return fd;
}

function noSocket(t: Context): number {
  const fd = openSync(t.directory(), "r");
  t.after(() => closeSync(fd));
  return fd;
}

const connect = (fd: number, address: SocketAddress | Uint8Array): Attempt => ({
  call: (kernel) => kernel.connect(fd, address),
  blocking: (kernel) => kernel.connectSync(fd, address),
});

const accept = (fd: number): Attempt => ({
  call: (kernel) => kernel.accept(fd),
  blocking: (kernel) => kernel.acceptSync(fd),
});

/** Rows of connect whose address is known beforehand. */
const toAddress = (
  code: ErrorCase["code"],
  when: string,
  address: SocketAddress | Uint8Array,
  make: (t: Context) => number,
): ErrorCase => ({ syscall: "connect", waits: true, code, when, address, make: (t) => connect(make(t), address) });

const BROADCAST: SocketAddress = { family: AF_INET, address: "255.255.255.255", port: 9 };
const SHORT = new Uint8Array([AF_INET, 0, 0, 80]);
const tcp = (t: Context): number => t.socket(AF_INET, SOCK_STREAM);
const udp = (t: Context): number => t.socket(AF_INET, SOCK_DGRAM);

conformance("errors of connect", (test) => {
  errorCases(test, [
    toAddress("EBADF", "a closed descriptor", ANY_PORT, closedNumber),
    { ...toAddress("ENOTSOCK", "a folder", ANY_PORT, noSocket), needs: ["files"] },
    toAddress("EAFNOSUPPORT", "an IPv6 address", ANY_PORT6, tcp),
    toAddress("EAFNOSUPPORT", "an IPv6 address, for datagrams", ANY_PORT6, udp),
    toAddress("EINVAL", "too few bytes for the family", SHORT, tcp),
    toAddress("EACCES", "the broadcast address without SO_BROADCAST", BROADCAST, udp),
    toAddress("ENETUNREACH", "the broadcast address of a stream", BROADCAST, tcp),
  ]);

  /** Both forms, with an address that is known only when the sockets are made. */
  const both = (
    code: ErrorCase["code"],
    when: string,
    needs: readonly ("unix" | "files")[],
    make: (t: Context) => Promise<[number, SocketAddress]> | [number, SocketAddress],
  ): void => {
    test(`connect ${code}: ${when}`, { needs }, async (t) => {
      const [fd, address] = await make(t);
      const check = (error: unknown): true => checkError(error, { syscall: "connect", code, address });
      await assert.rejects(t.kernel.connect(fd, address), check);
    });
    test(`connectSync ${code}: ${when}`, { needs: ["blocking", ...needs] }, async (t) => {
      const [fd, address] = await make(t);
      const check = (error: unknown): true => checkError(error, { syscall: "connect", code, address });
      assert.throws(() => t.blocking.connectSync(fd, address), check);
    });
  };

  both("ECONNREFUSED", "nobody listens", [], (t) => {
    const address = nobody(t);
    return [tcp(t), address];
  });
  both("ECONNREFUSED", "nobody listens, on IPv6", [], (t) => {
    const address = nobody(t, ANY_PORT6);
    return [t.socket(ANY_PORT6.family, SOCK_STREAM), address];
  });
  both("EISCONN", "connected already", [], async (t) => {
    const [one] = await tcpPair(t);
    return [one, t.kernel.getpeername(one)];
  });
  both("EISCONN", "a listener", [], (t) => {
    const { fd, address } = listener(t);
    return [fd, address];
  });
  both("EINPROGRESS", "non-blocking, and not at once", [], async (t) => {
    const { address } = await fullListener(t);
    return [t.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK), address];
  });
  both("EALREADY", "non-blocking, and under way", [], async (t) => {
    const { address } = await fullListener(t);
    const fd = t.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    await assert.rejects(t.kernel.connect(fd, address), { code: "EINPROGRESS" });
    return [fd, address];
  });
  both("ETIMEDOUT", "nobody answers", [], async (t) => {
    const { address } = await fullListener(t);
    const fd = tcp(t);
    t.kernel.setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, 1);
    t.kernel.setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 50);
    return [fd, address];
  });

  both("ENOENT", "a path that is not there", ["unix"], (t) => [
    t.socket(AF_UNIX, SOCK_STREAM),
    { family: AF_UNIX, path: join(t.directory(), "nowhere") },
  ]);
  both("ECONNREFUSED", "an abstract name that nobody has", ["unix"], (t) => [
    t.socket(AF_UNIX, SOCK_STREAM),
    { family: AF_UNIX, path: `\0${t.directory()}` },
  ]);
  both("ECONNREFUSED", "a file that is no socket", ["unix", "files"], (t) => {
    const path = join(t.directory(), "file");
    writeFileSync(path, "");
    return [t.socket(AF_UNIX, SOCK_STREAM), { family: AF_UNIX, path }];
  });
  both("ENOTDIR", "a file as a folder", ["unix", "files"], (t) => {
    const path = join(t.directory(), "file");
    writeFileSync(path, "");
    return [t.socket(AF_UNIX, SOCK_STREAM), { family: AF_UNIX, path: join(path, "socket") }];
  });
  both("ELOOP", "a link to itself", ["unix", "files"], (t) => {
    const path = join(t.directory(), "link");
    symlinkSync(path, path);
    return [t.socket(AF_UNIX, SOCK_STREAM), { family: AF_UNIX, path }];
  });
  both("EPROTOTYPE", "a socket of another type", ["unix"], (t) => {
    const { address } = listener(t, { family: AF_UNIX, path: join(t.directory(), "socket") });
    return [t.socket(AF_UNIX, SOCK_SEQPACKET), address];
  });
  both("EISCONN", "an end of a pair", ["unix"], (t) => {
    const { address } = listener(t, { family: AF_UNIX, path: join(t.directory(), "socket") });
    return [unixPair(t)[0], address];
  });
  both("EINVAL", "a listener of Unix", ["unix"], (t) => {
    const { fd, address } = listener(t, { family: AF_UNIX, path: join(t.directory(), "socket") });
    return [fd, address];
  });
  both("EAGAIN", "non-blocking, and the backlog is full", ["unix"], async (t) => {
    const { address } = listener(t, { family: AF_UNIX, path: join(t.directory(), "socket") }, 0);
    await t.kernel.connect(t.socket(AF_UNIX, SOCK_STREAM), address);
    return [t.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK), address];
  });
});

conformance("errors of accept", (test) => {
  const row = (code: ErrorCase["code"], when: string, make: (t: Context) => Promise<number> | number): ErrorCase => ({
    syscall: "accept",
    waits: true,
    code,
    when,
    make: async (t) => accept(await make(t)),
  });
  errorCases(test, [
    row("EBADF", "a closed descriptor", closedNumber),
    { ...row("ENOTSOCK", "a folder", noSocket), needs: ["files"] },
    row("EOPNOTSUPP", "datagrams", udp),
    row("EINVAL", "not listening", tcp),
    row("EINVAL", "connected", async (t) => (await tcpPair(t))[0]),
    row("EAGAIN", "non-blocking, and nobody calls", (t) => {
      const fd = t.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
      t.kernel.listen(fd);
      return fd;
    }),
    {
      ...row("EINVAL", "no such flag", tcp),
      make(t) {
        const { fd } = listener(t);
        return {
          call: (kernel) => kernel.accept(fd, { flags: 1 }),
          blocking: (kernel) => kernel.acceptSync(fd, { flags: 1 }),
        };
      },
    },
  ]);
});
