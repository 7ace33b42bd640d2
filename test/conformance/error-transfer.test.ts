import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_OOB,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
  type BlockingCalls,
  type Kernel,
  type SocketAddress,
} from "../../src/index.ts";
import { conformance, type Context, type DefineTest } from "./conformance.ts";
import { checkError, errorCases, type Attempt, type ErrorCase } from "./errors.ts";
import type { Capability } from "./kernels.ts";
import { ANY_PORT, ANY_PORT6, bytes, datagramSocket, listener, reset, tcpPair, unixPair } from "./sockets.ts";

type Send = (kernel: Kernel, fd: number, flags: number, data: Uint8Array) => unknown;
type SendSync = (kernel: BlockingCalls, fd: number, flags: number, data: Uint8Array) => unknown;

interface SendCall {
  readonly send: Send;
  readonly sync: SendSync;
  /** False for write and writev. */
  readonly hasFlags: boolean;
}

const SENDS: Readonly<Record<string, SendCall>> = {
  send: {
    send: (kernel, fd, flags, data) => kernel.send(fd, data, flags),
    sync: (kernel, fd, flags, data) => kernel.sendSync(fd, data, flags),
    hasFlags: true,
  },
  sendto: {
    send: (kernel, fd, flags, data) => kernel.sendto(fd, data, flags, undefined),
    sync: (kernel, fd, flags, data) => kernel.sendtoSync(fd, data, flags, undefined),
    hasFlags: true,
  },
  sendmsg: {
    send: (kernel, fd, flags, data) => kernel.sendmsg(fd, { data }, flags),
    sync: (kernel, fd, flags, data) => kernel.sendmsgSync(fd, { data }, flags),
    hasFlags: true,
  },
  sendmmsg: {
    send: (kernel, fd, flags, data) => kernel.sendmmsg(fd, [{ data }], flags),
    sync: (kernel, fd, flags, data) => kernel.sendmmsgSync(fd, [{ data }], flags),
    hasFlags: true,
  },
  write: {
    send: (kernel, fd, _flags, data) => kernel.write(fd, data),
    sync: (kernel, fd, _flags, data) => kernel.writeSync(fd, data),
    hasFlags: false,
  },
  writev: {
    send: (kernel, fd, _flags, data) => kernel.writev(fd, [data]),
    sync: (kernel, fd, _flags, data) => kernel.writevSync(fd, [data]),
    hasFlags: false,
  },
};

const RECEIVES: Readonly<Record<string, SendCall>> = {
  recv: {
    send: (kernel, fd, flags, data) => kernel.recv(fd, data, flags),
    sync: (kernel, fd, flags, data) => kernel.recvSync(fd, data, flags),
    hasFlags: true,
  },
  recvfrom: {
    send: (kernel, fd, flags, data) => kernel.recvfrom(fd, data, flags),
    sync: (kernel, fd, flags, data) => kernel.recvfromSync(fd, data, flags),
    hasFlags: true,
  },
  recvmsg: {
    send: (kernel, fd, flags, data) => kernel.recvmsg(fd, { data }, flags),
    sync: (kernel, fd, flags, data) => kernel.recvmsgSync(fd, { data }, flags),
    hasFlags: true,
  },
  recvmmsg: {
    send: (kernel, fd, flags, data) => kernel.recvmmsg(fd, [{ data }], flags),
    sync: (kernel, fd, flags, data) => kernel.recvmmsgSync(fd, [{ data }], flags),
    hasFlags: true,
  },
  read: {
    send: (kernel, fd, _flags, data) => kernel.read(fd, data),
    sync: (kernel, fd, _flags, data) => kernel.readSync(fd, data),
    hasFlags: false,
  },
  readv: {
    send: (kernel, fd, _flags, data) => kernel.readv(fd, [data]),
    sync: (kernel, fd, _flags, data) => kernel.readvSync(fd, [data]),
    hasFlags: false,
  },
};

interface Row {
  readonly code: ErrorCase["code"];
  readonly when: string;
  readonly needs?: readonly Capability[];
  readonly make: (t: Context) => Promise<number> | number;
  /** Flags, for which write and read have no room. */
  readonly flags?: number;
  readonly data?: Uint8Array;
  /** Not for write and read, for which the case is another. */
  readonly socketsOnly?: boolean;
}

