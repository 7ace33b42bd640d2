import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  AF_INET,
  AF_UNIX,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETOWN_EX,
  F_SETFD,
  F_SETFL,
  F_SETOWN_EX,
  FD_CLOEXEC,
  FIONBIO,
  O_NONBLOCK,
  O_RDWR,
  POLLOUT,
  SO_ERROR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  type Kernel,
} from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { fullListener } from "./full-listener.ts";
import { pipe } from "./pipe.ts";
import { bytes, isPending, listener, receiveAll, rejectsWith, tcpPair, throwsWith, unixPair } from "./sockets.ts";

const CALLS: readonly [string, (kernel: Kernel, fd: number) => Promise<unknown>][] = [
  ["recv", (kernel, fd) => kernel.recv(fd, new Uint8Array(1))],
  ["recvfrom", (kernel, fd) => kernel.recvfrom(fd, new Uint8Array(1))],
  ["recvmsg", (kernel, fd) => kernel.recvmsg(fd, { data: new Uint8Array(1) })],
  ["recvmmsg", (kernel, fd) => kernel.recvmmsg(fd, [{ data: new Uint8Array(1) }])],
  ["read", (kernel, fd) => kernel.read(fd, new Uint8Array(1))],
  ["readv", (kernel, fd) => kernel.readv(fd, [new Uint8Array(1)])],
];

/** The ways to make a descriptor non-blocking, and to undo it. */
const WAYS: readonly [string, (kernel: Kernel, fd: number, on: boolean) => void][] = [
  [
    "fcntl",
    (kernel, fd, on) => {
      const flags = kernel.fcntl(fd, F_GETFL);
      kernel.fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
    },
  ],
  ["FIONBIO", (kernel, fd, on) => void kernel.ioctl(fd, FIONBIO, on)],
];

conformance("non-blocking descriptors", (test) => {
  for (const [way, set] of WAYS) {
    for (const [call, receive] of CALLS) {
      test(`${way}: ${call} rejects with EAGAIN, and waits again when it is undone`, {}, async (t) => {
        const [one, other] = await tcpPair(t);
        set(t.kernel, other, true);
        await rejectsWith(receive(t.kernel, other), call, "EAGAIN");
        await t.kernel.send(one, bytes("x"));
        await t.kernel.poll([{ fd: other, events: 1 }]);
        await receive(t.kernel, other);
        set(t.kernel, other, false);
        const receiving = receive(t.kernel, other);
        assert.ok(await isPending(receiving));
        await t.kernel.send(one, bytes("x"));
        await receiving;
      });
    }

    test(`${way}: a send gives the part that fits, then EAGAIN`, {}, async (t) => {
      const [one, other] = await tcpPair(t);
      set(t.kernel, one, true);
      const data = new Uint8Array(32 << 20);
      let sent = await t.kernel.send(one, data);
      assert.ok(sent > 0 && sent < data.length);
      for (let more = 1; more > 0; sent += more) {
        more = await t.kernel.send(one, data).catch((error: unknown) => {
          assert.equal((error as { code: string }).code, "EAGAIN");
          return 0;
        });
      }
      t.kernel.close(one);
      assert.equal((await receiveAll(t, other)).length, sent);
    });

    test(`${way}: accept rejects with EAGAIN, also on a listener that had waited`, {}, async (t) => {
      const { fd, address } = listener(t);
      const accepting = t.accept(fd);
      await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), address);
      await accepting;
      set(t.kernel, fd, true);
      assert.equal(t.kernel.fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
      await rejectsWith(t.kernel.accept(fd), "accept", "EAGAIN");
      set(t.kernel, fd, false);
      assert.equal(t.kernel.fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
      const again = t.accept(fd);
      assert.ok(await isPending(again));
      await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), address);
      await again;
    });
  }

  test("connect rejects with EINPROGRESS; poll and SO_ERROR tell the end", {}, async (t) => {
    const { fd, address } = listener(t);
    const client = t.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    await assert.rejects(t.kernel.connect(client, address), { code: "EINPROGRESS", syscall: "connect" });
    assert.equal(await t.kernel.poll([{ fd: client, events: POLLOUT }]), 1);
    assert.equal(t.kernel.getsockopt(client, SOL_SOCKET, SO_ERROR), 0);
    await t.accept(fd);
  });

  test("connect tells EALREADY while it goes on", {}, async (t) => {
    const { address } = await fullListener(t);
    const client = t.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    await rejectsWith(t.kernel.connect(client, address), "connect", "EINPROGRESS");
    await rejectsWith(t.kernel.connect(client, address), "connect", "EALREADY");
  });

  test("connect to a full AF_UNIX backlog rejects with EAGAIN", { needs: ["unix"] }, async (t) => {
    const { address } = listener(t, { family: AF_UNIX, path: `\0${t.directory()}` }, 0);
    await t.kernel.connect(t.socket(AF_UNIX, SOCK_STREAM), address);
    const client = t.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK);
    await rejectsWith(t.kernel.connect(client, address), "connect", "EAGAIN");
  });

  test("duplicates share O_NONBLOCK, also after they waited", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const copy = t.own(t.kernel.dup(other));
    const receiving = t.kernel.recv(copy, new Uint8Array(1));
    await t.kernel.send(one, bytes("x"));
    await receiving;
    t.kernel.fcntl(other, F_SETFL, O_NONBLOCK);
    assert.equal(t.kernel.fcntl(copy, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    await rejectsWith(t.kernel.recv(copy, new Uint8Array(1)), "recv", "EAGAIN");
    t.kernel.ioctl(copy, FIONBIO, false);
    const again = t.kernel.recv(other, new Uint8Array(1));
    assert.ok(await isPending(again));
    await t.kernel.send(one, bytes("x"));
    await again;
  });

  test("a pipe's non-blocking ends reject with EAGAIN", { needs: ["files"] }, async (t) => {
    const [reader, writer] = pipe(t);
    t.kernel.fcntl(reader, F_SETFL, O_NONBLOCK);
    t.kernel.fcntl(writer, F_SETFL, O_NONBLOCK);
    await rejectsWith(t.kernel.read(reader, new Uint8Array(1)), "read", "EAGAIN");
    const written = await t.kernel.write(writer, new Uint8Array(1 << 20));
    assert.equal(written, 65536);
    await rejectsWith(t.kernel.write(writer, new Uint8Array(1)), "write", "EAGAIN");
  });
});

