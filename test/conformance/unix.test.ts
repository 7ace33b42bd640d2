import assert from "node:assert/strict";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import {
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_TRUNC,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type SocketAddress,
  type UnixAddress,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, isPending, listener, receiveAll, rejectsWith, text, throwsWith } from "./sockets.ts";

const UNNAMED: UnixAddress = { family: AF_UNIX, path: "" };
const TYPES = [
  ["a stream", SOCK_STREAM],
  ["a sequence of packets", SOCK_SEQPACKET],
] as const;

/** A name in the abstract namespace that nobody else has. */
function abstractName(t: Context): UnixAddress {
  return { family: AF_UNIX, path: `\0${t.directory().slice(1)}` };
}

function fileName(t: Context): UnixAddress {
  return { family: AF_UNIX, path: join(t.directory(), "socket") };
}

async function unixConnection(t: Context, address: SocketAddress, type: number): Promise<[number, number]> {
  const { fd } = listener(t, address, 5, type);
  const client = t.socket(AF_UNIX, type);
  await t.kernel.connect(client, address);
  return [client, await t.accept(fd)];
}

conformance("AF_UNIX connections", (test) => {
  for (const [what, type] of TYPES) {
    test(`${what} by a file's path`, { needs: ["unix"] }, async (t) => {
      const address = fileName(t);
      const [client, server] = await unixConnection(t, address, type);
      assert.deepEqual(t.kernel.getpeername(client), address);
      assert.deepEqual(t.kernel.getsockname(server), address);
      assert.deepEqual(t.kernel.getpeername(server), UNNAMED);
      await t.kernel.send(client, bytes("hello"));
      assert.equal(text(await receiveAll(t, server, 5)), "hello");
    });

    test(`the path of ${what} is a file`, { needs: ["unix", "files"] }, (t) => {
      const { address } = listener(t, fileName(t), 5, type);
      assert.ok(lstatSync(String((address as UnixAddress).path)).isSocket());
    });

    test(`${what} by an abstract name`, { needs: ["unix"] }, async (t) => {
      const address = abstractName(t);
      const [client, server] = await unixConnection(t, address, type);
      assert.deepEqual(t.kernel.getpeername(client), address);
      await t.kernel.send(server, bytes("hello"));
      assert.equal(text(await receiveAll(t, client, 5)), "hello");
    });

    test(`${what} of a pair has no names, and ends with the other end`, { needs: ["unix"] }, async (t) => {
      const [one, other] = t.socketpair(AF_UNIX, type);
      assert.deepEqual(t.kernel.getsockname(one), UNNAMED);
      assert.deepEqual(t.kernel.getpeername(one), UNNAMED);
      await t.kernel.send(one, bytes("x"));
      t.kernel.close(one);
      assert.equal(text(await receiveAll(t, other)), "x");
      await rejectsWith(t.kernel.send(other, bytes("y")), "send", "EPIPE");
    });
  }

  test("packets keep their bounds, a stream does not", { needs: ["unix"] }, async (t) => {
    for (const [type, first] of [
      [SOCK_STREAM, "onetwo"],
      [SOCK_SEQPACKET, "one"],
      [SOCK_DGRAM, "one"],
    ] as const) {
      const [one, other] = t.socketpair(AF_UNIX, type);
      await t.kernel.send(one, bytes("one"));
      await t.kernel.send(one, bytes("two"));
      const buffer = new Uint8Array(16);
      assert.equal(text(buffer, await t.kernel.recv(other, buffer)), first);
    }
  });

  test(
    "a packet longer than the buffer is cut, and MSG_TRUNC tells how long it was",
    { needs: ["unix"] },
    async (t) => {
      const [one, other] = t.socketpair(AF_UNIX, SOCK_SEQPACKET);
      await t.kernel.send(one, bytes("123456"));
      await t.kernel.send(one, bytes("123456"));
      const buffer = new Uint8Array(4);
      assert.equal(await t.kernel.recv(other, buffer), 4);
      assert.equal(await t.kernel.recv(other, buffer, MSG_TRUNC), 6);
    },
  );

  test("a full backlog makes connect wait until a connection is accepted", { needs: ["unix"] }, async (t) => {
    const { fd, address } = listener(t, abstractName(t), 0);
    const clients = [0, 1, 2].map(() => t.socket(AF_UNIX, SOCK_STREAM));
    const connecting = clients.map((client) => t.kernel.connect(client, address));
    const [first, second, third] = connecting as [Promise<void>, Promise<void>, Promise<void>];
    await first;
    assert.ok(await isPending(Promise.all([second, third])));
    await t.accept(fd);
    await t.accept(fd);
    await t.accept(fd);
    await Promise.all(connecting);
  });
});