function table(test: DefineTest, calls: Readonly<Record<string, SendCall>>, rows: readonly Row[]): void {
  for (const [syscall, { send, sync, hasFlags }] of Object.entries(calls)) {
    const cases = rows
      .filter(({ flags, socketsOnly }) => hasFlags || (flags === undefined && socketsOnly !== true))
      .map(({ code, when, needs = [], make, flags = 0, data = new Uint8Array(1) }): ErrorCase => {
        const attempt = async (t: Context): Promise<Attempt> => {
          const fd = await make(t);
          return { call: (k) => send(k, fd, flags, data), blocking: (k) => sync(k, fd, flags, data) };
        };
        return { syscall, waits: true, code, when, needs, make: attempt };
      });
    errorCases(test, cases);
  }
}

function closedNumber(t: Context): number {
  const fd = t.socket(AF_INET, SOCK_STREAM);
  t.kernel.close(fd);
  return fd;
}

function folder(t: Context): number {
  const fd = openSync(t.directory(), "r");
  t.after(() => closeSync(fd));
  return fd;
}

/** A connected datagram socket to whom nobody's ICMP message has come. */
async function refusedDatagrams(t: Context): Promise<number> {
  const { fd, address } = datagramSocket(t);
  t.kernel.close(fd);
  const one = t.socket(AF_INET, SOCK_DGRAM);
  await t.kernel.connect(one, address);
  await t.kernel.send(one, bytes("anyone?"));
  await t.kernel.poll([{ fd: one, events: 0 }]);
  return one;
}

async function resetConnection(t: Context): Promise<number> {
  const [one, other] = await tcpPair(t);
  reset(t, other);
  await t.kernel.poll([{ fd: one, events: 0 }]);
  return one;
}

conformance("errors of the calls that send", (test) => {
  table(test, SENDS, [
    { code: "EBADF", when: "a closed descriptor", make: closedNumber },
    { code: "ENOTSOCK", when: "a folder", needs: ["files"], make: folder, socketsOnly: true },
    { code: "EPIPE", when: "a stream that is not connected", make: (t) => t.socket(AF_INET, SOCK_STREAM) },
    { code: "ENOTCONN", when: "a Unix stream that is not connected", make: (t) => t.socket(AF_UNIX, SOCK_STREAM) },
    { code: "ENOTCONN", when: "Unix datagrams without a peer", make: (t) => t.socket(AF_UNIX, SOCK_DGRAM) },
    { code: "EDESTADDRREQ", when: "datagrams without a peer", make: (t) => t.socket(AF_INET, SOCK_DGRAM) },
    { code: "EPIPE", when: "a listener", make: (t) => listener(t).fd },
    { code: "ECONNRESET", when: "the peer has reset", make: resetConnection },
    { code: "ECONNREFUSED", when: "datagrams to nobody", make: refusedDatagrams },
    {
      code: "EPIPE",
      when: "after SHUT_WR",
      async make(t) {
        const [one] = await tcpPair(t);
        t.kernel.shutdown(one, SHUT_WR);
        return one;
      },
    },
    {
      code: "EMSGSIZE",
      when: "a datagram that is too long",
      data: new Uint8Array(70_000),
      async make(t) {
        const { fd, address } = datagramSocket(t);
        await t.kernel.connect(fd, address);
        return fd;
      },
    },
    {
      code: "EMSGSIZE",
      when: "a Unix datagram that is too long",
      data: new Uint8Array(8 << 20),
      make: (t) => unixPair(t, SOCK_DGRAM)[0],
    },
    {
      code: "EAGAIN",
      when: "MSG_DONTWAIT, and there is no room",
      flags: MSG_DONTWAIT,
      async make(t) {
        const [one] = unixPair(t);
        await t.kernel.send(one, new Uint8Array(16 << 20), MSG_DONTWAIT);
        return one;
      },
    },
    { code: "EOPNOTSUPP", when: "urgent datagrams", flags: MSG_OOB, make: connectedDatagrams },
  ]);
});