/** The flags as another program would see them. */
function flagsInTheKernel(fd: number): number {
  const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"));
  return Number.parseInt(flags?.[1] ?? "", 8);
}

conformance("fcntl", (test) => {
  test("F_SETFD sets FD_CLOEXEC, F_GETFD tells it", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    assert.equal(t.kernel.fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert.equal(t.kernel.fcntl(fd, F_SETFD, 0), 0);
    assert.equal(t.kernel.fcntl(fd, F_GETFD), 0);
    t.kernel.fcntl(fd, F_SETFD, FD_CLOEXEC);
    assert.equal(t.kernel.fcntl(fd, F_GETFD), FD_CLOEXEC);
  });

  test("F_GETFL tells O_RDWR, and O_NONBLOCK when it was set", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    assert.equal(t.kernel.fcntl(fd, F_GETFL), O_RDWR);
    t.kernel.fcntl(fd, F_SETFL, O_NONBLOCK);
    assert.equal(t.kernel.fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
    t.kernel.fcntl(fd, F_SETFL, 0);
    assert.equal(t.kernel.fcntl(fd, F_GETFL), O_RDWR);
  });

  test("calls that wait leave F_GETFL as it was", {}, async (t) => {
    const { fd, address } = listener(t);
    const accepting = t.accept(fd);
    const client = t.socket(AF_INET, SOCK_STREAM);
    await t.kernel.connect(client, address);
    const server = await accepting;
    const receiving = t.kernel.recv(server, new Uint8Array(1));
    await t.kernel.send(client, bytes("x"));
    await receiving;
    for (const one of [fd, client, server]) assert.equal(t.kernel.fcntl(one, F_GETFL), O_RDWR);
  });

  test("a listener that was accepted from gives a program its O_NONBLOCK when it sets it", {}, async (t) => {
    const { fd, address } = listener(t);
    const accepting = t.accept(fd);
    await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), address);
    await accepting;
    t.kernel.fcntl(fd, F_SETFL, t.kernel.fcntl(fd, F_GETFL) | O_NONBLOCK);
    assert.equal(t.kernel.fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
  });

  test("a command that takes an address is refused: an integer must not become one", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    const F_GETLK = 5; // linux/fcntl.h
    for (const command of [F_GETLK, F_SETOWN_EX, F_GETOWN_EX]) {
      assert.throws(() => t.kernel.fcntl(fd, command, 0x1000), { code: "ERR_INVALID_ARG_VALUE", message: /"command"/ });
    }
    throwsWith(() => t.kernel.fcntl(fd, 99_999), "fcntl", "EINVAL");
  });

  test("F_DUPFD_CLOEXEC and F_DUPFD give the lowest number from the one that is named", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const copy = t.own(t.kernel.fcntl(one, F_DUPFD_CLOEXEC, 500));
    assert.equal(copy, 500);
    assert.equal(t.kernel.fcntl(copy, F_GETFD), FD_CLOEXEC);
    const second = t.own(t.kernel.fcntl(one, F_DUPFD, 500));
    assert.equal(second, 501);
    assert.equal(t.kernel.fcntl(second, F_GETFD), 0);
    await t.kernel.send(copy, bytes("a"));
    await t.kernel.send(second, bytes("b"));
    assert.equal((await receiveAll(t, other, 2)).length, 2);
  });

  test("accept of what is no listener leaves its flags", { needs: ["files"] }, async (t) => {
    const [reader] = pipe(t);
    const socket = t.socket(AF_INET, SOCK_STREAM);
    await rejectsWith(t.kernel.accept(reader), "accept", "ENOTSOCK");
    await rejectsWith(t.kernel.accept(socket), "accept", "EINVAL");
    assert.equal(flagsInTheKernel(reader) & O_NONBLOCK, 0);
    assert.equal(flagsInTheKernel(socket) & O_NONBLOCK, 0);
  });

  test("fcntl of a closed descriptor, or with a command that is not there, fails", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    throwsWith(() => t.kernel.fcntl(fd, 123456), "fcntl", "EINVAL");
    throwsWith(() => t.kernel.fcntl(fd, F_DUPFD, -1), "fcntl", "EINVAL");
    t.kernel.close(fd);
    throwsWith(() => t.kernel.fcntl(fd, F_GETFL), "fcntl", "EBADF");
    throwsWith(() => t.kernel.fcntl(fd, F_SETFL, 0), "fcntl", "EBADF");
  });
});
