import assert from "node:assert/strict";
import { openSync } from "node:fs";
import {
  AF_INET,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLRDHUP,
  SHUT_WR,
  SOCK_STREAM,
  type PollEntry,
} from "../../src/index.ts";
import { conformance, type Context, type DefineTest } from "./conformance.ts";
import { pipe } from "./pipe.ts";
import {
  bytes,
  datagramSocket,
  isPending,
  listener,
  receiveAll,
  rejectsWith,
  tcpPair,
  throwsWith,
  nobody,
} from "./sockets.ts";

type Poll = (t: Context, entries: PollEntry[], timeoutMs?: number) => Promise<number> | number;

/** The events of one descriptor, as poll tells them. */
async function eventsOf(t: Context, poll: Poll, fd: number, events: number, timeoutMs = -1): Promise<number> {
  const entry = { fd, events, revents: -1 };
  const count = await poll(t, [entry], timeoutMs);
  assert.equal(count, entry.revents === 0 ? 0 : 1);
  return entry.revents;
}

/** What poll and its blocking twin tell of descriptors that are ready. */
function readyDescriptors(test: DefineTest, name: string, blocking: readonly "blocking"[], poll: Poll): void {
  test(`${name} with timeout 0 tells what is ready now`, { needs: blocking }, async (t) => {
    const [one, other] = await tcpPair(t);
    assert.equal(await eventsOf(t, poll, one, POLLIN, 0), 0);
    assert.equal(await eventsOf(t, poll, one, POLLIN | POLLOUT, 0), POLLOUT);
    await t.kernel.send(other, bytes("x"));
    assert.equal(await eventsOf(t, poll, one, POLLIN), POLLIN);
    assert.equal(await eventsOf(t, poll, one, POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
  });

  test(`${name} ends after its timeout with 0`, { needs: blocking }, async (t) => {
    const [one] = await tcpPair(t);
    assert.equal(await eventsOf(t, poll, one, POLLIN, 5), 0);
    assert.equal(await poll(t, [], 5), 0);
    assert.equal(await poll(t, [{ fd: -1, events: POLLIN }], 5), 0);
  });

  test(`${name} passes over negative descriptors`, { needs: blocking }, async (t) => {
    const [one] = await tcpPair(t);
    const entries = [
      { fd: -1, events: POLLIN, revents: 99 },
      { fd: one, events: POLLOUT, revents: 99 },
      { fd: -one, events: POLLIN, revents: 99 },
    ];
    assert.equal(await poll(t, entries), 1);
    assert.deepEqual(
      entries.map(({ revents }) => revents),
      [0, POLLOUT, 0],
    );
  });

  test(`${name} tells POLLNVAL of a closed descriptor`, { needs: blocking }, async (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.close(fd);
    assert.equal(await eventsOf(t, poll, fd, 0), POLLNVAL);
  });

  test(`${name} tells POLLRDHUP of a half-close, POLLHUP of both`, { needs: blocking }, async (t) => {
    const [one, other] = await tcpPair(t);
    t.kernel.shutdown(other, SHUT_WR);
    assert.equal(await eventsOf(t, poll, one, POLLRDHUP), POLLRDHUP);
    assert.equal(await eventsOf(t, poll, one, POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
    t.kernel.shutdown(one, SHUT_WR);
    assert.equal(await eventsOf(t, poll, one, 0), POLLHUP);
  });

  test(`${name} tells POLLERR and POLLHUP of a connection that was refused`, { needs: blocking }, async (t) => {
    const address = nobody(t);
    const client = t.socket(AF_INET, SOCK_STREAM | 0o4000);
    await rejectsWith(t.kernel.connect(client, address), "connect", "EINPROGRESS");
    assert.equal(await eventsOf(t, poll, client, POLLOUT), POLLOUT | POLLERR | POLLHUP);
  });

  test(`${name} tells POLLIN of a listener with a connection`, { needs: blocking }, async (t) => {
    const { fd, address } = listener(t);
    assert.equal(await eventsOf(t, poll, fd, POLLIN, 0), 0);
    await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), address);
    assert.equal(await eventsOf(t, poll, fd, POLLIN), POLLIN);
    await t.accept(fd);
    assert.equal(await eventsOf(t, poll, fd, POLLIN, 0), 0);
  });

  test(`${name} tells of pipes and files`, { needs: ["files", ...blocking] }, async (t) => {
    const [reader, writer] = pipe(t);
    assert.equal(await eventsOf(t, poll, reader, POLLIN, 0), 0);
    assert.equal(await eventsOf(t, poll, writer, POLLOUT), POLLOUT);
    await t.kernel.write(writer, bytes("x"));
    assert.equal(await eventsOf(t, poll, reader, POLLIN), POLLIN);
    t.kernel.close(writer);
    assert.equal(await eventsOf(t, poll, reader, POLLIN), POLLIN | POLLHUP);
    const file = t.own(openSync(import.meta.filename, "r"));
    assert.equal(await eventsOf(t, poll, file, POLLIN | POLLOUT), POLLIN | POLLOUT);
  });

  test(`${name} takes hundreds of entries, also of one descriptor twice`, { needs: blocking }, async (t) => {
    const sockets = Array.from({ length: 300 }, () => datagramSocket(t));
    const entries = sockets.map(({ fd }) => ({ fd, events: POLLIN, revents: 0 }));
    const [, second] = sockets;
    entries.push({ fd: second?.fd ?? -1, events: POLLIN | POLLOUT, revents: 0 });
    for (const index of [1, 299]) {
      const { fd, address } = sockets[index] ?? assert.fail();
      await t.kernel.sendto(fd, bytes("x"), 0, address);
    }
    assert.equal(await poll(t, entries), 3);
    assert.deepEqual(
      entries.flatMap(({ revents }, index) => (revents === 0 ? [] : [[index, revents]])),
      [
        [1, POLLIN],
        [299, POLLIN],
        [300, POLLIN | POLLOUT],
      ],
    );
  });
}

conformance("poll", (test) => {
  readyDescriptors(test, "poll", [], (t, entries, timeoutMs) => t.kernel.poll(entries, timeoutMs));
});

conformance("pollSync", (test) => {
  readyDescriptors(test, "pollSync", ["blocking"], (t, entries, timeoutMs) => t.blocking.pollSync(entries, timeoutMs));
});

conformance("poll while nothing is ready", (test) => {
  test("poll waits for the first event of any of its descriptors", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const [third, fourth] = await tcpPair(t);
    const entries = [
      { fd: one, events: POLLIN, revents: 0 },
      { fd: third, events: POLLIN, revents: 0 },
    ];
    const polling = t.kernel.poll(entries);
    assert.ok(await isPending(polling));
    await t.kernel.send(fourth, bytes("x"));
    assert.equal(await polling, 1);
    assert.deepEqual(
      entries.map(({ revents }) => revents),
      [0, POLLIN],
    );
    await t.kernel.send(other, bytes("x"));
  });

  test("poll waits for room to send", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const sending = t.kernel.send(one, new Uint8Array(16 << 20));
    const polling = t.kernel.poll([{ fd: one, events: POLLOUT }]);
    assert.ok(await isPending(polling));
    const received = receiveAll(t, other, 16 << 20);
    assert.equal(await polling, 1);
    await Promise.all([sending, received]);
  });

  test("poll without events waits for a hang-up", { needs: ["files"] }, async (t) => {
    const [reader, writer] = pipe(t);
    const entry = { fd: reader, events: 0, revents: 0 };
    const polling = t.kernel.poll([entry]);
    await t.kernel.write(writer, bytes("x"));
    assert.ok(await isPending(polling));
    t.kernel.close(writer);
    assert.equal(await polling, 1);
    assert.equal(entry.revents, POLLHUP);
  });

  test("poll waits for the end of a pipe's readers", { needs: ["files"] }, async (t) => {
    const [reader, writer] = pipe(t);
    const entry = { fd: writer, events: 0, revents: 0 };
    const polling = t.kernel.poll([entry]);
    assert.ok(await isPending(polling));
    t.kernel.close(reader);
    assert.equal(await polling, 1);
    assert.equal(entry.revents, POLLERR);
  });

  test("poll goes on while its events do not come, though others do", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const polling = t.kernel.poll([{ fd: one, events: POLLRDHUP }]);
    await t.kernel.send(other, bytes("x"));
    assert.ok(await isPending(polling));
    t.kernel.shutdown(other, SHUT_WR);
    assert.equal(await polling, 1);
  });

  test("many polls of one descriptor all end", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const polls = Array.from({ length: 20 }, () => t.kernel.poll([{ fd: one, events: POLLIN }]));
    assert.ok(await isPending(Promise.race(polls)));
    await t.kernel.send(other, bytes("x"));
    assert.deepEqual(
      await Promise.all(polls),
      polls.map(() => 1),
    );
  });
});