async function connectedDatagrams(t: Context): Promise<number> {
  const { fd, address } = datagramSocket(t);
  await t.kernel.connect(fd, address);
  return fd;
}

conformance("errors of the calls that receive", (test) => {
  table(test, RECEIVES, [
    { code: "EBADF", when: "a closed descriptor", make: closedNumber },
    { code: "ENOTSOCK", when: "a folder", needs: ["files"], make: folder, socketsOnly: true },
    { code: "ENOTCONN", when: "a stream that is not connected", make: (t) => t.socket(AF_INET, SOCK_STREAM) },
    { code: "ENOTCONN", when: "a listener", make: (t) => listener(t).fd },
    { code: "EINVAL", when: "a Unix stream that is not connected", make: (t) => t.socket(AF_UNIX, SOCK_STREAM) },
    { code: "ECONNRESET", when: "the peer has reset", make: resetConnection },
    { code: "ECONNREFUSED", when: "datagrams to nobody", make: refusedDatagrams },
    { code: "EAGAIN", when: "MSG_DONTWAIT, and nothing is there", flags: MSG_DONTWAIT, make: (t) => unixPair(t)[0] },
    { code: "EINVAL", when: "no urgent data", flags: MSG_OOB, make: async (t) => (await tcpPair(t))[0] },
  ]);

  errorCases(test, [
    {
      syscall: "read",
      code: "EISDIR",
      when: "a folder",
      needs: ["files"],
      waits: true,
      make(t) {
        const fd = folder(t);
        return { call: (k) => k.read(fd, new Uint8Array(1)), blocking: (k) => k.readSync(fd, new Uint8Array(1)) };
      },
    },
    {
      syscall: "write",
      code: "EBADF",
      when: "a folder, which is open to read",
      needs: ["files"],
      waits: true,
      make(t) {
        const fd = folder(t);
        return { call: (k) => k.write(fd, new Uint8Array(1)), blocking: (k) => k.writeSync(fd, new Uint8Array(1)) };
      },
    },
  ]);
});

/** sendto to an address, in both forms. */
function sendto(
  code: ErrorCase["code"],
  when: string,
  address: SocketAddress,
  makeFd: (t: Context) => Promise<number> | number,
): ErrorCase {
  return {
    syscall: "sendto",
    waits: true,
    code,
    when,
    address,
    async make(t) {
      const fd = await makeFd(t);
      return {
        call: (k) => k.sendto(fd, bytes("x"), 0, address),
        blocking: (k) => k.sendtoSync(fd, bytes("x"), 0, address),
      };
    },
  };
}

conformance("errors of sendto with an address", (test) => {
  const udp = (t: Context): number => t.socket(AF_INET, SOCK_DGRAM);
  errorCases(test, [
    sendto("EINVAL", "port 0", ANY_PORT, udp),
    sendto("EAFNOSUPPORT", "an IPv6 address", ANY_PORT6, udp),
    sendto("EACCES", "broadcast without SO_BROADCAST", { family: AF_INET, address: "255.255.255.255", port: 9 }, udp),
    sendto("EPIPE", "a stream that is not connected", { ...ANY_PORT, port: 9 }, (t) => t.socket(AF_INET, SOCK_STREAM)),
    sendto("ENOENT", "a path that is not there", { family: AF_UNIX, path: join("nowhere", "at", "all") }, (t) =>
      t.socket(AF_UNIX, SOCK_DGRAM),
    ),
    sendto("EISCONN", "a Unix stream that is connected", { family: AF_UNIX, path: "elsewhere" }, (t) => unixPair(t)[0]),
  ]);

  test("sendto EPROTOTYPE: a socket of another type", { needs: ["unix"] }, async (t) => {
    const { address } = listener(t, { family: AF_UNIX, path: join(t.directory(), "socket") });
    const fd = t.socket(AF_UNIX, SOCK_DGRAM);
    await assert.rejects(t.kernel.sendto(fd, bytes("x"), 0, address), (error) =>
      checkError(error, { syscall: "sendto", code: "EPROTOTYPE", address }),
    );
  });
});
