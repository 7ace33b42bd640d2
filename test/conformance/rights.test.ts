import assert from "node:assert/strict";
import { fstatSync } from "node:fs";
import {
  AF_UNIX,
  controlValue,
  F_GETFD,
  FD_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_WAITALL,
  SCM_MAX_FD,
  SCM_RIGHTS,
  SO_COOKIE,
  SO_RCVBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  type ControlMessage,
  type ReceivedMessage,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, isPending, listener, receiveAll, rejectsWith, tcpPair, text, unixPair } from "./sockets.ts";

/** Room for the control message of so many descriptors: CMSG_SPACE. */
function roomFor(count: number): number {
  return 16 + Math.ceil(count / 2) * 8;
}

function rights(...fds: number[]): ControlMessage[] {
  return [{ level: SOL_SOCKET, type: SCM_RIGHTS, value: fds }];
}

/** The descriptors that came with a message, owned by the test. */
function descriptors(t: Context, { control }: ReceivedMessage): number[] {
  return (controlValue(control, SOL_SOCKET, SCM_RIGHTS) ?? []).map((fd) => t.own(fd));
}

/** A socket's identity, by whatever number. */
function cookie(t: Context, fd: number): bigint {
  return t.kernel.getsockopt(fd, SOL_SOCKET, SO_COOKIE);
}

async function pass(t: Context, from: number, to: number, ...fds: number[]): Promise<number[]> {
  await t.kernel.sendmsg(from, { data: bytes("!"), control: rights(...fds) });
  return descriptors(t, await t.kernel.recvmsg(to, { data: new Uint8Array(1), controlBytes: roomFor(fds.length) }));
}