conformance("select", (test) => {
  test("select gives the descriptors that are ready, of each set", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const idle = datagramSocket(t).fd;
    await t.kernel.send(other, bytes("x"));
    await t.kernel.poll([{ fd: one, events: POLLIN }]);
    assert.deepEqual(await t.kernel.select([one, idle], [one, other], [one]), {
      read: [one],
      write: [one, other],
      except: [],
    });
    assert.deepEqual(await t.kernel.select(new Set([idle]), [], [], 0), { read: [], write: [], except: [] });
  });

  test("select waits, and ends after its timeout", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const selecting = t.kernel.select([one], [], []);
    assert.ok(await isPending(selecting));
    await t.kernel.send(other, bytes("x"));
    assert.deepEqual(await selecting, { read: [one], write: [], except: [] });
    assert.deepEqual(await t.kernel.select([other], [], [], 5), { read: [], write: [], except: [] });
    assert.deepEqual(await t.kernel.select([], [], [], 5), { read: [], write: [], except: [] });
  });

  test("the end of a stream is readable, so is a reset; a refused connection is writable too", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    t.kernel.close(other);
    assert.deepEqual((await t.kernel.select([one], [], [one])).read, [one]);
    const client = t.socket(AF_INET, SOCK_STREAM | 0o4000);
    const address = nobody(t);
    await rejectsWith(t.kernel.connect(client, address), "connect", "EINPROGRESS");
    assert.deepEqual(await t.kernel.select([client], [client], [client]), {
      read: [client],
      write: [client],
      except: [],
    });
  });

  test("select with a closed descriptor fails with EBADF", { needs: ["blocking"] }, async (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.close(fd);
    await rejectsWith(t.kernel.select([fd], [], []), "select", "EBADF");
    throwsWith(() => t.blocking.selectSync([fd], [], []), "select", "EBADF");
  });

  test("selectSync gives what is ready, or nothing after its timeout", { needs: ["blocking"] }, async (t) => {
    const [one, other] = await tcpPair(t);
    assert.deepEqual(t.blocking.selectSync([one, other], [one], [], 1000), { read: [], write: [one], except: [] });
    assert.deepEqual(t.blocking.selectSync([one, other], [], [one], 5), { read: [], write: [], except: [] });
  });

  test("select takes descriptors above 1023", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const high = t.own(t.kernel.fcntl(fd, 1030, 1500));
    await t.kernel.sendto(fd, bytes("x"), 0, address);
    assert.deepEqual((await t.kernel.select([high], [], [])).read, [high]);
  });
});