conformance("AF_UNIX names", (test) => {
  test("a path that exists cannot be bound again, even after close", { needs: ["unix"] }, (t) => {
    const address = fileName(t);
    const { fd } = listener(t, address);
    throwsWith(() => t.kernel.bind(t.socket(AF_UNIX, SOCK_STREAM), address), "bind", "EADDRINUSE");
    t.kernel.close(fd);
    throwsWith(() => t.kernel.bind(t.socket(AF_UNIX, SOCK_STREAM), address), "bind", "EADDRINUSE");
  });

  test("an abstract name is free again after close", { needs: ["unix"] }, (t) => {
    const address = abstractName(t);
    const { fd } = listener(t, address);
    throwsWith(() => t.kernel.bind(t.socket(AF_UNIX, SOCK_STREAM), address), "bind", "EADDRINUSE");
    t.kernel.close(fd);
    t.kernel.bind(t.socket(AF_UNIX, SOCK_STREAM), address);
  });

  test("a path of 108 bytes fits, without a NUL at its end", { needs: ["unix"] }, async (t) => {
    const folder = t.directory();
    const address: UnixAddress = { family: AF_UNIX, path: join(folder, "x".repeat(108 - folder.length - 1)) };
    const { fd } = listener(t, address);
    assert.deepEqual(t.kernel.getsockname(fd), address);
    const client = t.socket(AF_UNIX, SOCK_STREAM);
    await t.kernel.connect(client, address);
    assert.deepEqual(t.kernel.getpeername(client), address);
  });

  test("an abstract name may hold any bytes, and all of them count", { needs: ["unix"] }, (t) => {
    const [one, other] = [t.socket(AF_UNIX, SOCK_STREAM), t.socket(AF_UNIX, SOCK_STREAM)];
    const { path } = abstractName(t);
    const name = Buffer.concat([Buffer.from(String(path)), Buffer.from([0, 0xff, 0])]);
    t.kernel.bind(one, { family: AF_UNIX, path: name });
    assert.deepEqual(t.kernel.getsockname(one), { family: AF_UNIX, path: Uint8Array.from(name) });
    t.kernel.bind(other, { family: AF_UNIX, path: name.subarray(0, -1) });
  });

  test("bind without a path makes an abstract name of five digits", { needs: ["unix"] }, (t) => {
    const fd = t.socket(AF_UNIX, SOCK_STREAM);
    assert.deepEqual(t.kernel.getsockname(fd), UNNAMED);
    t.kernel.bind(fd, UNNAMED);
    const name = t.kernel.getsockname(fd) as UnixAddress;
    assert.match(String(name.path), /^\0[0-9a-f]{5}$/);
  });
});

conformance("AF_UNIX datagrams", (test) => {
  test("a datagram tells its sender's path", { needs: ["unix"] }, async (t) => {
    const [from, to] = [fileName(t), fileName(t)];
    const [one, other] = [t.socket(AF_UNIX, SOCK_DGRAM), t.socket(AF_UNIX, SOCK_DGRAM)];
    t.kernel.bind(one, from);
    t.kernel.bind(other, to);
    await t.kernel.sendto(one, bytes("hi"), 0, to);
    assert.deepEqual(await t.kernel.recvfrom(other, new Uint8Array(8)), { bytes: 2, address: from });
  });

  test("a datagram of an unnamed socket has no sender", { needs: ["unix"] }, async (t) => {
    const to = abstractName(t);
    const other = t.socket(AF_UNIX, SOCK_DGRAM);
    t.kernel.bind(other, to);
    await t.kernel.sendto(t.socket(AF_UNIX, SOCK_DGRAM), bytes("hi"), 0, to);
    const { address } = await t.kernel.recvfrom(other, new Uint8Array(8));
    assert.equal(address, undefined);
  });

  test(
    "a connected datagram socket sends without an address, and refuses others' datagrams",
    { needs: ["unix"] },
    async (t) => {
      const [mine, theirs] = [abstractName(t), abstractName(t)];
      const [one, other, third] = [0, 0, 0].map(() => t.socket(AF_UNIX, SOCK_DGRAM)) as [number, number, number];
      t.kernel.bind(one, mine);
      t.kernel.bind(other, theirs);
      await t.kernel.connect(one, theirs);
      await t.kernel.send(one, bytes("a"));
      assert.deepEqual(await t.kernel.recvfrom(other, new Uint8Array(8)), { bytes: 1, address: mine });
      await rejectsWith(t.kernel.sendto(third, bytes("b"), 0, mine), "sendto", "EPERM");
    },
  );

  test("datagrams wait for room: nothing is dropped", { needs: ["unix"] }, async (t) => {
    const [one, other] = t.socketpair(AF_UNIX, SOCK_DGRAM);
    const count = 2000;
    const sending = (async () => {
      for (let index = 0; index < count; index += 1) await t.kernel.send(one, bytes(`${index}`));
    })();
    const buffer = new Uint8Array(16);
    for (let index = 0; index < count; index += 1) {
      assert.equal(text(buffer, await t.kernel.recv(other, buffer)), `${index}`);
    }
    await sending;
  });

  test("a datagram to a receiver that is full waits for its room", { needs: ["unix"] }, async (t) => {
    const address = abstractName(t);
    const [one, other] = [t.socket(AF_UNIX, SOCK_DGRAM), t.socket(AF_UNIX, SOCK_DGRAM)];
    t.kernel.bind(other, address);
    const fill = (): Promise<number> => t.kernel.sendto(one, bytes("fill"), MSG_DONTWAIT, address);
    while ((await fill().catch((error: { code: string }) => error.code)) !== "EAGAIN");
    const sending = t.kernel.sendto(one, bytes("waits"), 0, address);
    assert.ok(await isPending(sending));
    await t.kernel.recv(other, new Uint8Array(8));
    assert.equal(await sending, 5);
  });

  test("a datagram to a closed socket's path is refused", { needs: ["unix"] }, async (t) => {
    const address = fileName(t);
    const fd = t.socket(AF_UNIX, SOCK_DGRAM);
    t.kernel.bind(fd, address);
    t.kernel.close(fd);
    const sending = t.kernel.sendto(t.socket(AF_UNIX, SOCK_DGRAM), bytes("x"), 0, address);
    await assert.rejects(sending, {
      code: "ECONNREFUSED",
      syscall: "sendto",
      address: address.path,
      message: `sendto ECONNREFUSED ${String(address.path)}`,
    });
  });
});
