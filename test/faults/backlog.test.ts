import assert from "node:assert/strict";
import { join } from "node:path";
import { AF_INET, AF_UNIX, SOCK_STREAM } from "../../src/index.ts";
import { conformance, type Context } from "../conformance/conformance.ts";
import { bytes, isPending, listener, rejectsWith, text } from "../conformance/sockets.ts";

/** Linux lets one connection more wait than listen(2) was asked for. */
const BACKLOG = 1;
const ROOM = BACKLOG + 1;

async function unixListener(t: Context): ReturnType<typeof fullListener> {
  const path = join(t.directory(), "socket");
  return fullListener(t, listener(t, { family: AF_UNIX, path }, BACKLOG));
}

/** A listener with as many connections as its backlog has room for, each of which has sent its number. */
async function fullListener(
  t: Context,
  { fd, address }: ReturnType<typeof listener>,
): Promise<ReturnType<typeof listener>> {
  for (let index = 0; index < ROOM; index += 1) {
    const client = t.socket(address.family, SOCK_STREAM);
    await t.kernel.connect(client, address);
    await t.kernel.send(client, bytes(String(index)));
  }
  return { fd, address };
}

/** Accepts a connection and receives the one byte that it sent. */
async function acceptedByte(t: Context, fd: number): Promise<string> {
  const buffer = new Uint8Array(8);
  return text(buffer, await t.kernel.recv(await t.accept(fd), buffer));
}

conformance("a full backlog", (test) => {
  test("has a connect over TCP wait, and go on when there is room", {}, async (t) => {
    const { fd, address } = await fullListener(t, listener(t, undefined, BACKLOG));
    const late = t.socket(AF_INET, SOCK_STREAM);
    const connecting = t.kernel.connect(late, address);
    assert.ok(await isPending(connecting));
    assert.equal(await acceptedByte(t, fd), "0");
    assert.equal(await acceptedByte(t, fd), "1");
    // The kernel asks the listener again after a second.
    await connecting;
    await t.kernel.send(late, bytes("L"));
    assert.equal(await acceptedByte(t, fd), "L");
  });

  test("has a connect over a Unix socket wait, and go on when there is room", { needs: ["unix"] }, async (t) => {
    const { fd, address } = await unixListener(t);
    const late = Array.from({ length: 3 }, () => t.socket(AF_UNIX, SOCK_STREAM));
    const connecting = late.map((socket) => t.kernel.connect(socket, address));
    assert.ok(await isPending(Promise.any(connecting)));
    for (let index = 0; index < ROOM; index += 1) assert.equal(await acceptedByte(t, fd), String(index));
    await Promise.any(connecting);
    for (let index = 0; index < late.length; index += 1) await t.accept(fd);
    await Promise.all(connecting);
  });

  test("a connect over a Unix socket that was aborted is not made later", { needs: ["unix"] }, async (t) => {
    const { fd, address } = await unixListener(t);
    const controller = new AbortController();
    const late = t.socket(AF_UNIX, SOCK_STREAM);
    const connecting = t.kernel.connect(late, address, { signal: controller.signal });
    assert.ok(await isPending(connecting));
    controller.abort();
    await assert.rejects(connecting, { name: "AbortError" });
    for (let index = 0; index < ROOM; index += 1) assert.equal(await acceptedByte(t, fd), String(index));
    assert.ok(await isPending(t.kernel.accept(fd).then((one) => t.own(one.fd))));
    assert.throws(() => t.kernel.getpeername(late), { code: "ENOTCONN" });
    // The socket can be used again.
    await t.kernel.connect(late, address);
  });

  test("a connect over TCP that was aborted leaves the socket as it was", {}, async (t) => {
    const { fd, address } = await fullListener(t, listener(t, undefined, BACKLOG));
    const controller = new AbortController();
    const late = t.socket(AF_INET, SOCK_STREAM);
    const connecting = t.kernel.connect(late, address, { signal: controller.signal });
    assert.ok(await isPending(connecting));
    controller.abort();
    await assert.rejects(connecting, { name: "AbortError" });
    for (let index = 0; index < ROOM; index += 1) assert.equal(await acceptedByte(t, fd), String(index));
    await t.kernel.connect(late, address);
    await t.kernel.send(late, bytes("L"));
    assert.equal(await acceptedByte(t, fd), "L");
  });

  test("a connect that waits for room ends with its socket", { needs: ["unix"] }, async (t) => {
    const { address } = await unixListener(t);
    const late = t.socket(AF_UNIX, SOCK_STREAM);
    const connecting = t.kernel.connect(late, address);
    assert.ok(await isPending(connecting));
    t.kernel.close(late);
    await rejectsWith(connecting, "connect", "EBADF");
  });

  test("a connect that waits for room ends with the listener", { needs: ["unix"] }, async (t) => {
    const { fd, address } = await unixListener(t);
    const connecting = t.kernel.connect(t.socket(AF_UNIX, SOCK_STREAM), address);
    assert.ok(await isPending(connecting));
    t.kernel.close(fd);
    await rejectsWith(connecting, "connect", "ECONNREFUSED");
  });

  test("is accepted in its order by an accept flow", {}, async (t) => {
    const { fd } = await fullListener(t, listener(t, undefined, BACKLOG));
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      t.kernel.acceptFlow(fd, {
        connection(connection, flow) {
          t.own(connection);
          t.kernel.flow(connection, {
            data(chunk, of) {
              seen.push(text(chunk));
              of.close();
              if (seen.length < ROOM) return;
              flow.close();
              resolve();
            },
          });
        },
      });
    });
    assert.deepEqual(seen, ["0", "1"]);
  });
});