conformance("passing descriptors", (test) => {
  for (const [type, name] of [
    [SOCK_STREAM, "stream"],
    [SOCK_DGRAM, "datagram"],
    [SOCK_SEQPACKET, "sequenced-packet"],
  ] as const) {
    test(
      `several descriptors pass a ${name} socket, as new numbers for the same sockets`,
      { needs: ["unix"] },
      async (t) => {
        const [one, other] = unixPair(t, type);
        const sent = [...unixPair(t), listener(t).fd, one];
        const received = await pass(t, one, other, ...sent);
        assert.deepEqual(
          received.map((fd) => cookie(t, fd)),
          sent.map((fd) => cookie(t, fd)),
        );
        assert.equal(new Set([...sent, ...received]).size, sent.length * 2);
        for (const fd of received) assert.equal(t.kernel.fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
      },
    );
  }

  test("a descriptor that its sender has closed lives on in the message", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const [client, server] = await tcpPair(t);
    await t.kernel.sendmsg(one, { data: bytes("!"), control: rights(server) });
    t.kernel.close(server);
    await t.kernel.send(client, bytes("on the way"));
    const [passed] = descriptors(t, await t.kernel.recvmsg(other, { data: new Uint8Array(1) }));
    assert.equal(text(await receiveAll(t, passed as number, 10)), "on the way");
  });

  test("calls wait on a descriptor that was received", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const { fd, address } = listener(t);
    const [passed] = await pass(t, one, other, fd);
    t.kernel.close(fd);
    const accepting = t.accept(passed as number);
    assert.ok(await isPending(accepting));
    const client = t.socket(address.family, SOCK_STREAM);
    await t.kernel.connect(client, address);
    assert.equal(t.kernel.getsockopt(await accepting, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  });

  test("a file's descriptor passes, too", { needs: ["unix", "files"] }, async (t) => {
    const [one, other] = unixPair(t);
    const [passed] = await pass(t, one, other, 0);
    const { dev, ino } = fstatSync(0);
    assert.deepEqual([fstatSync(passed as number).dev, fstatSync(passed as number).ino], [dev, ino]);
  });

  test(`${SCM_MAX_FD} descriptors pass at once, one more is too many`, { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const many = Array.from({ length: SCM_MAX_FD }, () => one);
    const received = await pass(t, one, other, ...many);
    assert.equal(received.length, SCM_MAX_FD);
    assert.ok(received.every((fd) => cookie(t, fd) === cookie(t, one)));
    await rejectsWith(t.kernel.sendmsg(one, { data: bytes("!"), control: rights(...many, one) }), "sendmsg", "EINVAL");
  });

  for (const [controlBytes, count] of [
    [0, 0],
    [16, 0],
    [19, 0],
    [20, 1],
    [24, 2],
    [31, 3],
  ] as const) {
    test(
      `of five descriptors ${count} fit into ${controlBytes} bytes; the others are closed`,
      { needs: ["unix"] },
      async (t) => {
        const [one, other] = unixPair(t);
        const open = t.openDescriptors().size;
        await t.kernel.sendmsg(one, { data: bytes("!"), control: rights(one, one, one, one, one) });
        const message = await t.kernel.recvmsg(other, { data: new Uint8Array(1), controlBytes });
        assert.equal(message.flags & MSG_CTRUNC, MSG_CTRUNC);
        assert.equal(descriptors(t, message).length, count);
        assert.equal(t.openDescriptors().size, open + count);
      },
    );
  }

  test("a plain receive closes the descriptors that come", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const open = t.openDescriptors();
    for (let count = 0; count < 3; count += 1) await t.kernel.sendmsg(one, { data: bytes("!"), control: rights(one) });
    await t.kernel.recv(other, new Uint8Array(1));
    await t.kernel.recvfrom(other, new Uint8Array(1));
    await t.kernel.readv(other, [new Uint8Array(1), new Uint8Array(1)]);
    assert.deepEqual(t.openDescriptors(), open);
  });

  test("MSG_PEEK gives descriptors, and the receive after it gives more", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    await t.kernel.sendmsg(one, { data: bytes("!"), control: rights(one) });
    const [peeked] = descriptors(t, await t.kernel.recvmsg(other, { data: new Uint8Array(1) }, MSG_PEEK));
    const [taken] = descriptors(t, await t.kernel.recvmsg(other, { data: new Uint8Array(1) }));
    assert.notEqual(peeked, taken);
    assert.equal(cookie(t, peeked as number), cookie(t, taken as number));
  });

  test("on a stream a receive ends at the descriptors, also with MSG_WAITALL", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    await t.kernel.send(one, bytes("plain"));
    await t.kernel.sendmsg(one, { data: bytes("with"), control: rights(one) });
    await t.kernel.send(one, bytes("after"));
    const data = new Uint8Array(14);
    const first = await t.kernel.recvmsg(other, { data }, MSG_WAITALL);
    assert.equal(text(data, first.bytes), "plainwith");
    assert.equal(descriptors(t, first).length, 1);
    assert.equal(text(await receiveAll(t, other, 5)), "after");
  });

  test("sendmsg in parts sends the descriptors once", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    t.kernel.setsockopt(other, SOL_SOCKET, SO_RCVBUF, 4096);
    const length = 2_000_000;
    const sending = t.kernel.sendmsg(one, { data: new Uint8Array(length), control: rights(one) });
    assert.ok(await isPending(sending));
    let received = 0;
    let passed = 0;
    while (received < length) {
      const message = await t.kernel.recvmsg(other, { data: new Uint8Array(65_536) });
      received += message.bytes;
      passed += descriptors(t, message).length;
    }
    assert.equal(await sending, length);
    assert.equal(passed, 1);
  });

  test("an aborted receive loses no descriptor", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const abort = new AbortController();
    const aborted = t.kernel.recvmsg(other, { data: new Uint8Array(1) }, 0, { signal: abort.signal });
    const sending = t.kernel.sendmsg(one, { data: bytes("!"), control: rights(one) });
    abort.abort();
    await assert.rejects(aborted, { name: "AbortError" });
    await sending;
    const message = await t.kernel.recvmsg(other, { data: new Uint8Array(1) });
    assert.equal(descriptors(t, message).length, 1);
  });

  test("each message of recvmmsg has its own descriptors", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_SEQPACKET);
    const [some] = unixPair(t);
    const sent = [rights(one), [], rights(some, one)].map((control) => ({ data: bytes("!"), control }));
    assert.equal(await t.kernel.sendmmsg(one, sent), 3);
    const messages = Array.from({ length: 4 }, () => ({ data: new Uint8Array(1) }));
    const received = (await t.kernel.recvmmsg(other, messages)).map((message) => descriptors(t, message));
    assert.deepEqual(
      received.map((fds) => fds.map((fd) => cookie(t, fd))),
      [[cookie(t, one)], [], [cookie(t, some), cookie(t, one)]],
    );
  });

  test("the blocking twins pass descriptors", { needs: ["unix", "blocking"] }, (t) => {
    const [one, other] = unixPair(t);
    t.blocking.sendmsgSync(one, { data: bytes("!"), control: rights(one, other) });
    const message = t.blocking.recvmsgSync(other, { data: new Uint8Array(1) });
    assert.equal(descriptors(t, message).length, 2);
  });

  test("errors: a closed descriptor, a socket that passes none", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const closed = rights(one, 0x7ffffff0);
    await rejectsWith(t.kernel.sendmsg(one, { data: bytes("!"), control: closed }), "sendmsg", "EBADF");
    await rejectsWith(t.kernel.recv(other, new Uint8Array(1), MSG_DONTWAIT), "recv", "EAGAIN");
    const [client, server] = await tcpPair(t);
    await t.kernel.sendmsg(client, { data: bytes("!"), control: rights(one) });
    assert.deepEqual((await t.kernel.recvmsg(server, { data: new Uint8Array(1) })).control, []);
  });

  test("a thread that is ended leaves no descriptor that it received", { needs: ["unix", "threads"] }, async (t) => {
    const [one, other] = unixPair(t);
    const [kept, given] = unixPair(t);
    const program = new URL("rights-thread-program.js", import.meta.url);
    const worker = t.kernel.workers?.thread(program, other);
    assert.ok(worker !== undefined);
    const taken = new Promise((resolve) => worker.onMessage(resolve));
    await t.kernel.sendmsg(one, { data: bytes("!"), control: rights(given) });
    t.kernel.close(given);
    assert.equal(await taken, "taken");
    const end = t.kernel.recv(kept, new Uint8Array(1));
    assert.ok(await isPending(end), "the thread has the other end");
    worker.terminate();
    await worker.exited;
    assert.equal(await end, 0, "nobody has it");
  });

  test("between processes, both ways", { needs: ["unix", "processes"] }, async (t) => {
    const program = new URL("rights-program.js", import.meta.url);
    const worker = t.kernel.workers?.process(program, "from elsewhere");
    assert.ok(worker !== undefined);
    const [kept, given] = t.socketpair(AF_UNIX, SOCK_STREAM);
    await t.kernel.sendmsg(worker.channel, { data: bytes("!"), control: rights(given) });
    t.kernel.close(given);
    assert.equal(text(await receiveAll(t, kept)), "from elsewhere");
    const [taken] = descriptors(t, await t.kernel.recvmsg(worker.channel, { data: new Uint8Array(1) }));
    assert.equal(text(await receiveAll(t, taken as number)), "from elsewhere");
    assert.equal(await worker.exited, 0);
  });
});
